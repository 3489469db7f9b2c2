"""The first line of a model's answer, found while it streams: each character is looked at once."""

LINE_CHARACTERS = 200
#: The bound of the text that comes before the end of the line.
MAX_CHARACTERS = 2000


class TitleLine:
    """Takes the text of an answer piece by piece."""

    def __init__(self) -> None:
        self._line = ""
        self._characters = 0

    @property
    def is_complete(self) -> bool:
        return "\n" in self._line or len(self._line) > LINE_CHARACTERS

    @property
    def is_too_long(self) -> bool:
        """Tell whether more has come than any title needs."""
        return self._characters > MAX_CHARACTERS

    @property
    def text(self) -> str:
        """The line so far."""
        return self._line.partition("\n")[0]

    def following(self) -> "TitleLine | None":
        """Return the line after this one, as far as it has come; None if this one has no end."""
        _, end, rest = self._line.partition("\n")
        if not end:
            return None
        line = TitleLine()
        line._characters = self._characters - len(rest)
        line.add(rest)
        return line

    def add(self, piece: str) -> None:
        """Add the next piece, unless the line is complete."""
        if not self.is_complete:
            self._characters += len(piece)
            self._line = (self._line + piece).lstrip()[:MAX_CHARACTERS]

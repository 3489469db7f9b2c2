"""The first line of a model's answer, found while it streams: each character is looked at once."""

OPENING, CLOSING = "<think>", "</think>"
LINE_CHARACTERS = 200
#: Bounds of what comes before the end of the line: text, and thoughts, which are dropped.
MAX_CHARACTERS = 2000
MAX_THOUGHT_CHARACTERS = 20_000


class TitleLine:
    """Takes the text of an answer piece by piece. Leaves out the `<think>` parts that some models begin with."""

    def __init__(self) -> None:
        self._line = ""
        self._is_thought = False
        self._characters = self._thought_characters = 0

    @property
    def is_complete(self) -> bool:
        return not self._is_thought and ("\n" in self._line or len(self._line) > LINE_CHARACTERS)

    @property
    def is_too_long(self) -> bool:
        """Tell whether more has come than any title needs."""
        return self._characters > MAX_CHARACTERS or self._thought_characters > MAX_THOUGHT_CHARACTERS

    @property
    def text(self) -> str:
        """The line so far; empty within a thought."""
        return "" if self._is_thought else self._line.partition("\n")[0]

    def following(self) -> "TitleLine | None":
        """Return the line after this one, as far as it has come; None if this one has no end."""
        _, end, rest = self._line.partition("\n")
        if not end:
            return None
        line = TitleLine()
        line._characters, line._thought_characters = self._characters - len(rest), self._thought_characters
        line.add(rest)
        return line

    def add(self, piece: str) -> None:
        """Add the next piece, unless the line is complete."""
        while piece and not self.is_complete:
            piece = self._skip_thought(piece) if self._is_thought else self._add_text(piece)

    def _add_text(self, piece: str) -> str:
        """Add to the line, up to a thought before its first word. Returns what follows the thought's opening."""
        self._characters += len(piece)
        self._line = (self._line + piece).lstrip()
        if not self._line.startswith(OPENING):
            return ""
        self._is_thought = True
        rest, self._line = self._line[len(OPENING) :], ""
        self._characters -= len(rest)
        return rest

    def _skip_thought(self, piece: str) -> str:
        """Drop a thought, but keep as much of its end as may begin the closing tag. Returns what follows it."""
        self._thought_characters += len(piece)
        thought, closing, rest = (self._line + piece).partition(CLOSING)
        self._is_thought = not closing
        self._line = "" if closing else thought[1 - len(CLOSING) :]
        return rest

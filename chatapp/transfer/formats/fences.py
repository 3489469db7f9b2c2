"""Reads which lines of a Markdown text are code."""

import re

#: CommonMark 0.31, 4.5. The info string of a backtick fence holds no backticks.
FENCE = re.compile(r"( {0,3})(`{3,}(?=[^`]*$)|~{3,})")


class FenceReader:
    """Follows the fences of a text, line by line."""

    def __init__(self) -> None:
        self._open = ""

    def reads_code(self, line: str) -> bool:
        """Tell whether a line, the next one, is code or a fence."""
        if self._open:
            if closes(line, self._open):
                self._open = ""
            return True
        if match := FENCE.match(line):
            self._open = match[2]
        return bool(self._open)


def closes(line: str, fence: str) -> bool:
    """Tell whether a line closes a fence."""
    mark = line.strip(" \t")
    return len(line) - len(line.lstrip(" ")) <= 3 and len(mark) >= len(fence) and set(mark) == {fence[0]}

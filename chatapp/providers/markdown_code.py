"""Code in Markdown: fences and spans, followed while a text comes."""

import re

FENCE = re.compile(r"\n|`+|~{3,}")


class Code:
    """Whether a text is within code. `mark` each run of backticks or tildes, `end_line` each line."""

    def __init__(self) -> None:
        self._fence, self._span = "", 0

    def __bool__(self) -> bool:
        return bool(self._fence or self._span)

    def mark(self, run: str, follower: str, *, begins_line: bool) -> None:
        if self._fence:
            if begins_line and run.startswith(self._fence) and not follower.strip():
                self._fence = ""
        elif begins_line and len(run) >= 3:
            self._fence = run
        elif run[0] == "`":
            self._span = 0 if self._span == len(run) else self._span or len(run)

    def end_line(self) -> None:
        self._span = 0


def ends_in_code(text: str) -> bool:
    """Tell whether a text ends within code."""
    code = Code()
    begins_line, at = True, 0
    for match in FENCE.finditer(text):
        begins_line = begins_line and not text[at : match.start()].strip()
        if match[0] == "\n":
            code.end_line()
            begins_line = True
        else:
            code.mark(match[0], text[match.end() : match.end() + 1], begins_line=begins_line)
            begins_line = False
        at = match.end()
    return bool(code)

"""Finds fenced blocks of code as the page shows them: static/js/markdown/parse/fence_reader.js has the same rules.

The cases that both read alike are in tests/cases/fences.json.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: CommonMark 0.31, 4.5. The info string of a backtick fence holds no backticks.
FENCE = re.compile(r"( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)$")
#: Also the first of an item.
INNER = re.compile(r"( {0,3}(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*)(`{3,}(?=[^`]*$)|~{3,})(.*)$")
#: Blocks that hold Markdown: models write other blocks into them with fences of the same length.
MARKDOWN = re.compile(r"markdown|md|mdx", re.I)
#: Deeper nesting is a mistake or an attack.
DEEPEST = 3
#: Each is read to the end of the text.
MAX_UNCLOSED = 20


@dataclass(frozen=True, slots=True)
class FencedBlock:
    """A block of lines: the opening one, the one after the content, and the one after the block."""

    start: int
    end: int
    rest: int
    indent: str
    fence: str
    info: str

    @property
    def is_closed(self) -> bool:
        return self.rest > self.end

    def inner_fence(self, line: str) -> int:
        """Return the length of a fence in the block that somebody might take for one of its own; else 0."""
        if closes(line, self.fence):
            return len(line.strip(" \t"))
        match = INNER.match(line) if _holds_markdown(self.info) else None
        return len(match[2]) if match and match[2].startswith(self.fence) else 0


class FenceFinder:
    """Finds the ends of the fenced blocks of one text, from the first to the last."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._unclosed = 0

    def block_at(self, start: int) -> FencedBlock | None:
        """Return the block that a line opens, if it opens one."""
        match = FENCE.match(self._lines[start])
        if match is None:
            return None
        indent, fence, info = match.groups()
        end = self._find_end(start, fence, info)
        count = len(self._lines)
        return FencedBlock(start, count if end is None else end, count if end is None else end + 1, indent, fence, info)

    def _find_end(self, start: int, fence: str, info: str) -> int | None:
        reader = _BlockReader(fence, info if self._unclosed < MAX_UNCLOSED else "")
        for at in range(start + 1, len(self._lines)):
            reader.read(self._lines[at], self._lines[at + 1] if at + 1 < len(self._lines) else "")
            if reader.end is not None:
                return start + reader.end
        self._unclosed += 1
        return None if reader.unclosed_end is None else start + reader.unclosed_end


class _BlockReader:
    """Reads the lines of one block. Within one of Markdown, fences may open and close inner blocks."""

    def __init__(self, fence: str, info: str, depth: int = 0) -> None:
        self._fence, self._depth = fence, depth
        self._nests = depth < DEEPEST and _holds_markdown(info)
        self._inner: _BlockReader | None = None
        self._inner_at, self._is_doubtful = 0, False
        self._at = 0
        self._first_close: int | None = None
        self._last_close: int | None = None
        self._is_empty, self._begins_with_fence = True, False
        #: The number of the line that closes the block; the opening fence is 0.
        self.end: int | None = None

    @property
    def unclosed_end(self) -> int | None:
        """Return where a block ends that was not closed; None if it goes on to the end of the text."""
        if self._inner and self._is_doubtful:
            return self._inner_at
        if self._begins_with_fence and self._first_close is not None:
            return self._first_close
        return None if self._inner else self._last_close

    def read(self, line: str, next_line: str) -> None:
        self._at += 1
        if self._inner is None:
            self._read_own(line, next_line)
        elif self._is_doubtful and self._opens(line) is True:
            self.end = self._inner_at  # nothing names a language within a block that names none: this one was over
        else:
            self._inner.read(line, next_line)
            if self._inner.end is not None:
                self._last_close = self._inner_at + self._inner.end
                self._first_close = self._first_close or self._last_close
                self._inner = None
                if self._last_close < self._at:  # this line, which showed it, is none of the inner block
                    self._read_own(line, next_line)
        self._is_empty = self._is_empty and not line.strip()

    def _read_own(self, line: str, next_line: str) -> None:
        may_close = not self._nests or not next_line.strip() or closes(next_line, self._fence)
        if may_close and closes(line, self._fence):
            self.end = self._at
            return
        is_certain = self._opens(line) if self._nests else None
        match = INNER.match(line)
        if is_certain is None or match is None:
            return
        self._inner = _BlockReader(match[2], match[3], self._depth + 1)
        self._inner_at, self._is_doubtful = self._at, not is_certain
        self._begins_with_fence = self._begins_with_fence or (self._is_empty and is_certain)

    def _opens(self, line: str) -> bool | None:
        """Tell whether a line certainly opens an inner block; None if it cannot be one."""
        match = INNER.match(line)
        if match is None or match[2][0] != self._fence[0] or len(match[2]) < len(self._fence):
            return None
        return bool(match[3].strip() or match[1].strip())


def _holds_markdown(info: str) -> bool:
    words = info.split(maxsplit=1)
    return bool(words) and MARKDOWN.fullmatch(words[0]) is not None


def closes(line: str, fence: str) -> bool:
    """Tell whether a line closes a fence, by CommonMark's rule."""
    mark = line.strip(" \t")
    is_indented = len(line) - len(line.lstrip(" ")) > 3 or line.startswith("\t")
    return not is_indented and len(mark) >= len(fence) and set(mark) == {fence[0]}


def fenced_blocks(lines: Sequence[str]) -> Iterator[FencedBlock]:
    """Yield the fenced blocks of a text outside of other blocks. Lines come without their ends."""
    finder = FenceFinder(lines)
    at = 0
    while at < len(lines):
        block = finder.block_at(at)
        if block:
            yield block
        at = block.rest if block else at + 1

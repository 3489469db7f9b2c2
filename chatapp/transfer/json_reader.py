"""JSON, read value by value.

`json.loads` and `orjson.loads` hold Python's lock until the whole of a file is read, and with it every tab: this
reader gives it up between values. It lets a file be taken in pieces, since as Python's objects it is many times as
large in memory, and makes the garbage collector's pauses long; and it counts values.
"""

import codecs
import json
import re
from collections.abc import Iterator
from itertools import count
from typing import Any, NoReturn

from chatapp.errors import Invalid, TooLarge

VALUES = 4_000_000
DEPTH = 100
WINDOW_BYTES = 256 * 1024
SPACE = re.compile(r"[ \t\n\r]*")
MARK = re.compile(r"[ \t\n\r]*([,:\]}])[ \t\n\r]*")
#: So near to the end of the window, in characters, a value or an error may be another one with what follows.
MARGIN = 16


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


ATOM = json.JSONDecoder(parse_constant=_refuse)


class JsonReader:
    """A cursor in a JSON text. Raises Invalid with line and column for what is no JSON."""

    def __init__(self, data: bytes | bytearray) -> None:
        self._data = memoryview(data)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._decoded = 0
        #: What is decoded and not yet behind the cursor, and where in the file it begins.
        self._text = ""
        self._line = self._column = 1
        self._at = 0
        self._last = ""
        self._values = 0
        self._skip_space()

    def peek(self) -> str:
        """Return the character that the next value begins with, or an empty string at the end."""
        return self._text[self._at : self._at + 1]

    def read_value(self, depth: int = 0) -> Any:
        """Read the next value whole."""
        self._values += 1
        if self._values > VALUES:
            raise TooLarge("The file holds more than {n} values.", n=f"{VALUES:,}")
        if depth > DEPTH:
            self._fail("it is nested too deeply")
        first = self.peek()
        if first == "{":
            return {name: self.read_value(depth + 1) for name in self.iter_names()}
        if first == "[":
            return [self.read_value(depth + 1) for _ in self.iter_items()]
        return self._read_atom()

    def iter_items(self) -> Iterator[int]:
        """Go through an array by its indices. Who calls reads each one's value before the next."""
        if self._opens_empty("]"):
            return
        for index in count():
            yield index
            if self._read_mark() == "]":
                return
            self._expect(",")

    def iter_names(self) -> Iterator[str]:
        """Go through an object by its names. Who calls reads each one's value before the next."""
        if self._opens_empty("}"):
            return
        seen = set()
        while True:
            if self.peek() != '"':
                self._fail("a name in quotes is expected")
            name = self._read_atom()
            if name in seen:
                self._fail(f"{name[:60]!r} stands twice in one object")
            seen.add(name)
            self._read_mark()
            self._expect(":")
            yield name
            if self._read_mark() == "}":
                return
            self._expect(",")

    def expect_end(self) -> None:
        """Check that nothing follows."""
        self._skip_space()
        if self.peek():
            self._fail("something follows the end")

    def _opens_empty(self, closing: str) -> bool:
        """Go past an opening bracket, and past the closing one where that is next."""
        self._at += 1
        self._skip_space()
        if self.peek() != closing:
            return False
        self._at += 1
        self._skip_space()
        return True

    def _read_atom(self) -> Any:
        """Read a string, a number, true, false or null."""
        while True:
            try:
                value, end = ATOM.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                is_cut = error.pos >= len(self._text) - MARGIN or error.msg.startswith("Unterminated")
                if is_cut and self._decode_more():
                    continue
                self._at = error.pos
                self._fail(error.msg)
            except ValueError:  # NaN, or an integer of more digits than Python reads
                self._fail("this is no number that can be read")
            if end < len(self._text) - MARGIN or not self._decode_more():
                self._at = end
                return value

    def _read_mark(self) -> str:
        """Read what stands between values: one of `,:]}`, with the space around it, or nothing."""
        match = MARK.match(self._text, self._at)
        if match is None or match.end() == len(self._text):
            self._skip_space()
            match = MARK.match(self._text, self._at)
        self._last = match[1] if match else ""
        if match:
            self._at = match.end()
            if self._at == len(self._text):
                self._skip_space()
        return self._last

    def _expect(self, mark: str) -> None:
        if self._last != mark:
            self._fail(f"{mark!r} is expected")

    def _skip_space(self) -> None:
        while True:
            match = SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text) or not self._decode_more():
                return

    def _decode_more(self) -> bool:
        """Decode what comes next, at least as much as is left. Returns False at the end of the file."""
        if self._decoded == len(self._data):
            return False
        left = self._text[self._at :]
        end = min(len(self._data), self._decoded + max(WINDOW_BYTES, len(left)))
        try:
            more = self._decoder.decode(self._data[self._decoded : end], final=end == len(self._data))
        except UnicodeDecodeError as error:
            where = self._decoded + error.start
            raise Invalid("The file is not UTF-8 text: what stands near byte {n} is not.", n=f"{where:,}") from None
        self._line, self._column = self._position(self._at)
        self._text, self._at, self._decoded = left + more, 0, end
        return True

    def _position(self, at: int) -> tuple[int, int]:
        """Return line and column of a place in the window."""
        lines = self._text.count("\n", 0, at)
        column = at - self._text.rfind("\n", 0, at) if lines else self._column + at
        return self._line + lines, column

    def _fail(self, problem: str) -> NoReturn:
        line, column = self._position(self._at)
        raise Invalid(
            "The file is not valid JSON at line {line}, column {column}: {problem}",
            line=line,
            column=column,
            problem=problem,
        )

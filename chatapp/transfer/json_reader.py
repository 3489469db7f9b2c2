"""Reads JSON value by value.

`json.loads` and `orjson.loads` hold the GIL until the whole file is read, which would block every tab: this reader
releases it between values. A file can be read in parts, because as Python objects it takes many times its size in
memory and makes garbage collection slow. The number of values is limited.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NoReturn

from chatapp.errors import Invalid, Phrase, TooLarge

VALUES = 4_000_000
DEPTH = 100
WINDOW_BYTES = 16 * 1024
SPACE = re.compile(r"[ \t\n\r]*")
MARK = re.compile(r"[ \t\n\r]*([,:\]}])[ \t\n\r]*")
#: Within this distance of the window's end, in characters, more text may change a value or an error.
MARGIN = 16


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


ATOM = json.JSONDecoder(parse_constant=_refuse)


def _problem(error: json.JSONDecodeError) -> Phrase:
    """Return what the library says of a value, as a phrase that can be translated."""
    if error.msg.startswith("Unterminated string"):
        return Phrase("a string has no end")
    if error.msg.startswith("Invalid control character"):
        return Phrase("a string contains a control character")
    if error.msg.startswith("Invalid \\"):
        return Phrase("a string contains an invalid escape sequence")
    return Phrase("a value is expected")


class JsonReader:
    """A cursor in a JSON text. Raises Invalid with line and column for invalid JSON.

    `moved`: called every 16 KiB, with the position in bytes.
    """

    def __init__(self, data: Any, moved: Callable[[int], object] = lambda _at: None) -> None:
        self._data = memoryview(data)
        self._moved = moved
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._decoded = 0
        #: The decoded window, and the position of its start in the file.
        self._text = ""
        self._line = self._column = 1
        self._at = 0
        self._last = ""
        self._values = 0
        self._skip_space()

    def peek(self) -> str:
        """Return the first character of the next value, or an empty string at the end."""
        return self._text[self._at : self._at + 1]

    def restart_count(self) -> None:
        """Begin to count the values anew: what was read so far has been dropped."""
        self._values = 0

    def read_value(self, depth: int = 0) -> Any:
        """Read the next value completely."""
        self._values += 1
        if self._values > VALUES:
            raise TooLarge("The file contains more than {n} values.", n=f"{VALUES:,}")
        if depth > DEPTH:
            self._fail(Phrase("it is nested too deeply"))
        first = self.peek()
        if first == "{":
            return {name: self.read_value(depth + 1) for name in self.iter_names()}
        if first == "[":
            return [self.read_value(depth + 1) for _ in self.iter_items()]
        return self._read_atom()

    def iter_items(self) -> Iterator[int]:
        """Yield the indices of an array. The caller must read each value before the next index."""
        if self._opens_empty("]"):
            return
        for index in count():
            yield index
            if self._read_mark() == "]":
                return
            self._expect(",")

    def iter_names(self) -> Iterator[str]:
        """Yield the names of an object. The caller must read each value before the next name."""
        if self._opens_empty("}"):
            return
        seen = set()
        while True:
            if self.peek() != '"':
                self._fail(Phrase("a name in quotes is expected"))
            name = self._read_atom()
            if name in seen:
                self._fail(Phrase("the name “{name}” appears twice in one object", name=name[:60]))
            seen.add(name)
            self._read_mark()
            self._expect(":")
            yield name
            if self._read_mark() == "}":
                return
            self._expect(",")

    def expect_end(self) -> None:
        """Raise Invalid if anything follows."""
        self._skip_space()
        if self.peek():
            self._fail(Phrase("something follows the end"))

    def _opens_empty(self, closing: str) -> bool:
        """Skip an opening bracket, and the closing one if it is next."""
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
                self._fail(_problem(error))
            except ValueError:  # NaN, or an integer with more digits than Python accepts
                self._fail(Phrase("this number cannot be read"))
            if end < len(self._text) - MARGIN or not self._decode_more():
                self._at = end
                return value

    def _read_mark(self) -> str:
        """Read a separator: one of `,:]}` with the white space around it, or nothing."""
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
            self._fail(Phrase("“{mark}” is expected", mark=mark))

    def _skip_space(self) -> None:
        while True:
            match = SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text) or not self._decode_more():
                return

    def _decode_more(self) -> bool:
        """Decode more text, at least as much as is left in the window. Returns False at the end of the file."""
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
        self._moved(end)
        return True

    def _position(self, at: int) -> tuple[int, int]:
        """Return line and column of a position in the window."""
        lines = self._text.count("\n", 0, at)
        column = at - self._text.rfind("\n", 0, at) if lines else self._column + at
        return self._line + lines, column

    def _fail(self, problem: Phrase) -> NoReturn:
        line, column = self._position(self._at)
        raise Invalid(
            "The file is not valid JSON at line {line}, column {column}: {problem}",
            line=line,
            column=column,
            problem=problem,
        )

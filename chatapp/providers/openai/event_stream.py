"""Reads the objects of a model's answer from its bytes: Server-Sent Events, JSON lines, or one JSON object.

What a server says of its content type does not matter. Lines that hold no object, such as comments or `data: ping`, are
left out.
"""

import json
import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

import orjson

#: Of what has come since the last object.
MAX_EVENT_BYTES = 8 * 1024 * 1024
MAX_WORDS_BYTES = 2000
#: How often an object that takes several lines may seem to end before it does.
MAX_ATTEMPTS = 100
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BLANK = (b"", b"\r")
FIELDS = (b"data:", b"event:", b"error:", b"id:", b"retry:", b":")
#: A line break that is a carriage return alone, as the standard allows.
CARRIAGE_RETURN = re.compile(rb"\r(?=data:|event:|id:|retry:|[:{\r]|$)")
#: Around a line: white space, and the mark before each object of a JSON sequence (RFC 7464).
MARGIN = b" \t\r\x1e"
#: The beginning of a line that may be JSON: not `[INFO] ready`.
JSON_START = re.compile(rb'(\{\s*(["}]|$)|\[\s*([\[{"\]\d-]|$))')
#: Between objects that share a line.
BETWEEN = re.compile(r"\s*(?:data:\s*)*")
DECODER = json.JSONDecoder(strict=False)


class Mark(Enum):
    """`[DONE]`, with which OpenAI's streams end."""

    DONE = "[DONE]"


class TooLargeError(ValueError):
    """So much has come without an object that no more is read."""


class EventReader:
    """Reads one body. `words`: the beginning of what was left out; `is_cut`: its last object is not whole."""

    def __init__(self) -> None:
        self.words = b""
        self.is_cut = False
        self._name = b""  # of the event
        self._part = bytearray()  # of an object that takes several lines
        self._attempts = 0
        self._in_event = False

    def read(self, chunks: Iterable[bytes]) -> Iterator[Any]:
        """Yield the objects, each as soon as its line has come; `chunks` may be split anywhere.

        An error event is `{"error": …}`. Raises ValueError for an object that is malformed, TooLargeError where none
        comes any more.
        """
        unfinished = bytearray()  # a line
        size = 0  # of what has come since the last object
        for chunk in chunks:
            size += len(chunk)
            if not unfinished and chunk.find(b"\n") == len(chunk) - 2 and chunk.endswith(b"\n\n"):
                lines = [chunk[:-2], b""]  # one event, as most chunks are
            elif b"\n" not in chunk:
                unfinished += chunk
                lines = []
            else:
                *lines, rest = (bytes(unfinished) + chunk if unfinished else chunk).split(b"\n")
                unfinished = bytearray(rest)
            for line in lines:
                if line in BLANK and not self._part:
                    self._name, self._in_event = b"", False
                    continue
                if line.startswith(b"data: {") and not (self._part or self._name):
                    # As most of them are: 0.5 µs faster than the others.
                    try:
                        value = orjson.loads(line[6:])
                    except orjson.JSONDecodeError:
                        pass
                    else:
                        size = 0
                        yield value
                        continue
                for value in self._read_line(line.removeprefix(BYTE_ORDER_MARK)):
                    size = 0
                    yield value
            if size > MAX_EVENT_BYTES:
                raise TooLargeError("an event is too large")
        yield from self._read_line(bytes(unfinished).removeprefix(BYTE_ORDER_MARK))
        if self._part:
            try:
                yield self._end_object()
            except ValueError:
                self.is_cut = True

    def _read_line(self, line: bytes) -> Iterator[Any]:
        line = line.rstrip(b"\r") if self._part else line.strip(MARGIN)
        if b"\r" in line and len(parts := CARRIAGE_RETURN.split(line)) > 1:
            for part in parts:
                yield from self._read_line(part)
        elif line.startswith(b"data:"):
            yield from self._read_data(line[5:].strip())
        elif not line:
            if self._part and self._in_event:
                yield self._end_object()
            self._name, self._in_event = b"", False
        elif line.startswith(b"event:"):
            self._name = line[6:].strip()
        elif line.startswith(b"error:"):  # llama.cpp
            self._name = b"error"
            yield from self._read_data(line[6:].strip())
        elif self._part or JSON_START.match(line):
            yield from self._read_bare(line)
        elif line.upper() == b"[DONE]":
            yield Mark.DONE
        elif not line.startswith(FIELDS):
            self._leave_out(line)

    def _read_data(self, data: bytes) -> Iterator[Any]:
        if self._part and not self._in_event:  # a line that only looked like the beginning of an object
            self._leave_out(bytes(self._part))
            self._part, self._attempts = bytearray(), 0
        if self._part:
            self._add(data)
        elif data == b"[DONE]":
            yield Mark.DONE
        elif data[:1] in {b"{", b"["}:
            try:
                yield self._named(_loads(data))
            except ValueError:
                if data.upper() == b"[DONE]":
                    yield Mark.DONE
                elif several := _several(data):
                    yield from several
                else:
                    self._in_event = True
                    self._add(data)
        elif data.startswith(b"data:"):
            yield from self._read_data(data[5:].strip())
        elif data and self._name == b"error":
            yield {"error": data.decode(errors="replace")}
        elif data.strip(b'"').upper() == b"[DONE]":
            yield Mark.DONE
        else:
            self._leave_out(data)

    def _read_bare(self, line: bytes) -> Iterator[Any]:
        """Read a line of JSON without a field's name: an object, or a part of one."""
        line = line.rstrip()
        is_end = line in {b"}", b"]"} or (not self._part and line.endswith((b"}", b"]")))
        self._add(line)
        if is_end and not self._in_event and self._attempts < MAX_ATTEMPTS:
            self._attempts += 1
            try:
                value = self._named(_loads(bytes(self._part)))
            except ValueError:
                return
            self._part, self._attempts = bytearray(), 0
            yield value

    def _add(self, line: bytes) -> None:
        self._part += line + b"\n"

    def _end_object(self) -> Any:
        part, self._part, self._attempts = bytes(self._part), bytearray(), 0
        return self._named(_loads(part))

    def _named(self, value: Any) -> Any:
        if self._name != b"error" or (isinstance(value, dict) and "error" in value):
            return value
        return {"error": value}

    def _leave_out(self, line: bytes) -> None:
        self.words = (self.words + b"\n" + line)[:MAX_WORDS_BYTES].lstrip()


def _loads(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        # Takes what some servers send: lone surrogates, line breaks in strings, half characters.
        return json.loads(data.decode(errors="replace"), strict=False)


def _several(data: bytes) -> list[Any]:
    """Return the objects that share a line; none if they do not fill it."""
    text, found, at = data.decode(errors="replace"), [], 0
    while at < len(text):
        try:
            value, at = (Mark.DONE, at + 6) if text.startswith("[DONE]", at) else DECODER.raw_decode(text, at)
        except ValueError:
            return []
        found.append(value)
        match = BETWEEN.match(text, at)
        at = match.end() if match else at
    return found

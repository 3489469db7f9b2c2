"""The objects of an answer are read the same however the bytes are cut."""

import itertools
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.providers.openai import event_stream
from chatapp.providers.openai.event_stream import EventReader, Mark, TooLargeError

A, B = {"a": 1}, {"b": "안"}
#: Bodies, and the objects in them.
BODIES = {
    "events": (b'data: {"a": 1}\n\ndata: {"b": "\xec\x95\x88"}\n\ndata: [DONE]\n\n', [A, B, Mark.DONE]),
    "CR LF, comments, other fields": (
        b': x\r\n\r\nevent: m\r\nid: 7\r\nretry: 5\r\ndata:{"a": 1}\r\n\r\n: ping\r\n\r\n\r\n',
        [A],
    ),
    "one line break between events": (b'data: {"a": 1}\ndata: {"b": "\xec\x95\x88"}\ndata: [DONE]', [A, B, Mark.DONE]),
    "no last blank line": (b'data: {"a": 1}\n', [A]),
    "no last line break": (b'data: {"a": 1}', [A]),
    "white space": (b'data:   {"a": 1}  \n\ndata: [DONE] \n\n', [A, Mark.DONE]),
    "empty and other data": (b'data:\n\ndata: \n\ndata: ping\n\ndata: 1\n\ndata: {"a": 1}\n\n', [A]),
    "an object in several lines": (b'data: {"a":\ndata: 1}\n\ndata: {"a": 1}\n\n', [A, A]),
    "a byte-order mark": (b'\xef\xbb\xbfdata: {"a": 1}\n\n', [A]),
    "an error event": (b'event: error\ndata: {"message": "m"}\n\ndata: {"a": 1}\n\n', [{"error": {"message": "m"}}, A]),
    "an error event with an error": (b'event: error\ndata: {"error": "m"}\n\n', [{"error": "m"}]),
    "an error event of words": (b"event: error\ndata: out of memory\n\n", [{"error": "out of memory"}]),
    "an error field": (b'error: {"message": "m"}\n\n', [{"error": {"message": "m"}}]),
    "JSON lines": (b'{"a": 1}\n{"b": "\xec\x95\x88"}\n', [A, B]),
    "an object among events": (b'data: {"a": 1}\n\n{"error": "m"}', [A, {"error": "m"}]),
    "one object": (b'{"a": 1}', [A]),
    "one object in lines": (b'\n{\n  "a": {\n    "b": [\n    ]\n  }\n}\n', [{"a": {"b": []}}]),
    "a list in lines": (b'[\n {"a": 1}\n]', [[A]]),
    "a line break in a string": (b'data: {"a": "b\nc"}\n\n', [{"a": "b\nc"}]),
    "a lone surrogate": (b'data: {"a": "\\ud83d"}\n\n', [{"a": "\ud83d"}]),
    "half a character": (b'data: {"a": "\xec\x95"}\n\n', [{"a": "\ufffd"}]),
    "[DONE] without a field": (b'data: {"a": 1}\n\n[DONE]\n', [A, Mark.DONE]),
    "lines of a log": (
        b'[INFO] ready\n{a: 1}\n[2026-11-30] slow\ndata: {"a": 1}\n\n["x\n\ndata: {"a": 1}\n\n',
        [A, A],
    ),
    "lines of a log among JSON": (b'[INFO] ready\n{"a": 1}\n{a: 1}\n{"a": 1}\n', [A, A]),
    "a margin": (b'  data: {"a": 1}\n\n\tdata: [DONE]\n', [A, Mark.DONE]),
    "a JSON sequence": (b'\x1e{"a": 1}\n\x1e{"a": 1}\n', [A, A]),
    "nothing": (b"", []),
    "a page": (b"<html>\n<b>Bad gateway</b>\n</html>\n", []),
}


def read(*chunks):
    return list(EventReader().read(chunks))


@pytest.mark.parametrize("name", BODIES)
def test_the_objects_of_a_body_are_read_however_it_is_cut(name):
    body, objects = BODIES[name]
    assert read(body) == objects
    assert read(*(body[at : at + 1] for at in range(len(body)))) == objects
    for at in range(1, len(body)):
        assert read(body[:at], body[at:]) == objects


@given(st.lists(st.integers(1, 20), max_size=200))
def test_random_cuts_do_not_matter(sizes):
    body = b"".join(body for body, _ in BODIES.values() if body.endswith(b"\n\n"))
    pieces, at = [], 0
    for size in sizes:
        pieces.append(body[at : at + size])
        at += size
    assert read(*pieces, body[at:]) == read(body)


def test_an_object_is_yielded_before_its_blank_line():
    bodies = iter([b'data: {"a": 1}\n', b"never read"])
    assert next(EventReader().read(bodies)) == A
    assert next(bodies) == b"never read"


@pytest.mark.parametrize("body", [b'data: {"a": \n\n', b'data: {"a": 1}}\n\n', b"data: {a}\n\n", b"data: [1\n\n"])
def test_malformed_json_in_an_event_is_refused(body):
    with pytest.raises(ValueError, match=r"line \d"):
        read(body)


@pytest.mark.parametrize("body", [b'data: {"a": "b', b'{"a":\n', b'data: {"a": 1}\n\ndata: {'])
def test_an_object_that_is_not_whole_at_the_end_is_told(body):
    reader = EventReader()
    assert list(reader.read([body])) in ([], [A])
    assert reader.is_cut


def test_what_is_left_out_is_kept_for_the_error():
    reader = EventReader()
    list(reader.read([b"upstream connect error\nreset\n" + b"x" * 5000 + b"\n"]))
    assert reader.words.startswith(b"upstream connect error\nreset\nxxx")
    assert len(reader.words) == event_stream.MAX_WORDS_BYTES


@pytest.mark.parametrize(
    "piece",
    [
        b"x" * 100,
        b"x",
        b"data: x\n",
        b"data: {x\n",
        b"data: [1,\n",
        b"{x\n",
        b'{"x\n',
        b'{"x\n}\n',
        b": ping\n\n",
        b"event: x\n",
        b"\n",
        b"\r",
    ],
)
def test_a_body_that_holds_no_object_any_more_is_refused(monkeypatch, piece):
    """Neither its reader's memory nor its time grows beyond the bound."""
    monkeypatch.setattr(event_stream, "MAX_EVENT_BYTES", 40_000)
    objects = EventReader().read(itertools.chain([b'data: {"a": 1}\n\n'], itertools.repeat(piece, 41_000)))
    assert next(objects) == A
    tracemalloc.start()
    with pytest.raises(TooLargeError):
        list(objects)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 40_000


def test_what_is_read_between_objects_is_no_part_of_the_next_one(monkeypatch):
    monkeypatch.setattr(event_stream, "MAX_EVENT_BYTES", 100)
    assert read(*[b": a comment of the server\n\n", b'data: {"a": 1}\n\n'] * 20) == [A] * 20
    assert read(*[b": a comment of the server\n\n", b'{"a": 1\n', b"}\n"] * 20) == [A] * 20
    assert read(*[b": a comment of the server\n\n", b'data: ["\\ud83d"]\n'] * 20) == [["\ud83d"]] * 20

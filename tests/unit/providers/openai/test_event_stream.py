"""Server-Sent Events are read the same however the bytes are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.providers.openai import event_stream

BODY = (
    b': a comment\n\ndata: {"a": 1}\n\ndata:{"b": "\xec\x95\x88"}\r\n\r\nevent: x\nid: 7\ndata: two\ndata: lines\n\n'
    b": ping\n\n\n\ndata: [DONE]\n\n"
)
EVENTS = [b'{"a": 1}', '{"b": "안"}'.encode(), b"two\nlines", b"[DONE]"]


def test_events_comments_and_both_line_endings_are_read():
    assert list(event_stream.events([BODY])) == EVENTS


@pytest.mark.parametrize("size", range(1, 12))
def test_events_are_the_same_for_every_chunk_size(size):
    assert list(event_stream.events(BODY[i : i + size] for i in range(0, len(BODY), size))) == EVENTS


@given(st.lists(st.integers(1, 20), min_size=1, max_size=200))
def test_events_are_the_same_for_random_chunks(sizes):
    pieces, at = [], 0
    for size in sizes:
        pieces.append(BODY[at : at + size])
        at += size
    assert list(event_stream.events([*pieces, BODY[at:]])) == EVENTS


def test_an_end_without_its_blank_line_or_newline_is_read():
    assert list(event_stream.events([b"data: a\n\ndata: b\n"])) == [b"a", b"b"]
    assert list(event_stream.events([b"data: a\n\ndata: b"])) == [b"a", b"b"]


def test_an_endless_event_is_refused(monkeypatch):
    monkeypatch.setattr(event_stream, "MAX_EVENT_BYTES", 1000)
    with pytest.raises(ValueError, match="too large"):
        list(event_stream.events([b"data: "] + [b"x" * 100] * 20))

"""Shared streams: every subscriber gets the whole stream, and leaving does not affect the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.generation import chunk_buffer, shared_streams
from chatapp.generation.chunk_buffer import ChunkBuffer
from chatapp.generation.shared_streams import SharedStreams
from chatapp.providers import Finish, Reasoning, Usage
from chatapp.server import concurrency

KEY = "question"


class Stream:
    """Yields one word for each `say()`, and counts how often it was opened and closed."""

    def __init__(self):
        self.opened = self.closed = 0
        self.waiting = self.may_continue = concurrency.Event()

    def __call__(self):
        self.opened += 1
        try:
            while True:
                self.waiting.set()
                self.may_continue = concurrency.Event()
                self.may_continue.wait()
                yield "word "
        finally:
            self.closed += 1

    def say(self):
        self.may_continue.set()
        settle()


def settle():
    """Let every task run up to where it waits."""
    for _ in range(4):
        concurrency.sleep()


def texts(buffer):
    return "".join(text for _, text in buffer.take(0.01))


@pytest.fixture
def streams():
    return SharedStreams()


def test_a_full_buffer_stops_the_reader_even_of_a_slow_stream(streams, monkeypatch):
    monkeypatch.setattr(shared_streams, "FULL_SECONDS", 0)
    monkeypatch.setattr(chunk_buffer, "FULL_CHARACTERS", 4)
    stream, buffers = Stream(), [ChunkBuffer(), ChunkBuffer()]
    for buffer in buffers:
        joined = streams.join(KEY, buffer, stream)
    settle()
    stream.say()
    assert buffers[0].pop() == [("text", "word ")]
    asked = stream.waiting = concurrency.Event()
    settle()
    assert not asked.is_set()  # the other one is still full
    assert buffers[1].pop() == [("text", "word ")]
    settle()
    assert asked.is_set()
    for buffer in buffers:
        streams.leave(KEY, joined, buffer)


def test_only_the_last_subscriber_to_leave_closes_the_stream(streams):
    stream, buffers = Stream(), [ChunkBuffer(), ChunkBuffer()]
    joined = [streams.join(KEY, buffer, stream) for buffer in buffers]
    settle()
    stream.say()
    streams.leave(KEY, joined[0], buffers[0])
    stream.say()
    assert (stream.opened, stream.closed) == (1, 0)
    assert texts(buffers[1]) == "word word "
    streams.leave(KEY, joined[1], buffers[1])
    settle()
    assert (stream.opened, stream.closed) == (1, 1)


def test_a_subscriber_that_joins_as_the_last_one_leaves_gets_a_new_stream(streams):
    """A stream without subscribers is closed a moment later."""
    stream, first, second = Stream(), ChunkBuffer(), ChunkBuffer()
    joined = streams.join(KEY, first, stream)
    settle()
    stream.say()
    task = concurrency.spawn(streams.join, KEY, second, stream)
    streams.leave(KEY, joined, first)
    task.wait()
    settle()
    assert (stream.opened, stream.closed) == (2, 1)
    stream.say()
    assert texts(second) == "word "


def test_leaving_twice_does_not_close_a_stream_that_others_opened(streams):
    stream, first, second, third = Stream(), ChunkBuffer(), ChunkBuffer(), ChunkBuffer()
    old = streams.join(KEY, first, stream)
    settle()
    streams.leave(KEY, old, first)
    streams.join(KEY, second, stream)
    settle()
    streams.leave(KEY, old, first)
    streams.join(KEY, third, stream)
    stream.say()
    assert (texts(second), texts(third)) == ("word ", "word ")
    assert (stream.opened, stream.closed) == (2, 1)


texts_and_thoughts = st.one_of(st.text(max_size=5), st.text(max_size=5).map(Reasoning))
halves = st.sampled_from(["\ud83d", "\ude00", "a\ud83d", "\ude00b", "\0"])
chunks = st.lists(st.one_of(texts_and_thoughts, halves, st.just(Usage(1, 2, 3))), max_size=12)


@given(before=chunks, after=chunks)
def test_a_late_subscriber_gets_the_whole_stream(before, after):
    gate = concurrency.Event()

    def stream():
        yield from before
        gate.wait()
        yield from after
        yield Finish("stop")

    streams, buffers = SharedStreams(), [ChunkBuffer(), ChunkBuffer(), ChunkBuffer()]
    streams.join(KEY, buffers[0], stream)
    settle()
    streams.join(KEY, buffers[1], stream)
    streams.join(KEY, buffers[2], stream)
    gate.set()
    settle()
    assert [buffer.is_closed for buffer in buffers] == [True] * 3
    received = [(buffer.take(0), buffer.usage, buffer.finish_reason) for buffer in buffers]
    assert received[0] == received[1] == received[2]

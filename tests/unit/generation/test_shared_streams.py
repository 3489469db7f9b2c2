"""One stream for all who ask the same: who joins hears all of it, and who leaves takes nothing from the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.generation.chunk_buffer import ChunkBuffer
from chatapp.generation.shared_streams import SharedStreams
from chatapp.providers import Finish, Reasoning, Usage
from chatapp.server import concurrency

KEY = "question"


class Stream:
    """Says one word at a time, as often as it is told to, and notes how often it was opened and closed."""

    def __init__(self):
        self.opened = self.closed = 0
        self.waiting = self.may_go = concurrency.Event()

    def __call__(self):
        self.opened += 1
        try:
            while True:
                self.waiting.set()
                self.may_go = concurrency.Event()
                self.may_go.wait()
                yield "word "
        finally:
            self.closed += 1

    def say(self):
        self.may_go.set()
        settle()


def settle():
    """Let every task run up to where it waits."""
    for _ in range(4):
        concurrency.sleep()


def texts(buffer):
    return "".join(text for _, text in buffer.take(0.01))


@pytest.fixture
def calls():
    return SharedStreams()


def test_only_the_last_subscriber_to_leave_closes_the_stream(calls):
    stream, buffers = Stream(), [ChunkBuffer(), ChunkBuffer()]
    joined = [calls.join(KEY, buffer, stream) for buffer in buffers]
    settle()
    stream.say()
    calls.leave(KEY, joined[0], buffers[0])
    stream.say()
    assert (stream.opened, stream.closed) == (1, 0)
    assert texts(buffers[1]) == "word word "
    calls.leave(KEY, joined[1], buffers[1])
    settle()
    assert (stream.opened, stream.closed) == (1, 1)


def test_a_subscriber_that_joins_as_the_last_one_leaves_gets_a_new_stream(calls):
    """A stream that nobody follows is closed a moment later."""
    stream, first, second = Stream(), ChunkBuffer(), ChunkBuffer()
    joined = calls.join(KEY, first, stream)
    settle()
    stream.say()
    task = concurrency.spawn(calls.join, KEY, second, stream)
    calls.leave(KEY, joined, first)
    task.wait()
    settle()
    assert (stream.opened, stream.closed) == (2, 1)
    stream.say()
    assert texts(second) == "word "


def test_leaving_twice_does_not_close_a_stream_that_others_opened(calls):
    stream, first, second, third = Stream(), ChunkBuffer(), ChunkBuffer(), ChunkBuffer()
    old = calls.join(KEY, first, stream)
    settle()
    calls.leave(KEY, old, first)
    calls.join(KEY, second, stream)
    settle()
    calls.leave(KEY, old, first)
    calls.join(KEY, third, stream)
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

    calls, buffers = SharedStreams(), [ChunkBuffer(), ChunkBuffer(), ChunkBuffer()]
    calls.join(KEY, buffers[0], stream)
    settle()
    calls.join(KEY, buffers[1], stream)
    calls.join(KEY, buffers[2], stream)
    gate.set()
    settle()
    assert [buffer.is_closed for buffer in buffers] == [True] * 3
    heard = [(buffer.take(0), buffer.usage, buffer.finish_reason) for buffer in buffers]
    assert heard[0] == heard[1] == heard[2]

"""The pump: entries of all answers in one commit, then emitted, each answer's in order."""

import math
from types import SimpleNamespace

import pytest

from chatapp.generation import pump as pump_module
from chatapp.generation.chunk_buffer import ChunkBuffer
from chatapp.generation.pump import Pump
from chatapp.realtime import broadcasts
from chatapp.server import concurrency
from support.core import settle, until


class Log:
    """A log that notes each batch, and fails as it is told. `commit` is waited for."""

    def __init__(self):
        self.batches, self.errors = [], {}
        self.commit = concurrency.Event()
        self.commit.set()

    def append(self, entries):
        self.commit.wait()
        self.batches.append([(entry.generation_id, entry.seq, entry.text) for entry in entries])
        if isinstance(self.errors, Exception):
            raise self.errors
        return {name: error for name, error in self.errors.items() if any(e.generation_id == name for e in entries)}


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def emitted(monkeypatch):
    emitted = []
    monkeypatch.setattr(
        broadcasts, "token", lambda room, payload: emitted.append((room, payload["seq"], payload["text"]))
    )
    return emitted


@pytest.fixture
def pump(log, monkeypatch):
    monkeypatch.setattr(pump_module, "COMMIT_SECONDS", 0.0)
    return Pump(SimpleNamespace(flush_ms=0, answer_seconds=1000), log)


def answer(name, **fields):
    job = SimpleNamespace(generation_id=name, conversation_id=name, max_bytes=1000, stored_bytes=0)
    running = SimpleNamespace(
        job=job, buffer=ChunkBuffer(), seq=0, bytes=0, started_at=0.0, first_token=None, covered=math.inf
    )
    running.time_first_text = lambda _kind: None
    running.started_at = pump_module.time.monotonic()
    for field, value in fields.items():
        setattr(job if hasattr(job, field) else running, field, value)
    return running


def test_what_answers_have_gathered_is_stored_in_one_commit(pump, log, emitted):
    one, other = answer("one"), answer("other")
    one.buffer.put("a")
    other.buffer.put("b")
    flows = [pump.open(one), pump.open(other)]
    until(lambda: len(emitted) == 2)
    assert log.batches == [[("one", 1, "a"), ("other", 1, "b")]]
    assert emitted == [("one", 1, "a"), ("other", 1, "b")]
    for flow in flows:
        pump.close(flow)


def test_nothing_is_emitted_before_it_is_stored(pump, log, emitted):
    log.commit = concurrency.Event()
    running = answer("one")
    flow = pump.open(running)
    running.buffer.put("a")
    settle()
    running.buffer.put("b")
    settle()
    assert emitted == []
    log.commit.set()
    until(lambda: len(emitted) == 2)
    assert emitted == [("one", 1, "a"), ("one", 2, "b")]
    pump.close(flow)


@pytest.mark.parametrize("is_raised", [False, True])
def test_an_answer_that_cannot_be_stored_fails_and_the_others_go_on(pump, log, emitted, is_raised):
    log.errors = OSError("full") if is_raised else {"one": OSError("full")}
    running = answer("one")
    flow = pump.open(running)
    running.buffer.put("a")
    assert flow.attention.wait(10)
    assert isinstance(flow.error, OSError)
    log.errors = {}
    other = answer("other")
    other_flow = pump.open(other)
    other.buffer.put("b")
    until(lambda: emitted == [("other", 1, "b")])
    for one in (flow, other_flow):
        pump.close(one)


def test_an_answer_that_cannot_be_emitted_fails_and_the_others_go_on(pump, emitted, monkeypatch):
    emit = broadcasts.token

    def emit_others(room, payload):
        if room == "one":
            raise OSError("no")
        emit(room, payload)

    monkeypatch.setattr(broadcasts, "token", emit_others)
    one, other = answer("one"), answer("other")
    one.buffer.put("a")
    other.buffer.put("b")
    flows = [pump.open(one), pump.open(other)]
    assert flows[0].attention.wait(10)
    assert isinstance(flows[0].error, OSError)
    until(lambda: emitted == [("other", 1, "b")])
    for flow in flows:
        pump.close(flow)


def test_an_answer_whose_reserve_is_used_up_waits_for_its_runner(pump, emitted):
    running = answer("one", covered=1)
    flow = pump.open(running)
    running.buffer.put("ab")
    assert flow.attention.wait(10)
    running.buffer.put("c")
    settle()
    assert emitted == [("one", 1, "ab")]
    running.covered = math.inf
    flow.release()
    until(lambda: emitted == [("one", 1, "ab"), ("one", 2, "c")])
    pump.close(flow)


def test_an_answer_is_cut_at_its_size_between_characters(pump, emitted):
    running = answer("one", max_bytes=4)
    flow = pump.open(running)
    running.buffer.put("가나")
    assert flow.attention.wait(10)
    assert emitted == [("one", 1, "가")]
    assert flow.error.code == "too_large"
    pump.close(flow)


def test_the_end_is_told_after_the_last_entry(pump, emitted):
    running = answer("one")
    flow = pump.open(running)
    running.buffer.put("a")
    running.buffer.close()
    assert flow.attention.wait(10)
    assert flow.is_over
    assert emitted == [("one", 1, "a")]
    pump.close(flow)


def test_the_pump_rests_while_there_are_no_answers(pump, emitted):
    before = concurrency.Task.alive
    for number in range(3):
        running = answer(f"{number}")
        flow = pump.open(running)
        running.buffer.put("a")
        until(lambda number=number: len(emitted) == number + 1)
        pump.close(flow)
    until(lambda: concurrency.Task.alive == before)

"""Draining: answers that run while the process stops."""

import pytest

from support.core import message, until
from unit.generation.runner.answers import emitted_text, start


def test_a_drain_interrupts_answers_that_do_not_end_in_time(core, emits):
    result, stream = start(core)
    stream.say("Once upon")
    until(lambda: emitted_text(emits, result))
    ticks = []
    core.runner.drain(0, lambda: ticks.append(1), lambda: False)
    stored = message(result.ack["assistant_message_id"])
    assert (stored.status, stored.content, stored.error["code"]) == ("interrupted", "Once upon", "worker_lost")
    assert ticks
    until(lambda: stream.is_closed)


def test_a_drain_waits_for_answers_that_end_in_time(core):
    result, stream = start(core)
    core.runner.drain(1000, lambda: stream.say("Hi").end(), lambda: False)
    assert message(result.ack["assistant_message_id"]).status == "complete"


def test_a_drain_has_no_deadline_while_a_successor_serves(core):
    result, stream = start(core)
    ticks = []

    def tick():
        ticks.append(1)
        if len(ticks) == 3:
            stream.end()

    core.runner.drain(0, tick, lambda: True)
    assert message(result.ack["assistant_message_id"]).status == "complete"


def test_the_deadline_of_a_drain_starts_when_the_successor_is_lost(core):
    result, _ = start(core)
    served = iter([True, True])
    core.runner.drain(0, lambda: None, lambda: next(served, False))
    assert message(result.ack["assistant_message_id"]).status == "interrupted"
    assert next(served, None) is None


def test_a_drain_without_answers_ends_at_once(core):
    core.runner.drain(1000, lambda: pytest.fail("there is nothing to wait for"), lambda: True)

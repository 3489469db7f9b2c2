"""Stopped answers."""

import pytest

from chatapp.errors import NotFound, Unavailable
from chatapp.generation import runner
from chatapp.ids import new_id
from chatapp.providers import Finish
from chatapp.server import concurrency
from support.core import OTHER, generation, message, settle, until
from unit.generation.runner.answers import emitted_text, start, stop


def test_a_stop_keeps_what_was_shown_and_closes_the_stream(core, emits):
    result, stream = start(core)
    stream.say("Once upon")
    until(lambda: emitted_text(emits, result))
    assert stop(core, result) == "stopped"
    stored = message(result.ack["assistant_message_id"])
    assert (stored.status, stored.content, stored.error) == ("stopped", "Once upon", None)
    until(lambda: stream.is_closed)


def test_a_stop_before_the_first_token_leaves_an_empty_answer(core, emits):
    result, stream = start(core)
    assert stop(core, result) == "stopped"
    assert message(result.ack["assistant_message_id"]).content == ""
    until(lambda: stream.is_closed)


def test_a_stop_before_the_stream_is_opened_leaves_no_stream_open(core):
    result = core.send()
    core.runner.start(result.effects)
    assert stop(core, result) == "stopped"
    settle()
    assert all(stream.is_closed for stream in core.provider.streams)


def test_a_stop_keeps_buffered_text_that_was_not_emitted_yet(new_core, emits, pause):
    core = new_core(flush_ms=100)
    result, stream = start(core)
    stream.say("a")
    until(lambda: emitted_text(emits, result))
    stream.say("b")
    settle()
    assert emitted_text(emits, result) == "a"
    concurrency.spawn(stop, core, result)
    settle()
    pause.over.set()
    stored = core.until_ended(result)
    assert (stored.status, stored.content, emitted_text(emits, result)) == ("stopped", "ab", "ab")


def test_no_token_is_emitted_after_a_stop(core, emits):
    result, stream = start(core)
    stop(core, result)
    stream.say("too late")
    settle()
    assert emitted_text(emits, result) == ""
    assert emits[-1].event == "conversation_changed"


def test_a_stopped_answer_has_no_finish_reason(core, emits):
    result, stream = start(core)
    stream.say("Hi", Finish("stop"))
    until(lambda: emitted_text(emits, result))
    stop(core, result)
    assert message(result.ack["assistant_message_id"]).finish_reason is None


def test_a_stop_after_the_end_returns_the_final_status(core):
    result, stream = start(core)
    stream.end()
    core.until_ended(result)
    assert stop(core, result) == "complete"


def test_an_answer_of_another_owner_cannot_be_stopped(core):
    result, _ = start(core)
    with pytest.raises(NotFound):
        core.runner.stop(OTHER, result.ack["generation_id"])
    assert core.runner.is_running(result.ack["generation_id"])


def test_an_answer_of_another_process_is_stopped_there(core):
    result, statuses = core.send(), []
    task = concurrency.spawn(lambda: statuses.append(stop(core, result)))
    until(lambda: generation(result.ack["generation_id"]).stop_requested)
    assert statuses == []
    core.finalize(result, status="stopped")
    task.wait()
    assert statuses == ["stopped"]


def test_a_stop_that_takes_too_long_is_an_error(core, monkeypatch):
    monkeypatch.setattr(runner, "STOP_SECONDS", 0.01)
    with pytest.raises(Unavailable, match="could not be stopped yet"):
        stop(core, core.send())


def test_stops_requested_by_another_process_are_carried_out(core):
    one, _ = start(core)
    other, _ = start(core, "Another")
    core.runner.stop_local([one.ack["generation_id"], new_id()])
    assert core.until_ended(one).status == "stopped"
    assert core.runner.is_running(other.ack["generation_id"])

"""Identical questions that share a stream."""

import pytest

from chatapp.protocol.payloads import Regenerate
from support.core import OWNER, message, settle, until
from unit.generation.runner.answers import DOWN, emitted_text, start, stop


@pytest.mark.parametrize("stopped", [0, 1])
def test_stopping_one_of_two_identical_answers_leaves_the_other(core, emits, stopped):
    one, stream = start(core)
    stream.say("Once ")
    until(lambda: emitted_text(emits, one))
    other = core.send()
    core.runner.start(other.effects)
    until(lambda: emitted_text(emits, other) == "Once ")
    pair = [one, other]
    assert stop(core, pair[stopped]) == "stopped"
    assert not stream.is_closed
    stream.say("upon").end()
    assert core.until_ended(pair[1 - stopped]).content == "Once upon"
    assert message(pair[stopped].ack["assistant_message_id"]).content == "Once "
    assert len(core.provider.streams) == 1


def test_a_shared_stream_is_closed_once_all_its_answers_are_stopped(core):
    one, stream = start(core)
    other = core.send()
    core.runner.start(other.effects)
    stop(core, one)
    stop(core, other)
    until(lambda: stream.is_closed)


def test_a_failing_shared_stream_fails_all_its_answers(core):
    one, stream = start(core)
    other = core.send()
    core.runner.start(other.effects)
    stream.say("Once", DOWN)
    for result in (one, other):
        stored = core.until_ended(result)
        assert (stored.status, stored.content, stored.error["code"]) == ("failed", "Once", "provider_unavailable")


def test_a_question_at_the_end_of_an_identical_answer_opens_no_new_stream(core, emits):
    """At every moment a complete answer is found in its stream or in the cache."""
    others = []

    def ask(emit):
        if len(others) < 3 and emit.event in ("token", "generation_ended", "conversation_changed"):
            others.append(core.send())
            core.runner.start(others[-1].effects)

    result, stream = start(core)
    emits.on_emit = ask
    stream.say("Hello").end()
    core.until_ended(result)
    until(lambda: len(others) == 3)
    assert [core.until_ended(other).content for other in others] == ["Hello"] * 3
    assert len(core.provider.streams) == 1


def test_a_question_during_storing_joins_the_running_stream(core, before_write):
    others = []

    def ask():
        others.append(core.send())
        core.runner.start(others[0].effects)

    result, stream = start(core)
    before_write.append(ask)
    stream.say("Hello").end()
    core.until_ended(result)
    settle()
    assert len(core.provider.streams) == 1
    assert core.until_ended(others[0]).content == "Hello"


def test_regenerated_answers_have_streams_of_their_own(core):
    first = core.exchange()
    request = Regenerate(message_id=first.ack["assistant_message_id"])
    streams = [core.run(core.sender.regenerate(OWNER, request)) for _ in range(2)]
    assert streams[0] is not streams[1]

"""Answers that start, stream and complete."""

from types import SimpleNamespace

import pytest

from chatapp.generation.runner import Runner
from chatapp.providers import Finish, Reasoning, Usage
from chatapp.realtime import broadcasts
from chatapp.realtime.rooms import conversation_room, session_room
from chatapp.server import concurrency
from support.core import OWNER, settle, until
from unit.generation.runner.answers import DOWN, emitted_text, start, stop


def test_an_answer_runs_even_if_broadcasting_fails(monkeypatch):
    def fail(_fact):
        raise RuntimeError("the emit failed")

    ran = []
    monkeypatch.setattr(broadcasts, "fact", fail)
    monkeypatch.setattr(Runner, "_run", lambda _self, running: ran.append(running.job.generation_id))
    job = SimpleNamespace(generation_id="g", shared_key=None, owner="o", reserved=None)
    effects = SimpleNamespace(job=job, facts=("message_added",), is_new_conversation=False, conversation={})
    with pytest.raises(RuntimeError, match="the emit failed"):
        Runner(None, None, None, None, None, None).start(effects)
    concurrency.sleep()
    assert ran == ["g"]


def test_the_facts_of_a_command_are_emitted_before_its_first_token(core, emits):
    result, stream = start(core)
    room = conversation_room(result.conversation_id)
    assert [(emit.event, emit.payload, emit.room) for emit in emits[:3]] == [
        (fact.event, fact.payload, room) for fact in result.effects.facts
    ]
    assert emits[3] == ("conversation_added", {"conversation": result.effects.conversation}, session_room(OWNER))
    stream.say("Hi").end()
    core.until_ended(result)
    assert [emit.event for emit in emits[4:]] == ["token", "generation_ended", "conversation_changed"]


def test_an_answer_in_an_existing_conversation_emits_its_change(core, emits):
    first = core.exchange()
    result, _ = start(core, "Second", conversation_id=first.conversation_id)
    assert emits.named("conversation_changed") == [{"conversation": result.effects.conversation}]
    assert emits.named("conversation_added") == []


def test_the_runner_lists_its_running_answers(core):
    result, stream = start(core)
    generation_id = result.ack["generation_id"]
    assert core.runner.is_running(generation_id)
    assert core.runner.conversation_ids() == {result.conversation_id}
    stream.end()
    core.until_ended(result)
    assert not core.runner.is_running(generation_id)
    assert core.runner.conversation_ids() == set()


def test_a_complete_answer_is_stored_as_it_was_shown(core, emits):
    result, stream = start(core)
    stream.say(Reasoning("Think. "), "Hello ", "there", Usage(1, 2, 3), Finish("stop")).end()
    stored = core.until_ended(result)
    assert (stored.status, stored.content, stored.reasoning) == ("complete", "Hello there", "Think. ")
    assert (emitted_text(emits, result), emits.text(result.ack["generation_id"], "reasoning")) == (
        "Hello there",
        "Think. ",
    )
    assert stored.usage == {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    assert (stored.finish_reason, stored.error) == ("stop", None)
    assert stream.is_closed


def test_tokens_go_to_the_conversations_room_numbered_from_one(core, emits):
    result, stream = start(core)
    for word in ("one ", "two ", "three "):
        stream.say(word)
        until(lambda word=word: emitted_text(emits, result).endswith(word))
    stream.end()
    core.until_ended(result)
    assert emits.tokens(result.ack["generation_id"]) == [
        {"id": result.ack["generation_id"], "seq": seq, "text": text}
        for seq, text in enumerate(["one ", "two ", "three "], 1)
    ]
    rooms = {emit.room for emit in emits if emit.event == "token"}
    assert rooms == {conversation_room(result.conversation_id)}
    (ended,) = emits.named("generation_ended")
    assert ended["seq"] == 4


def test_the_first_token_is_emitted_at_once_and_later_ones_together(new_core, emits, pause):
    core = new_core(flush_ms=100)
    result, stream = start(core)
    stream.say("a")
    until(lambda: emitted_text(emits, result) == "a")
    stream.say("b", "c")
    settle()
    stream.say("d")
    settle()
    assert emitted_text(emits, result) == "a"
    assert pause.seconds == [pytest.approx(0.1)]
    pause.over.set()
    until(lambda: emitted_text(emits, result) == "abcd")
    assert [token["text"] for token in emits.tokens(result.ack["generation_id"])] == ["a", "bcd"]


def test_an_empty_answer_is_complete(core, emits):
    result, stream = start(core)
    stream.end()
    stored = core.until_ended(result)
    assert (stored.status, stored.content) == ("complete", "")
    assert emits.tokens(result.ack["generation_id"]) == []


def test_timings_have_the_first_text_only_after_reasoning(core):
    result, stream = start(core)
    stream.say(Reasoning("Think."), "Hello").end()
    timings = core.until_ended(result).timings
    assert 0 <= timings["queued_ms"] <= timings["first_token_ms"] <= timings["first_text_ms"] <= timings["total_ms"]
    result, stream = start(core, "Without reasoning")
    stream.say("Hello").end()
    assert "first_text_ms" not in core.until_ended(result).timings


def test_a_cached_answer_is_streamed_without_the_provider(core, emits):
    core.exchange("Hello")
    result = core.send("Hello")
    core.runner.start(result.effects)
    stored = core.until_ended(result)
    assert (stored.content, stored.status, stored.cached) == ("You said: Hello", "complete", True)
    assert emitted_text(emits, result) == "You said: Hello"
    assert core.provider.streams == []


def test_only_complete_answers_get_a_title(core, monkeypatch):
    titled = []
    monkeypatch.setattr(core.runner._title_writer, "start", lambda job: titled.append(job.generation_id))
    complete, stream = start(core)
    stream.say("Hi").end()
    core.until_ended(complete)
    failed, stream = start(core, "Another")
    stream.say(DOWN)
    core.until_ended(failed)
    stopped, _ = start(core, "A third")
    stop(core, stopped)
    settle()
    assert titled == [complete.ack["generation_id"]]


def test_an_answer_to_a_part_of_a_long_conversation_says_so(new_core):
    core = new_core(context_messages=2)
    first, stream = start(core)
    stream.say("Hi", Finish("stop")).end()
    assert core.until_ended(first).notices is None
    second, stream = start(core, "And now?", conversation_id=first.conversation_id)
    stream.say("Well", Finish("stop")).end()
    (notice,) = core.until_ended(second).notices
    assert notice["text"].startswith("The conversation is longer than what is sent")

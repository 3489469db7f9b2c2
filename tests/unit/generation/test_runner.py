"""Running answers: stored jobs are run, tokens are logged before they are emitted, and every end is stored."""

import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from chatapp.chat import generations, messages
from chatapp.config import ANSWERS_PER_MESSAGE
from chatapp.errors import NotFound, ProviderError, TooLarge, Unavailable
from chatapp.generation import runner
from chatapp.generation.runner import Runner
from chatapp.ids import new_id
from chatapp.protocol.payloads import ContinueGeneration, Options, Regenerate
from chatapp.providers import Finish, Reasoning, Usage
from chatapp.providers.base import CONTINUE
from chatapp.realtime import broadcasts
from chatapp.realtime.rooms import conversation_room, session_room
from chatapp.server import concurrency
from chatapp.storage import token_log
from support.core import MODEL, OTHER, OWNER, conversation, generation, message, settle, until

DOWN = ProviderError("provider_unavailable", "The model's server is unavailable.")


def start(core, content="Hello", **fields):
    """Store and run an answer. Returns the command's result, and the stream once it is opened."""
    result = core.send(content, **fields)
    return result, core.run(result)


def emitted_text(emits, result):
    return emits.text(result.ack["generation_id"])


def stop(core, result):
    return core.runner.stop(OWNER, result.ack["generation_id"])


class Clock:
    """A clock that only the test advances."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(runner, "time", clock)
    return clock


class Pause:
    """The runner's pauses between two flushes: their seconds, and `over`, which ends them all."""

    def __init__(self):
        self.seconds = []
        self.over = concurrency.Event()

    def sleep(self, seconds):
        self.seconds.append(seconds)
        self.over.wait()

    def __getattr__(self, name):
        return getattr(concurrency, name)


@pytest.fixture
def pause(clock, monkeypatch):
    pause = Pause()
    monkeypatch.setattr(runner, "concurrency", pause)
    return pause


# --- Starting


def test_an_answer_runs_even_if_broadcasting_fails(monkeypatch):
    def fail(_fact):
        raise RuntimeError("the emit failed")

    ran = []
    monkeypatch.setattr(broadcasts, "fact", fail)
    monkeypatch.setattr(Runner, "_run", lambda _self, running: ran.append(running.job.generation_id))
    job = SimpleNamespace(generation_id="g", shared_key=None, owner="o")
    effects = SimpleNamespace(job=job, facts=("message_added",), is_new_conversation=False, conversation={})
    with pytest.raises(RuntimeError, match="the emit failed"):
        Runner(None, None, None, None).start(effects)
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


# --- Complete answers


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


# --- Stops


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


# --- Failures


def test_a_providers_error_ends_the_answer_and_keeps_its_text(core, emits):
    result, stream = start(core)
    stream.say("Once upon", Finish("stop"), ProviderError("provider_error", "It broke."))
    stored = core.until_ended(result)
    assert (stored.status, stored.content, stored.finish_reason) == ("failed", "Once upon", None)
    assert (stored.error["code"], stored.error["message"]) == ("provider_error", "It broke.")
    (ended,) = emits.named("generation_ended")
    assert ended["message"]["error"] == stored.error
    assert stream.is_closed


def test_a_stream_that_cannot_be_opened_fails_the_answer(core):
    core.provider.opening = DOWN
    result = core.send()
    core.runner.start(result.effects)
    stored = core.until_ended(result)
    assert (stored.status, stored.error["code"]) == ("failed", "provider_unavailable")


@pytest.mark.parametrize(("error", "is_doubted"), [(DOWN, True), (ProviderError("provider_error", "No."), False)])
def test_only_an_unavailable_providers_model_list_is_invalidated(core, monkeypatch, error, is_invalidated):
    invalidated = []
    monkeypatch.setattr(core.registry, "invalidate", invalidated.append)
    result, stream = start(core)
    stream.say(error)
    core.until_ended(result)
    assert invalidated == ([MODEL] if is_invalidated else [])


@pytest.mark.parametrize("chunk", [ZeroDivisionError("a secret"), 7], ids=["raises", "yields no chunk"])
def test_a_broken_provider_fails_the_answer_without_details(core, caplog, chunk):
    result, stream = start(core)
    stream.say("Once", chunk)
    stored = core.until_ended(result)
    assert (stored.status, stored.content) == ("failed", "Once")
    assert "a secret" not in str(stored.error)


def test_a_model_without_a_first_token_times_out(new_core):
    core = new_core(configured={"first_token_timeout": 0.01, "token_timeout": 1000})
    result, stream = start(core)
    stored = core.until_ended(result)
    assert (stored.status, stored.error["code"]) == ("failed", "provider_timeout")
    assert "said nothing for 0.01 s" in stored.error["message"]
    until(lambda: stream.is_closed)


def test_a_model_that_falls_silent_times_out(new_core):
    core = new_core(configured={"first_token_timeout": 1000, "token_timeout": 0.01})
    result, stream = start(core)
    stream.say("Once upon")
    stored = core.until_ended(result)
    assert (stored.status, stored.content) == ("failed", "Once upon")
    assert "fell silent for 0.01 s" in stored.error["message"]
    until(lambda: stream.is_closed)


def test_the_duration_of_an_answer_is_limited_while_the_model_sends(core, emits, clock):
    result, stream = start(core)
    stream.say("a")
    until(lambda: emitted_text(emits, result) == "a")
    clock.now += core.settings.answer_seconds - 1
    stream.say("b")
    until(lambda: emitted_text(emits, result) == "ab")
    clock.now += 2
    more = iter("d" * 50)
    emits.on_emit = lambda _: stream.say(next(more, ""))  # a model that never ends
    stream.say("c")
    stored = core.until_ended(result)
    assert (stored.status, stored.content) == ("failed", "abc")
    assert "longer than 30 minutes" in stored.error["message"]


def test_the_duration_of_an_answer_is_limited_while_the_model_is_silent(new_core):
    core = new_core(answer_seconds=0.01)
    result, _ = start(core)
    assert "took longer than" in core.until_ended(result).error["message"]


def test_an_answer_that_grows_too_large_is_cut_between_characters(new_core, emits):
    core = new_core(answer_bytes=10)
    result, stream = start(core)
    stream.say("가나다라", "마")
    stored = core.until_ended(result)
    assert (stored.status, stored.error["code"]) == ("failed", "too_large")
    assert stored.content == emitted_text(emits, result) == "가나다"


def test_the_size_limit_counts_the_bytes_of_all_entries(new_core, emits):
    core = new_core(answer_bytes=10)
    result, stream = start(core)
    for part in ("12345", "67890"):
        stream.say(part)
        until(lambda part=part: emitted_text(emits, result).endswith(part))
    stream.say("x")
    assert core.until_ended(result).content == "1234567890"


def test_an_answer_of_exactly_the_maximum_size_is_complete(new_core):
    core = new_core(answer_bytes=10)
    result, stream = start(core)
    stream.say("1234567890").end()
    assert core.until_ended(result).status == "complete"


def test_a_continued_answer_grows_up_to_the_maximum_size_of_a_message(new_core, emits):
    core = new_core(answer_bytes=10)
    result, stream = start(core)
    stream.say("x" * 11)
    stored = core.until_ended(result)
    for _ in range(ANSWERS_PER_MESSAGE - 1):
        assert stored.status == "failed"
        result = core.sender.continue_(OWNER, ContinueGeneration(message_id=stored.id))
        core.run(result).say("x" * 9, Reasoning("y" * 9))
        stored = core.until_ended(result)
    assert len(stored.content) + len(stored.reasoning) == 10 * ANSWERS_PER_MESSAGE
    assert "beyond 40 bytes" in stored.error["message"]
    with pytest.raises(TooLarge):
        core.sender.continue_(OWNER, ContinueGeneration(message_id=stored.id))


def test_the_last_continuation_gets_the_remaining_size(new_core):
    core = new_core(answer_bytes=10)
    first = core.send()
    core.finalize(first, "x" * 33 + "가", "stopped")
    result = core.sender.continue_(OWNER, ContinueGeneration(message_id=first.ack["assistant_message_id"]))
    core.run(result).say("1234567")
    stored = core.until_ended(result)
    assert stored.content == "x" * 33 + "가1234"
    assert stored.error["code"] == "too_large"


# --- Storage errors


def disk_full(*_args, **_kw):
    raise OperationalError("INSERT", {}, Exception("the disk is full"))


def test_storing_the_end_is_retried_without_loss(core, emits, monkeypatch, caplog):
    append_end, refused = core.log.append_end, []

    def refuse_once(session, entry):
        if not refused:
            refused.append(entry)
            disk_full()
        append_end(session, entry)

    monkeypatch.setattr(core.log, "append_end", refuse_once)
    result, stream = start(core)
    stream.say("Hello", Usage(1, 2, 3)).end()
    until(lambda: refused)
    assert core.runner.is_running(result.ack["generation_id"])
    assert emits.named("generation_ended") == [], "an end is emitted only after it is stored"
    stored = core.until_ended(result)
    assert (stored.status, stored.content, stored.usage["total_tokens"]) == ("complete", "Hello", 3)
    assert "trying again" in caplog.text
    assert len(emits.named("generation_ended")) == 1


def test_an_answer_survives_a_lock_of_the_database(core, emits, database):
    """Entries during the lock wait in memory."""
    result, stream = start(core)
    stream.say("Once ")
    until(lambda: emits.text(result.ack["generation_id"]) == "Once ")
    with closing(sqlite3.connect(database.engine.url.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        stream.say("upon ", "a time")
        stream.end()
        settle()
        assert emits.text(result.ack["generation_id"]) == "Once "
        other.execute("ROLLBACK")
    stored = core.until_ended(result)
    assert (stored.status, stored.content) == ("complete", "Once upon a time")
    assert emits.text(result.ack["generation_id"]) == stored.content


def test_an_end_that_can_never_be_stored_becomes_a_failure(core, monkeypatch, caplog):
    finalize = generations.finalize

    def refuse_usage(generation_id, outcome, *rest):
        if outcome.status == "complete":
            raise ValueError("out of range")
        return finalize(generation_id, outcome, *rest)

    monkeypatch.setattr(generations, "finalize", refuse_usage)
    result, stream = start(core)
    stream.say("Hello").end()
    stored = core.until_ended(result)
    assert (stored.status, stored.content, stored.error["code"]) == ("failed", "Hello", "internal")
    assert "could not be written as it is" in caplog.text


def test_a_token_that_cannot_be_logged_is_not_emitted(core, emits, monkeypatch, caplog):
    result, stream = start(core)
    stream.say("Once ")
    until(lambda: emitted_text(emits, result))
    monkeypatch.setattr(core.log, "append", disk_full)
    stream.say("upon")
    stored = core.until_ended(result)
    assert (stored.status, stored.content, stored.error["code"]) == ("failed", "Once ", "internal")
    assert emitted_text(emits, result) == "Once "
    assert "the disk is full" in caplog.text


# --- Draining


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


# --- Models that are listed late


def test_a_default_model_that_is_listed_late_is_used(new_core, monkeypatch):
    core = new_core(configured={"models": ()})
    monkeypatch.setattr(core.registry, "_default", "")
    result, stream = start(core)
    assert result.effects.job.prompt is None
    assert (stream.prompt.model, stream.prompt.messages) == (MODEL, [{"role": "user", "content": "Hello"}])
    assert stream.prompt.conversation_id == result.conversation_id
    stream.say("Hi").end()
    assert core.until_ended(result).content == "Hi"


def test_a_continuation_with_a_late_default_model_keeps_prompt_and_options(new_core, monkeypatch):
    core = new_core(configured={"models": ()})
    monkeypatch.setattr(core.registry, "_default", "")
    first = core.send("Hello", system_prompt="Be brief.", options=Options(top_k=1))
    core.finalize(first, "Once", "stopped")
    request = ContinueGeneration(message_id=first.ack["assistant_message_id"])
    continuation = core.sender.continue_(OWNER, request)
    assert continuation.effects.job.prompt is None
    prompt = core.run(continuation).prompt
    assert prompt.options == {"top_k": 1}
    assert [(part["role"], part["content"]) for part in prompt.messages] == [
        ("system", "Be brief."),
        ("user", "Hello"),
        ("assistant", "Once"),
        ("user", CONTINUE),
    ]


def test_an_unknown_model_fails_the_answer(core, monkeypatch):
    monkeypatch.setattr(core.registry, "_is_named", True)
    result = core.send(model="nobody/model")
    core.runner.start(result.effects)
    stored = core.until_ended(result)
    assert (stored.status, stored.error["code"]) == ("failed", "model_not_found")


# --- Shared streams


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


# --- Random schedules


text = st.text(st.sampled_from("ab 가😀"), max_size=4)
chunks = st.one_of(text, text.map(Reasoning), st.just(Usage(1, 2, 3)), st.just(Finish("stop")))
script = st.lists(st.tuples(chunks, st.integers(0, 3)), max_size=10)
ends = st.sampled_from(["complete", "failed", "stopped", "interrupted"])


@given(script=script, end=ends)
def test_stored_logged_and_emitted_text_agree(core, emits, monkeypatch, script, end):
    monkeypatch.setattr(token_log, "COMMIT_SECONDS", 0.0001)  # so that other tasks run during a commit
    result = core.send(new_id())
    generation_id = result.ack["generation_id"]
    wrong = []

    def check(emit):
        """Check at each emit that its text is logged, and that a snapshot has it."""
        if emit.event == "token":
            logged = core.log.read(generation_id)[-1]
            shown = {"id": generation_id, "seq": logged.seq, "text": logged.text}
            if {**shown, "kind": logged.kind} != {"kind": "text", **emit.payload}:
                wrong.append((logged, emit))
            taken = messages.snapshot(OWNER, result.conversation_id, core.log, leaf_id=None, limit=10)
            (running,) = taken["running"]
            if "".join(entry["text"] for entry in running["entries"] if entry["kind"] == "text") != emitted_text(
                emits, result
            ):
                wrong.append((running, emit))
        elif emit.event == "generation_ended" and generation(generation_id).status != emit.payload["status"]:
            wrong.append(emit)

    emits.on_emit = check
    stream = core.run(result)
    for chunk, switches in script:
        stream.say(chunk)
        for _ in range(switches):
            concurrency.sleep()
    if end == "complete":
        stream.end()
    elif end == "failed":
        stream.say(ProviderError("provider_error", "It broke."))
    elif end == "stopped":
        stop(core, result)
    else:
        core.runner.drain(0, lambda: None, lambda: False)
    stored = core.until_ended(result)
    assert wrong == []
    assert stored.status == end
    assert stored.content == emitted_text(emits, result)
    assert stored.reasoning == emits.text(generation_id, "reasoning")
    tokens, entries = emits.tokens(generation_id), core.log.read(generation_id)
    assert [token["seq"] for token in tokens] == list(range(1, len(tokens) + 1))
    assert [(entry.seq, entry.text) for entry in entries[:-1]] == [(token["seq"], token["text"]) for token in tokens]
    assert (entries[-1].kind, entries[-1].seq) == ("end", len(tokens) + 1)
    whole = "".join(chunk for chunk, _ in script if type(chunk) is str)
    if end in ("complete", "failed"):
        assert stored.content == whole
    else:
        assert whole.startswith(stored.content)
    assert conversation(result.conversation_id).revision == 4

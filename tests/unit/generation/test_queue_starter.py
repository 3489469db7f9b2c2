"""Answers to queued questions start once: after the end before them, within the bounds, by whichever process lives."""

import pytest
from sqlalchemy import event

from chatapp.chat import generations, queued_answers
from chatapp.chat.preparer import Preparer
from chatapp.chat.queued_answers import QueuedAnswers
from chatapp.errors import Busy, NotFound, NotOffered, ProviderError, RateLimited, TooLarge, Unavailable
from chatapp.generation import queue_starter
from chatapp.generation.recovery import Recovery
from chatapp.storage.database import db
from chatapp.storage.tables import Generation, QueuedQuestion, Reservation
from support.core import OWNER, WORKER, OtherInstance, conversation, generation, message, settle, until


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(queue_starter, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(queue_starter, "LOOK_AGAIN_SECONDS", 0.01)


def asked(stream):
    """Return the questions in a stream's prompt."""
    return [one["content"] for one in stream.prompt.messages if one["role"] == "user"]


def queued(core, texts=("Second",), **fields):
    """Run a first answer with questions queued behind it. Returns its result and its stream."""
    result = core.send("First")
    stream = core.run(result)
    for text in texts:
        core.send(text, result.conversation_id, queue=True, **fields)
    return result, stream


def newest(result):
    """Return the message at the end of the conversation."""
    return message(conversation(result.conversation_id).active_leaf_id)


def held():
    """Return the texts that wait in all queues."""
    with db.read() as session:
        return [row.content for row in session.query(QueuedQuestion)]


def until_ended(result, status):
    until(lambda: newest(result).status == status)
    return newest(result)


def test_the_model_is_asked_the_next_question_with_the_whole_answer_before(core):
    result, _stream = queued(core, ("Second", "Third"))
    for number in (1, 2, 3):
        core.provider.streams[-1].say(f"Answer {number}").end()
        until(lambda number=number: len(core.provider.streams) > number or number == 3)
    until_ended(result, "complete")
    assert [asked(one) for one in core.provider.streams] == [
        ["First"],
        ["First", "Second"],
        ["First", "Second", "Third"],
    ]
    assert [one["content"] for one in core.provider.streams[2].prompt.messages[1::2]] == ["Answer 1", "Answer 2"]


def test_tabs_hear_the_end_the_question_and_the_start_in_order(core, emits):
    _result, stream = queued(core)
    emits.clear()
    stream.say("One.").end()
    until(lambda: len(core.provider.streams) == 2)
    events = [emit.event for emit in emits if emit.event not in ("token", "conversation_changed")]
    assert events == ["generation_ended", "message_added", "message_added", "queue_changed", "generation_started"]
    revisions = [emit.payload["revision"] for emit in emits if "revision" in emit.payload]
    assert revisions == list(range(revisions[0], revisions[0] + 4))


@pytest.mark.parametrize("reserved", [None, {"tokens_per_day": "all=100000"}])
def test_an_answer_that_another_process_left_unstarted_is_started_once(new_core, emits, reserved):
    """The process died between the end of the answer before and the start of this one."""
    core = new_core(**(reserved or {}))
    result = core.send("First")
    core.send("Second", result.conversation_id, queue=True)
    core.finalize(result, "One.")
    with db.write() as session:
        session.get_one(Generation, newest(result).generation_id).worker = "dead"
    cores = [core, new_core(**(reserved or {}))]
    recoveries = [Recovery(one.settings, OtherInstance(WORKER), one.log, one.runner, one.admission) for one in cores]
    for recovery in [*recoveries, *recoveries]:
        recovery.recover()
    until(lambda: [stream for one in cores for stream in one.provider.streams])
    for recovery in recoveries:
        recovery.recover()
    settle()
    (stream,) = [stream for one in cores for stream in one.provider.streams]
    stream.say("Two.").end()
    assert until_ended(result, "complete").content == "Two."
    assert len(emits.named("generation_started")) == 1


def test_an_answer_that_its_own_living_process_is_to_start_is_left_to_it(core):
    result = core.send("First")
    core.send("Second", result.conversation_id, queue=True)
    core.finalize(result, "One.")
    Recovery(core.settings, OtherInstance(WORKER), core.log, core.runner, core.admission).recover()
    settle()
    assert core.provider.streams == []
    core.runner.stop(OWNER, result.ack["generation_id"])


def test_a_draining_process_leaves_the_next_answer_to_its_successor(core, new_core):
    result, stream = queued(core)
    core.admission.is_draining = True
    stream.say("One.").end()
    until(lambda: queued_answers.due() == [(newest(result).generation_id, queued_answers.ANYBODY)])
    successor = new_core()
    Recovery(successor.settings, OtherInstance(WORKER), successor.log, successor.runner, successor.admission).recover()
    until(lambda: successor.provider.streams)
    assert asked(successor.provider.streams[0]) == ["First", "Second"]


def test_a_question_waits_for_its_turn_in_the_minute(new_core, monkeypatch):
    core = new_core()
    admit, refusals = core.admission.admit, [RateLimited("Later.", retry_after=0.01), Busy("Later.")]

    def admit_later(*who):
        if refusals:
            raise refusals.pop()
        admit(*who)

    _result, stream = queued(core)
    monkeypatch.setattr(core.admission, "admit", admit_later)
    stream.end()
    until(lambda: len(core.provider.streams) == 2)
    assert (len(asked(core.provider.streams[1])), refusals) == (1, [])


def test_a_question_that_waits_for_other_answers_counts_once_in_the_minute(new_core, monkeypatch):
    core = new_core(messages_per_minute=3)
    reserve, refusals = core.budgets.reserve, [Busy("Later.", retry_after=0.01)] * 5

    def reserve_later(*args, **named):
        if refusals:
            raise refusals.pop()
        reserve(*args, **named)

    _result, stream = queued(core)
    monkeypatch.setattr(core.budgets, "reserve", reserve_later)
    stream.end()
    until(lambda: len(core.provider.streams) == 2)
    assert core.send("Elsewhere").effects


@pytest.mark.parametrize(
    "settings", [{"messages_per_minute": 1}, {"generations_per_owner": 1}, {"answers_at_once": "all=1"}]
)
def test_an_answer_that_has_to_wait_is_not_prepared(new_core, monkeypatch, settings):
    """Hundreds may wait, and each tries again every second."""
    core = new_core(**settings)
    result = core.send("First")
    core.send("Second", result.conversation_id, queue=True)
    core.finalize(result)
    if "messages_per_minute" not in settings:
        core.send("Elsewhere")
    monkeypatch.setattr(Preparer, "prepare", lambda *_args: pytest.fail("prepared"))
    answers = QueuedAnswers(core.settings, WORKER, core.registry, core.admission, core.budgets)
    with pytest.raises((RateLimited, Busy)):
        answers.begin(newest(result).generation_id)


def test_a_question_that_waited_too_long_fails_and_holds_the_others(new_core, monkeypatch):
    monkeypatch.setattr(queue_starter, "PATIENCE_SECONDS", 0.05)
    core = new_core(answers_at_once="all=1")
    result, stream = queued(core, ("Second", "Third"))
    monkeypatch.setattr(core.budgets, "reserve", refuse)
    stream.end()
    assert until_ended(result, "failed").error["code"] == "rate_limited"
    assert held() == ["Third"]


def refuse(*_args, **_named):
    raise Busy("Too many.", retry_after=0.01)


OFFERED = ProviderError("not_allowed", "Too hot: {value}.", value="9")
PATIENCE = queue_starter.PATIENCE_SECONDS


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OFFERED, OFFERED),
        (NotOffered(OFFERED), OFFERED),
        (TooLarge("Too much."), queue_starter.TOO_COSTLY),
        (RateLimited("Used up.", retry_after=PATIENCE + 1), queue_starter.USED_UP),
        (RateLimited("Later.", retry_after=PATIENCE), queue_starter.TOO_MANY),
        (RateLimited("Later."), queue_starter.TOO_MANY),
        (Busy("Later.", retry_after=PATIENCE + 1), queue_starter.TOO_MANY),
        (Unavailable("Later."), queue_starter.TOO_MANY),
        (NotFound("Gone."), queue_starter.NOT_STARTED),
    ],
    ids=lambda error: f"{type(error).__name__} {error.message}",
)
def test_why_a_question_was_not_sent_is_told_as_an_answer_tells_it(error, told):
    reason = queue_starter._reason(error)
    assert (reason.code, reason.message) == (told.code, told.message)


def test_a_question_beyond_the_budget_of_the_day_fails_at_once(core, monkeypatch):
    def used_up(*_args, **_named):
        raise RateLimited("Used up.", retry_after=5000)

    result, stream = queued(core, ("Second", "Third"))
    monkeypatch.setattr(core.budgets, "reserve", used_up)
    stream.say("One.").end()
    failed = until_ended(result, "failed")
    assert (failed.error["code"], failed.error["retry_after"]) == ("rate_limited", 5000)
    assert held() == ["Third"]


def test_what_a_queued_question_costs_is_reserved_when_it_is_sent(new_core):
    core = new_core(tokens_per_day="all=100000")
    result, stream = queued(core)
    with db.read() as session:
        assert session.query(Reservation).count() == 1
    stream.end()
    until(lambda: len(core.provider.streams) == 2)
    with db.read() as session:
        (reservation,) = session.query(Reservation)
    assert (reservation.id, reservation.owner) == (newest(result).generation_id, OWNER)


def test_conversations_are_locked_before_what_is_spent(new_core):
    """Everywhere in one order: on PostgreSQL two processes would lock each other up."""
    core, tables = new_core(tokens_per_day="all=100000"), []

    def note(_connection, _cursor, statement, *_more):
        if statement.startswith("BEGIN IMMEDIATE"):
            tables.append([])
        tables[-1:] and tables[-1].extend(name for name in ("FROM conversations", "INTO spending") if name in statement)

    result, stream = queued(core)
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        stream.end()
        until(lambda: len(core.provider.streams) == 2)
        core.send("Third", result.conversation_id, queue=True)
        core.provider.streams[1].end()
        until(lambda: len(core.provider.streams) == 3)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    spending = [names for names in tables if "INTO spending" in names]
    assert len(spending) >= 4, "two ends, two starts"
    assert {names[0] for names in spending} == {"FROM conversations"}


def test_a_model_that_is_not_offered_any_more_fails_and_holds_the_others(core, monkeypatch):
    def choose(model):
        raise ProviderError("model_not_found", "There is no model {model}.", model=model)

    result, stream = queued(core, ("Second", "Third"), model="old")
    monkeypatch.setattr(core.registry, "choose", choose)
    stream.end()
    failed = until_ended(result, "failed")
    assert failed.error["code"] == "model_not_found"
    assert failed.error["detail"] == {"text": "There is no model {model}.", "values": {"model": "old"}}
    assert held() == ["Third"]


def test_an_answer_that_waits_for_its_turn_can_be_stopped(new_core):
    core = new_core(messages_per_minute=1)
    result, stream = queued(core)
    stream.end()
    until(lambda: newest(result).content == "" and newest(result).generation_id != result.ack["generation_id"])
    assert core.runner.stop(OWNER, newest(result).generation_id) == "stopped"
    assert newest(result).status == "stopped"
    assert len(core.provider.streams) == 1


def test_a_stop_before_the_start_is_kept_from_the_model(core):
    result = core.send("First")
    core.send("Second", result.conversation_id, queue=True)
    core.finalize(result)
    generations.request_stop(newest(result).generation_id)
    core.runner.start_queued(newest(result).generation_id)
    assert until_ended(result, "stopped").content == ""
    assert core.provider.streams == []


def test_answers_that_wait_for_their_turn_are_none_of_those_at_once(new_core):
    """Else those of many queues would wait for each other for ever."""
    core = new_core(generations_per_owner=1)
    result = core.send("First")
    core.send("Second", result.conversation_id, queue=True)
    core.finalize(result)
    other = core.send("Elsewhere")
    assert other.effects
    core.runner.start_queued(newest(result).generation_id)
    settle()
    assert core.provider.streams == []
    core.finalize(other)
    until(lambda: core.provider.streams)


def test_a_cached_answer_is_told_as_such(core, emits):
    first = core.send("First")
    core.finalize(first, "One.")
    second = core.run(core.send("Second", first.conversation_id))
    second.say("Two.").end()
    until(lambda: newest(first).status == "complete")
    result = core.send("First")
    core.send("Second", result.conversation_id, queue=True)
    core.runner.start(result.effects)
    ended = until_ended(result, "complete")
    until(lambda: newest(result).parent_id != result.ack["message"]["id"])
    ended = until_ended(result, "complete")
    assert (ended.content, ended.cached) == ("Two.", True)
    assert emits.named("generation_started")[-1]["cached"] is True
    assert len(core.provider.streams) == 1


def test_a_start_that_fails_is_an_end(core, monkeypatch):
    def fail(_generation_id):
        raise RuntimeError("unexpected")

    result, stream = queued(core)
    monkeypatch.setattr(queued_answers.QueuedAnswers, "begin", lambda _self, generation_id: fail(generation_id))
    stream.end()
    assert until_ended(result, "failed").error["code"] == "internal"
    assert generation(newest(result).generation_id).status == "failed"


def test_a_question_in_a_hurry_is_asked_once_the_answer_is_stopped(core):
    result, stream = queued(core, ("Second", "Third"))
    stream.say("Part")
    until(lambda: core.log.last_seq(result.ack["generation_id"]))
    with db.read() as session:
        third = session.query(QueuedQuestion).order_by(QueuedQuestion.place.desc()).first()
    hurry = core.queue.hurry(OWNER, third.id)
    assert core.runner.stop(OWNER, hurry.stops) == "stopped"
    until(lambda: len(core.provider.streams) == 2)
    assert asked(core.provider.streams[1]) == ["First", "Third"]
    assert stream.is_closed
    with db.read() as session:
        assert [row.status for row in session.query(Generation).order_by(Generation.id)] == ["stopped", "running"]

"""Stored generations: an end is stored once, with the whole text of the log, and can be read for good."""

import orjson
import pytest

from chatapp.chat import conversations, generations, purge
from chatapp.chat.generations import Outcome
from chatapp.errors import NotFound
from chatapp.ids import new_id
from chatapp.protocol.payloads import ContinueGeneration
from chatapp.providers import Reasoning
from chatapp.storage.database import db
from chatapp.storage.tables import CachedResponse, Conversation, Message
from support.core import OTHER, OWNER, WORKER, conversation, generation, log_texts, message

ERROR = {"code": "internal", "message": "It failed."}
WHOLE_OUTCOME = {
    "finish_reason": "stop",
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    "timings": {"queued_ms": 1, "first_token_ms": 2, "total_ms": 3},
}


@pytest.fixture
def core(core_on_each_log):
    return core_on_each_log


@pytest.fixture
def running(core):
    """A running answer with two entries in its log."""
    result = core.send()
    log_texts(core.log, result.ack["generation_id"], Reasoning("Think. "), "Hello ", "there")
    return result


def cached(key):
    with db.read() as session:
        return session.get(CachedResponse, key)


def delete_for_good(conversation_id):
    with db.write() as session:
        session.delete(session.get_one(Conversation, conversation_id))


# --- Ends


def test_a_complete_answer_is_stored_with_the_text_of_its_log(core, running):
    core.finalize(running, status="complete", **WHOLE_OUTCOME)
    stored = message(running.ack["assistant_message_id"])
    assert (stored.content, stored.reasoning, stored.status) == ("Hello there", "Think. ", "complete")
    assert {name: getattr(stored, name) for name in WHOLE_OUTCOME} == WHOLE_OUTCOME
    assert stored.error is None


@pytest.mark.parametrize("status", ["stopped", "failed", "interrupted"])
def test_an_answer_that_ends_early_keeps_what_had_come(core, running, status):
    core.finalize(running, status=status, error=ERROR)
    stored = message(running.ack["assistant_message_id"])
    assert (stored.content, stored.reasoning, stored.status) == ("Hello there", "Think. ", status)
    assert stored.error == ERROR
    assert generation(running.ack["generation_id"]).status == status


def test_an_end_has_the_next_seq_and_the_next_revision(core, running):
    finalized = core.finalize(running)
    row = generation(running.ack["generation_id"])
    assert (row.seq, row.revision) == (4, 4)
    assert row.ended_at >= row.started_at
    assert conversation(running.conversation_id).revision == 4
    assert (finalized.fact.payload["seq"], finalized.fact.payload["revision"]) == (4, 4)


def test_an_answer_without_a_word_ends_with_its_first_entry(core):
    result = core.send()
    assert core.finalize(result, status="failed", error=ERROR).fact.payload["seq"] == 1
    assert message(result.ack["assistant_message_id"]).content == ""


def test_an_end_is_told_with_the_whole_message(core, running):
    finalized = core.finalize(running)
    payload = finalized.fact.payload
    assert finalized.fact.event == "generation_ended"
    assert payload["conversation_id"] == running.conversation_id
    assert payload["generation_id"] == running.ack["generation_id"]
    assert (payload["status"], payload["message"]["status"]) == ("complete", "complete")
    assert payload["message"]["content"] == "Hello there"
    assert (finalized.owner, finalized.is_deleted) == (OWNER, False)
    assert finalized.conversation["running"] == []


def test_the_last_entry_of_the_log_is_the_end(core, running):
    finalized = core.finalize(running)
    last = core.log.read(running.ack["generation_id"])[-1]
    assert (last.kind, last.seq) == ("end", 4)
    assert orjson.loads(last.text) == finalized.fact.payload


def test_an_answer_ends_once(core, running):
    core.finalize(running, status="stopped")
    assert core.finalize(running, status="complete") is None
    assert message(running.ack["assistant_message_id"]).status == "stopped"
    assert conversation(running.conversation_id).revision == 4
    assert [entry.kind for entry in core.log.read(running.ack["generation_id"])].count("end") == 1


def test_an_answer_of_a_deleted_conversation_is_stored_for_its_restoration(core, running):
    with db.write() as session:
        session.get_one(Conversation, running.conversation_id).deleted_at = 1.0
    assert core.finalize(running).is_deleted
    assert message(running.ack["assistant_message_id"]).content == "Hello there"


def test_an_answer_of_a_conversation_that_is_gone_for_good_has_no_end(core, running):
    delete_for_good(running.conversation_id)
    assert core.finalize(running) is None


def test_an_answer_that_went_on_keeps_what_stood_before(core):
    first = core.send()
    log_texts(core.log, first.ack["generation_id"], Reasoning("One. "), "Once upon")
    core.finalize(first, status="stopped")
    request = ContinueGeneration(message_id=first.ack["assistant_message_id"])
    going_on = core.sender.continue_(OWNER, request)
    log_texts(core.log, going_on.ack["generation_id"], Reasoning("Two."), " a time")
    finalized = core.finalize(going_on)
    stored = message(first.ack["assistant_message_id"])
    assert (stored.content, stored.reasoning) == ("Once upon a time", "One. Two.")
    assert finalized.fact.payload["seq"] == 3, "the log of the second generation begins anew"


def test_an_end_that_cannot_be_logged_is_not_stored_at_all(core, running, monkeypatch):
    def fail(*_args):
        raise OSError("the log is away")

    with monkeypatch.context() as broken:
        broken.setattr(core.log, "append_end", fail)
        with pytest.raises(OSError, match="away"):
            core.finalize(running)
    assert message(running.ack["assistant_message_id"]).status == "running"
    assert core.finalize(running), "it can be tried again"
    assert message(running.ack["assistant_message_id"]).content == "Hello there"


# --- What goes into the cache


def test_a_complete_answer_goes_into_the_cache(core, running):
    key = generation(running.ack["generation_id"]).cache_key
    core.finalize(running, **WHOLE_OUTCOME)
    kept = cached(key)
    assert (kept.content, kept.reasoning, kept.finish_reason) == ("Hello there", "Think. ", "stop")
    assert kept.usage == WHOLE_OUTCOME["usage"]
    assert (kept.owner, kept.conversation_id) == (OWNER, running.conversation_id)


@pytest.mark.parametrize(
    "outcome",
    [{"status": "stopped"}, {"status": "failed"}, {"status": "interrupted"}, {"finish_reason": "length"}],
    ids=str,
)
def test_an_answer_that_is_not_whole_does_not(core, running, outcome):
    core.finalize(running, **outcome)
    assert cached(generation(running.ack["generation_id"]).cache_key) is None


def test_an_empty_answer_does_not(core):
    result = core.send()
    core.finalize(result)
    assert cached(generation(result.ack["generation_id"]).cache_key) is None


def test_an_answer_larger_than_the_whole_cache_does_not(core, running):
    generations.finalize(running.ack["generation_id"], Outcome("complete"), core.log, cache_bytes=10)
    assert cached(generation(running.ack["generation_id"]).cache_key) is None


# --- Reading ends


def test_a_running_answer_has_no_end_yet(core, running):
    assert generations.end_fact(OWNER, running.ack["generation_id"]) is None


def test_an_end_can_be_read_as_it_was_told(core, running):
    finalized = core.finalize(running, **WHOLE_OUTCOME)
    assert generations.end_fact(OWNER, running.ack["generation_id"]) == finalized.fact


def test_an_end_outlives_its_log(core, running):
    finalized = core.finalize(running)
    purge.drop_logs(core.log, keep_seconds=-1)
    assert core.log.read(running.ack["generation_id"]) == []
    assert generations.end_fact(OWNER, running.ack["generation_id"]) == finalized.fact


def test_the_end_of_a_message_that_is_gone_is_not_found(core, running):
    core.finalize(running)
    with db.write() as session:
        session.delete(session.get_one(Message, running.ack["assistant_message_id"]))
    with pytest.raises(NotFound, match="is gone"):
        generations.end_fact(OWNER, running.ack["generation_id"])


@pytest.mark.parametrize("read", [generations.end_fact, generations.status])
def test_the_generations_of_others_are_not_found(core, running, read):
    with pytest.raises(NotFound):
        read(OTHER, running.ack["generation_id"])
    with pytest.raises(NotFound):
        read(OWNER, new_id())


# --- Logs that are dropped


def test_only_logs_of_answers_that_ended_long_ago_are_dropped(core, running):
    ended = core.exchange("Another")
    purge.drop_logs(core.log, keep_seconds=60)
    assert core.log.read(ended.ack["generation_id"]), "it ended just now"
    purge.drop_logs(core.log, keep_seconds=-1)
    assert core.log.read(ended.ack["generation_id"]) == []
    assert not generation(ended.ack["generation_id"]).log_kept
    assert len(core.log.read(running.ack["generation_id"])) == 3
    assert generation(running.ack["generation_id"]).log_kept


def test_a_log_is_dropped_once(core, monkeypatch):
    ended, dropped = core.exchange(), []
    drop = core.log.drop
    monkeypatch.setattr(core.log, "drop", lambda ids, **kw: dropped.extend(ids) or drop(ids, **kw))
    for _ in range(2):
        purge.drop_logs(core.log, keep_seconds=-1)
    assert dropped == [ended.ack["generation_id"]]


# --- What runs, and what is to be stopped


def test_all_that_runs_is_listed_with_its_worker(core, running):
    core.exchange("Another")
    row = (OWNER, running.conversation_id, running.ack["generation_id"], WORKER)
    assert generations.running() == [row]
    assert generations.status(OWNER, running.ack["generation_id"]) == "running"
    assert conversations.running(OWNER, running.conversation_id) == [running.ack["generation_id"]]


def test_a_stop_is_requested_of_the_worker_that_runs_it(core, running):
    core.send("Another")
    generations.request_stop(running.ack["generation_id"])
    assert generations.stops_requested(WORKER) == [running.ack["generation_id"]]
    assert generations.stops_requested(new_id()) == []
    core.finalize(running, status="stopped")
    assert generations.stops_requested(WORKER) == []

"""Stored generations: an end is stored once, with the whole text of the log, and stays readable."""

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


def delete_permanently(conversation_id):
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
def test_an_answer_that_ends_early_keeps_its_partial_text(core, running, status):
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


def test_the_end_of_an_empty_answer_is_its_first_entry(core):
    result = core.send()
    assert core.finalize(result, status="failed", error=ERROR).fact.payload["seq"] == 1
    assert message(result.ack["assistant_message_id"]).content == ""


def test_the_fact_of_the_end_carries_the_whole_message(core, running):
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


def test_only_the_first_end_is_stored(core, running):
    core.finalize(running, status="stopped")
    assert core.finalize(running, status="complete") is None
    assert message(running.ack["assistant_message_id"]).status == "stopped"
    assert conversation(running.conversation_id).revision == 4
    assert [entry.kind for entry in core.log.read(running.ack["generation_id"])].count("end") == 1


def test_an_answer_of_a_deleted_conversation_is_still_stored(core, running):
    with db.write() as session:
        session.get_one(Conversation, running.conversation_id).deleted_at = 1.0
    assert core.finalize(running).is_deleted
    assert message(running.ack["assistant_message_id"]).content == "Hello there"


def test_an_answer_of_a_purged_conversation_has_no_end(core, running):
    delete_permanently(running.conversation_id)
    assert core.finalize(running) is None


def test_a_continued_answer_keeps_its_earlier_text(core):
    first = core.send()
    log_texts(core.log, first.ack["generation_id"], Reasoning("One. "), "Once upon")
    core.finalize(first, status="stopped")
    request = ContinueGeneration(message_id=first.ack["assistant_message_id"])
    continuation = core.sender.continue_(OWNER, request)
    log_texts(core.log, continuation.ack["generation_id"], Reasoning("Two."), " a time")
    finalized = core.finalize(continuation)
    stored = message(first.ack["assistant_message_id"])
    assert (stored.content, stored.reasoning) == ("Once upon a time", "One. Two.")
    assert finalized.fact.payload["seq"] == 3, "the second generation has its own log"


def test_an_end_that_cannot_be_logged_is_not_stored(core, running, monkeypatch):
    def fail(*_args):
        raise OSError("the log is unavailable")

    with monkeypatch.context() as broken:
        broken.setattr(core.log, "append_end", fail)
        with pytest.raises(OSError, match="unavailable"):
            core.finalize(running)
    assert message(running.ack["assistant_message_id"]).status == "running"
    assert core.finalize(running), "it can be tried again"
    assert message(running.ack["assistant_message_id"]).content == "Hello there"


# --- Caching


def test_a_complete_answer_is_cached(core, running):
    key = generation(running.ack["generation_id"]).cache_key
    core.finalize(running, **WHOLE_OUTCOME)
    row = cached(key)
    assert (row.content, row.reasoning, row.finish_reason) == ("Hello there", "Think. ", "stop")
    assert row.usage == WHOLE_OUTCOME["usage"]
    assert (row.owner, row.conversation_id) == (OWNER, running.conversation_id)


@pytest.mark.parametrize(
    "outcome",
    [{"status": "stopped"}, {"status": "failed"}, {"status": "interrupted"}, {"finish_reason": "length"}],
    ids=str,
)
def test_an_incomplete_or_cut_answer_is_not_cached(core, running, outcome):
    core.finalize(running, **outcome)
    assert cached(generation(running.ack["generation_id"]).cache_key) is None


def test_an_empty_answer_is_not_cached(core):
    result = core.send()
    core.finalize(result)
    assert cached(generation(result.ack["generation_id"]).cache_key) is None


def test_an_answer_larger_than_the_cache_is_not_cached(core, running):
    generations.finalize(running.ack["generation_id"], Outcome("complete"), core.log, cache_bytes=10)
    assert cached(generation(running.ack["generation_id"]).cache_key) is None


# --- Reading ends


def test_a_running_answer_has_no_end_yet(core, running):
    assert generations.end_fact(OWNER, running.ack["generation_id"]) is None


def test_a_stored_end_is_read_as_the_fact_that_was_emitted(core, running):
    finalized = core.finalize(running, **WHOLE_OUTCOME)
    assert generations.end_fact(OWNER, running.ack["generation_id"]) == finalized.fact


def test_an_end_can_be_read_after_its_log_is_dropped(core, running):
    finalized = core.finalize(running)
    purge.drop_logs(core.log, keep_seconds=-1)
    assert core.log.read(running.ack["generation_id"]) == []
    assert generations.end_fact(OWNER, running.ack["generation_id"]) == finalized.fact


def test_the_end_of_a_deleted_message_is_not_found(core, running):
    core.finalize(running)
    with db.write() as session:
        session.delete(session.get_one(Message, running.ack["assistant_message_id"]))
    with pytest.raises(NotFound, match="is gone"):
        generations.end_fact(OWNER, running.ack["generation_id"])


@pytest.mark.parametrize("read", [generations.end_fact, generations.status])
def test_generations_of_other_owners_are_not_found(core, running, read):
    with pytest.raises(NotFound):
        read(OTHER, running.ack["generation_id"])
    with pytest.raises(NotFound):
        read(OWNER, new_id())


# --- Dropping logs


def test_only_logs_past_the_keep_time_are_dropped(core, running):
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


# --- Running generations and stop requests


def test_running_generations_are_listed_with_their_worker(core, running):
    core.exchange("Another")
    row = (OWNER, running.conversation_id, running.ack["generation_id"], WORKER)
    assert generations.running() == [row]
    assert generations.status(OWNER, running.ack["generation_id"]) == "running"
    assert conversations.running(OWNER, running.conversation_id) == [running.ack["generation_id"]]


def test_a_stop_request_is_listed_for_the_worker_that_runs_it(core, running):
    core.send("Another")
    generations.request_stop(running.ack["generation_id"])
    assert generations.stops_requested(WORKER) == [running.ack["generation_id"]]
    assert generations.stops_requested(new_id()) == []
    core.finalize(running, status="stopped")
    assert generations.stops_requested(WORKER) == []

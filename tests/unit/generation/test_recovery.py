"""Recovery: orphaned answers are ended, and answers that are about to start are left alone."""

from types import SimpleNamespace

import pytest

from chatapp.bounds import ScopeBounds
from chatapp.chat import answer_cache, conversations, purge, session_codes
from chatapp.generation import recovery
from chatapp.generation.recovery import Recovery
from chatapp.ids import new_id
from chatapp.realtime.rooms import conversation_room, session_room
from chatapp.server import concurrency
from chatapp.server.admission import Admission
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, SessionCode
from support.core import OWNER, WORKER, OtherInstance, generation, log_texts, message, settle, until

OURS, DEAD = "our-worker", "dead-worker"


@pytest.fixture
def worker_state(monkeypatch):
    """A recovery with a clock of its own; `here`: answers that its worker runs; `running`: those stored as running."""
    worker_state = SimpleNamespace(here=set(), running=[], interrupted=[], now=1000.0)
    instance = SimpleNamespace(worker=OURS, is_alive=lambda worker: worker == OURS)
    runner = SimpleNamespace(is_running=lambda generation_id: generation_id in worker_state.here)
    monkeypatch.setattr(recovery, "time", SimpleNamespace(monotonic=lambda: worker_state.now))
    monkeypatch.setattr(recovery.generations, "running", lambda: [("owner", "c", *row) for row in worker_state.running])
    monkeypatch.setattr(
        recovery, "finalize", lambda generation_id, _ending, _log: worker_state.interrupted.append(generation_id)
    )
    monkeypatch.setattr(recovery.queued_answers, "due", list)
    worker_state.recover = Recovery(None, instance, None, runner, Admission(ScopeBounds())).recover
    return worker_state


def test_answers_of_a_dead_worker_are_ended_at_once(worker_state):
    worker_state.running = [("g", DEAD)]
    worker_state.recover()
    assert worker_state.interrupted == ["g"]


def test_a_stored_answer_that_is_about_to_start_is_left_alone(worker_state):
    """If other tasks run during a commit, as with PostgreSQL, it is stored a moment before its worker runs it."""
    worker_state.running = [("g", OURS)]
    worker_state.recover()
    worker_state.now += 2
    worker_state.here = {"g"}
    worker_state.recover()
    worker_state.here = set()  # it has ended; the database says so a moment later
    worker_state.now += 60
    worker_state.recover()
    assert worker_state.interrupted == []


def test_a_stored_answer_that_never_starts_is_ended_after_a_grace_period(worker_state):
    worker_state.running = [("g", OURS)]
    worker_state.recover()
    worker_state.now += recovery.START_SECONDS + 1
    worker_state.recover()
    assert worker_state.interrupted == ["g"]


# --- With a database


@pytest.fixture
def recovery_of(core, monkeypatch):
    """Make the recovery of a process while these workers live."""
    monkeypatch.setattr(recovery, "RELAY_SECONDS", 0)

    def make(*alive):
        return Recovery(core.settings, OtherInstance(*alive), core.log, core.runner, core.admission)

    return make


@pytest.fixture
def running(core):
    """An answer of another process, with one entry."""
    result = core.send()
    log_texts(core.log, result.ack["generation_id"], "Once ")
    return result


def test_an_answer_of_a_dead_worker_keeps_its_text_and_its_end_is_emitted(core, emits, recovery_of, running):
    recovery_of().recover()
    stored = message(running.ack["assistant_message_id"])
    assert (stored.status, stored.content, stored.error["code"]) == ("interrupted", "Once ", "worker_lost")
    assert [(emit.event, emit.room) for emit in emits] == [
        ("generation_ended", conversation_room(running.conversation_id)),
        ("conversation_changed", session_room(OWNER)),
    ]


def test_an_answer_of_a_dead_worker_is_ended_once(core, emits, recovery_of, running):
    one, other = recovery_of(), recovery_of()
    for each in (one, other, one):
        each.recover()
    assert len(emits.named("generation_ended")) == 1


def test_an_answer_that_has_ended_is_left_alone(core, emits, recovery_of):
    core.exchange()
    recovery_of().recover()
    assert emits == []


def test_new_entries_of_another_living_worker_are_emitted_until_the_end(core, emits, recovery_of, running):
    generation_id = running.ack["generation_id"]
    follower = recovery_of(WORKER)
    follower.recover()
    settle()
    assert emits == [], "earlier entries are in the snapshots"
    log_texts(core.log, generation_id, "upon ")
    until(lambda: emits.text(generation_id) == "upon ")
    log_texts(core.log, generation_id, "a time")
    until(lambda: emits.text(generation_id) == "upon a time")
    follower.recover()
    settle()
    assert [token["seq"] for token in emits.tokens(generation_id)] == [2, 3], "each is emitted once"
    finalized = core.finalize(running)
    until(lambda: emits.named("conversation_changed"))
    assert emits.named("generation_ended") == [finalized.fact.payload]
    assert emits.named("conversation_changed") == [{"conversation": finalized.conversation}]
    assert {emit.room for emit in emits[:-1]} == {conversation_room(running.conversation_id)}


def test_entries_of_another_process_wake_tasks_that_wait_for_them(core, recovery_of, running):
    generation_id = running.ack["generation_id"]
    recovery_of(WORKER).recover()
    settle()
    other_process, found = type(core.log)(db), []
    concurrency.spawn(lambda: found.extend(core.log.wait(generation_id, 1, 1000)))
    settle()
    log_texts(other_process, generation_id, "upon")
    until(lambda: found)
    assert [entry.text for entry in found] == ["upon"]


def test_an_answer_is_ended_when_its_worker_dies_meanwhile(core, emits, recovery_of, running):
    follower = recovery_of(WORKER)
    follower.recover()
    settle()
    follower._instance.alive.clear()
    follower.recover()
    assert generation(running.ack["generation_id"]).status == "interrupted"
    until(lambda: not follower._relayed_ids)


def test_an_end_whose_log_was_dropped_is_emitted_from_the_message(core, emits, recovery_of, running, monkeypatch):
    monkeypatch.setattr(recovery, "SWEEP_SECONDS", 0)
    follower = recovery_of(WORKER)
    follower.recover()
    settle()
    finalized = core.finalize(running)
    purge.drop_logs(core.log, -1)
    until(lambda: not follower._relayed_ids)
    assert emits.named("generation_ended") == [finalized.fact.payload]


def test_an_end_does_not_list_a_conversation_deleted_meanwhile(core, emits, recovery_of, running):
    follower = recovery_of(WORKER)
    follower.recover()
    settle()
    with db.write() as session:
        session.get_one(Conversation, running.conversation_id).deleted_at = 1.0
    core.finalize(running)
    until(lambda: not follower._relayed_ids)
    assert [emit.event for emit in emits] == ["generation_ended"]


def test_a_draining_process_emits_no_entries_of_others(core, emits, recovery_of, running):
    follower = recovery_of(WORKER)
    follower.recover()
    settle()
    core.admission.is_draining = True
    until(lambda: not follower._relayed_ids)
    log_texts(core.log, running.ack["generation_id"], "upon")
    settle()
    assert emits == []


def test_expired_rows_are_deleted(core, new_core, recovery_of, monkeypatch):
    recent = recovery_of()
    kept = core.exchange("Kept")
    recent._delete_expired()
    assert core.log.read(kept.ack["generation_id"])
    gone = core.exchange("Gone")
    conversations.mark_deleted(OWNER, gone.conversation_id)
    session_codes.create(OWNER, new_id())
    expired = Recovery(
        new_core(log_keep_seconds=0, grace_seconds=0, cache_seconds=1e-6).settings, None, core.log, None, None
    )
    monkeypatch.setattr(session_codes, "now", lambda: 1e12)
    expired._delete_expired()
    assert core.log.read(kept.ack["generation_id"]) == []
    with db.read() as session:
        assert session.get(Conversation, gone.conversation_id) is None
        assert session.get(Conversation, kept.conversation_id)
        assert session.query(SessionCode).all() == []
    assert answer_cache.measure(db) == (0, 0)


def test_recovery_without_a_free_descriptor_logs_a_warning_and_is_retried(core, recovery_of, monkeypatch, caplog):
    tries = iter([OSError(24, "Too many open files")])
    follower, done = recovery_of(WORKER), concurrency.Event()

    def recover():
        if error := next(tries, None):
            raise error
        done.set()

    monkeypatch.setattr(recovery.fts_write, "run", lambda: None)
    monkeypatch.setattr(follower, "_tidy", lambda: None)  # it would run on, for other tests
    monkeypatch.setattr(recovery, "SWEEP_SECONDS", 0)
    monkeypatch.setattr(follower, "recover", recover)
    monkeypatch.setattr(follower._instance, "try_claim", lambda: True, raising=False)
    task = concurrency.spawn(follower.run)
    assert done.wait(60)
    task.cancel()
    task.wait()
    assert [(record.levelname, record.getMessage()) for record in caplog.records if "recovery" in record.name] == [
        ("WARNING", "Recovery could not run now: [Errno 24] Too many open files")
    ]

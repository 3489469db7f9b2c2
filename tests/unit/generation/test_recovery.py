"""Recovery of answers that run nowhere any more, and of none that are about to begin."""

from types import SimpleNamespace

import pytest

from chatapp.chat import answer_cache, conversations, purge, session_codes
from chatapp.generation import recovery
from chatapp.generation.recovery import Recovery
from chatapp.ids import new_id
from chatapp.realtime.rooms import conversation_room, session_room
from chatapp.server import concurrency
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, SessionCode
from support.core import OWNER, WORKER, generation, log_texts, message, settle, until

OURS, DEAD = "our-worker", "dead-worker"


@pytest.fixture
def world(monkeypatch):
    """One worker, the answers that it knows, and those that the store calls running."""
    world = SimpleNamespace(here=set(), running=[], interrupted=[], now=1000.0)
    instance = SimpleNamespace(worker=OURS, is_alive=lambda worker: worker == OURS)
    runner = SimpleNamespace(is_running=lambda generation_id: generation_id in world.here)
    monkeypatch.setattr(recovery, "time", SimpleNamespace(monotonic=lambda: world.now))
    monkeypatch.setattr(recovery.generations, "running", lambda: [("owner", "c", *row) for row in world.running])
    monkeypatch.setattr(
        recovery, "finalize", lambda generation_id, _ending, _log: world.interrupted.append(generation_id)
    )
    world.recover = Recovery(None, instance, None, runner, None).recover
    return world


def test_the_generations_of_a_dead_worker_are_ended_at_once(world):
    world.running = [("g", DEAD)]
    world.recover()
    assert world.interrupted == ["g"]


def test_a_stored_answer_that_is_about_to_begin_is_left_alone(world):
    """Where a commit lets others run, as PostgreSQL's does, it is stored a moment before its worker knows of it."""
    world.running = [("g", OURS)]
    world.recover()
    world.now += 2
    world.here = {"g"}
    world.recover()
    world.here = set()  # it has ended, which the store tells a moment later
    world.now += 60
    world.recover()
    assert world.interrupted == []


def test_a_stored_answer_that_never_begins_is_ended_after_a_grace_period(world):
    world.running = [("g", OURS)]
    world.recover()
    world.now += recovery.START_SECONDS + 1
    world.recover()
    assert world.interrupted == ["g"]


# --- On the real store


class Instance:
    """This process is another one than the one that stored the answers; `alive`: the others that live."""

    def __init__(self, *alive):
        self.worker = new_id()
        self.alive = set(alive)

    def is_alive(self, worker):
        return worker == self.worker or worker in self.alive


@pytest.fixture
def recovery_of(core, monkeypatch):
    """Make the recovery of a process beside which these workers live."""
    monkeypatch.setattr(recovery, "RELAY_SECONDS", 0)

    def make(*alive):
        return Recovery(core.settings, Instance(*alive), core.log, core.runner, core.admission)

    return make


@pytest.fixture
def running(core):
    """An answer of another process, with one entry."""
    result = core.send()
    log_texts(core.log, result.ack["generation_id"], "Once ")
    return result


def test_what_a_dead_worker_left_keeps_its_text_and_is_told(core, emits, recovery_of, running):
    recovery_of().recover()
    stored = message(running.ack["assistant_message_id"])
    assert (stored.status, stored.content, stored.error["code"]) == ("interrupted", "Once ", "worker_lost")
    assert [(emit.event, emit.room) for emit in emits] == [
        ("generation_ended", conversation_room(running.conversation_id)),
        ("conversation_changed", session_room(OWNER)),
    ]


def test_what_a_dead_worker_left_is_ended_once(core, emits, recovery_of, running):
    one, other = recovery_of(), recovery_of()
    for each in (one, other, one):
        each.recover()
    assert len(emits.named("generation_ended")) == 1


def test_what_ended_is_left_alone(core, emits, recovery_of):
    core.exchange()
    recovery_of().recover()
    assert emits == []


def test_an_answer_of_a_living_worker_is_shown_here_from_now_on_until_its_end(core, emits, recovery_of, running):
    generation_id = running.ack["generation_id"]
    follower = recovery_of(WORKER)
    follower.recover()
    settle()
    assert emits == [], "what was logged before is in the snapshots"
    log_texts(core.log, generation_id, "upon ")
    until(lambda: emits.text(generation_id) == "upon ")
    log_texts(core.log, generation_id, "a time")
    until(lambda: emits.text(generation_id) == "upon a time")
    follower.recover()
    settle()
    assert [token["seq"] for token in emits.tokens(generation_id)] == [2, 3], "each is shown once"
    finalized = core.finalize(running)
    until(lambda: emits.named("conversation_changed"))
    assert emits.named("generation_ended") == [finalized.fact.payload]
    assert emits.named("conversation_changed") == [{"conversation": finalized.conversation}]
    assert {emit.room for emit in emits[:-1]} == {conversation_room(running.conversation_id)}


def test_who_waits_here_is_woken_by_what_another_process_logs(core, recovery_of, running):
    generation_id = running.ack["generation_id"]
    recovery_of(WORKER).recover()
    settle()
    other_process, found = type(core.log)(db), []
    concurrency.spawn(lambda: found.extend(core.log.wait(generation_id, 1, 1000)))
    settle()
    log_texts(other_process, generation_id, "upon")
    until(lambda: found)
    assert [entry.text for entry in found] == ["upon"]


def test_an_answer_whose_worker_dies_meanwhile_is_ended_and_shown_to_its_end(core, emits, recovery_of, running):
    follower = recovery_of(WORKER)
    follower.recover()
    settle()
    follower._instance.alive.clear()
    follower.recover()
    assert generation(running.ack["generation_id"]).status == "interrupted"
    until(lambda: not follower._relayed_ids)


def test_an_end_whose_log_was_dropped_is_shown_from_the_message(core, emits, recovery_of, running, monkeypatch):
    monkeypatch.setattr(recovery, "SWEEP_SECONDS", 0)
    follower = recovery_of(WORKER)
    follower.recover()
    settle()
    finalized = core.finalize(running)
    purge.drop_logs(core.log, -1)
    until(lambda: not follower._relayed_ids)
    assert emits.named("generation_ended") == [finalized.fact.payload]


def test_a_conversation_that_was_deleted_meanwhile_does_not_come_back_into_the_list(core, emits, recovery_of, running):
    follower = recovery_of(WORKER)
    follower.recover()
    settle()
    with db.write() as session:
        session.get_one(Conversation, running.conversation_id).deleted_at = 1.0
    core.finalize(running)
    until(lambda: not follower._relayed_ids)
    assert [emit.event for emit in emits] == ["generation_ended"]


def test_a_process_that_drains_shows_no_more(core, emits, recovery_of, running):
    follower = recovery_of(WORKER)
    follower.recover()
    settle()
    core.admission.is_draining = True
    until(lambda: not follower._relayed_ids)
    log_texts(core.log, running.ack["generation_id"], "upon")
    settle()
    assert emits == []


def test_what_is_old_is_tidied_away(core, new_core, recovery_of, monkeypatch):
    tidy = recovery_of()
    kept = core.exchange("Kept")
    tidy._delete_expired()
    assert core.log.read(kept.ack["generation_id"])
    gone = core.exchange("Gone")
    conversations.mark_deleted(OWNER, gone.conversation_id)
    session_codes.create(OWNER)
    hasty = Recovery(
        new_core(log_keep_seconds=0, grace_seconds=0, cache_seconds=1e-6).settings, None, core.log, None, None
    )
    monkeypatch.setattr(session_codes, "now", lambda: 1e12)
    hasty._delete_expired()
    assert core.log.read(kept.ack["generation_id"]) == []
    with db.read() as session:
        assert session.get(Conversation, gone.conversation_id) is None
        assert session.get(Conversation, kept.conversation_id)
        assert session.query(SessionCode).all() == []
    assert answer_cache.measure(db) == (0, 0)


def test_recovery_without_a_free_descriptor_is_a_warning_and_tried_again(core, recovery_of, monkeypatch, caplog):
    tries = iter([OSError(24, "Too many open files")])
    follower, done = recovery_of(WORKER), concurrency.Event()

    def recover():
        if error := next(tries, None):
            raise error
        done.set()

    monkeypatch.setattr(recovery.fts_write, "run", lambda: None)
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

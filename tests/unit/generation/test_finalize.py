"""The end of a generation: stored first, then emitted to all tabs, once."""

import pytest

from chatapp.chat.generations import Outcome
from chatapp.generation.finalize import finalize
from chatapp.realtime.rooms import conversation_room, session_room
from chatapp.server import concurrency, metrics
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation
from support.core import OWNER, generation, log_texts, message, settle


@pytest.fixture
def running(core):
    result = core.send()
    log_texts(core.log, result.ack["generation_id"], "Hello")
    return result


def end(core, result, status="complete"):
    finalize(result.ack["generation_id"], Outcome(status), core.log, core.settings.cache_bytes)


def test_an_end_is_emitted_to_the_conversation_and_then_to_the_list(core, emits, running):
    end(core, running)
    ended, changed = emits
    assert (ended.event, ended.room) == ("generation_ended", conversation_room(running.conversation_id))
    assert ended.payload["message"]["content"] == "Hello"
    assert (changed.event, changed.room) == ("conversation_changed", session_room(OWNER))
    assert changed.payload["conversation"]["running"] == []
    assert changed.payload["conversation"]["revision"] == ended.payload["revision"]


def test_an_end_is_stored_before_it_is_emitted(core, emits, running):
    statuses = []
    emits.on_emit = lambda _: statuses.append(generation(running.ack["generation_id"]).status)
    end(core, running, "stopped")
    assert statuses == ["stopped"] * 2


def test_only_the_first_end_is_emitted(core, emits, running):
    end(core, running, "stopped")
    del emits[:]
    end(core, running, "complete")
    assert emits == []
    assert message(running.ack["assistant_message_id"]).status == "stopped"


def test_an_end_does_not_list_a_deleted_conversation_again(core, emits, running):
    with db.write() as session:
        session.get_one(Conversation, running.conversation_id).deleted_at = 1.0
    end(core, running)
    assert [emit.event for emit in emits] == ["generation_ended"]


def test_the_end_wakes_tasks_that_wait_for_entries(core, running):
    found = []
    concurrency.spawn(lambda: found.extend(core.log.wait(running.ack["generation_id"], 1, 1000)))
    settle()
    end(core, running)
    settle()
    assert [entry.kind for entry in found] == ["end"]


def test_ends_are_counted_by_status(core, running):
    def count():
        return metrics.registry.get_sample_value("chatapp_generations_ended_total", {"status": "stopped"}) or 0

    before = count()
    end(core, running, "stopped")
    end(core, running, "stopped")
    assert count() == before + 1

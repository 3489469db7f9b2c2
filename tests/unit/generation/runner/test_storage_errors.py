"""Tokens and ends that cannot be stored."""

import sqlite3
from contextlib import closing

from sqlalchemy.exc import OperationalError

from chatapp.chat import generations
from chatapp.providers import Usage
from support.core import settle, until
from unit.generation.runner.answers import emitted_text, start


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
    until(lambda: emitted_text(emits, result) == "Once ")
    with closing(sqlite3.connect(database.engine.url.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        stream.say("upon ", "a time")
        stream.end()
        settle()
        assert emitted_text(emits, result) == "Once "
        other.execute("ROLLBACK")
    stored = core.until_ended(result)
    assert (stored.status, stored.content) == ("complete", "Once upon a time")
    assert emitted_text(emits, result) == stored.content


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

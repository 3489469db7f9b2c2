"""Commands and the response cache."""

import pytest

from chatapp.chat import answer_cache
from chatapp.protocol.payloads import (
    Options,
)
from chatapp.server import metrics
from chatapp.storage.database import db
from support.core import OTHER, OWNER, conversation, generation, message, question
from unit.chat.send.commands import continue_, regenerate


def cached_questions(answer):
    return metrics.registry.get_sample_value("chatapp_cache_questions_total", {"answer": answer}) or 0


def test_a_new_question_can_be_shared_and_cached(core):
    result = core.send()
    job = result.effects.job
    assert job.cached is None
    assert job.shared_key
    assert job.shared_key == generation(job.generation_id).cache_key


def test_a_repeated_question_gets_the_cached_answer(core):
    first = core.exchange("Hello")
    hits = cached_questions("hit")
    result = core.send("Hello")
    job = result.effects.job
    assert list(job.cached.chunks()) == ["You said: Hello"]
    assert job.cached_key == generation(first.ack["generation_id"]).cache_key
    assert job.shared_key is None
    assert generation(job.generation_id).cache_key is None, "an answer from the cache is not cached again"
    assert result.effects.facts[-1].payload["cached"] is True
    answer = message(job.message_id)
    assert answer.cached
    assert answer.cached_at == job.cached.made_at
    assert cached_questions("hit") == hits + 1


def test_regenerate_bypasses_the_cache_and_replaces_the_cached_answer(core):
    first = core.exchange("Hello")
    bypasses = cached_questions("bypass")
    result = core.sender.regenerate(OWNER, regenerate(first.ack["assistant_message_id"]))
    job = result.effects.job
    assert (job.cached, job.shared_key) == (None, None)
    assert generation(job.generation_id).cache_key == generation(first.ack["generation_id"]).cache_key
    assert cached_questions("bypass") == bypasses + 1
    core.finalize(result, "Another answer")
    assert list(core.send("Hello").effects.job.cached.chunks()) == ["Another answer"]


def test_a_continued_answer_is_neither_cached_nor_shared(core, stopped):
    job = core.sender.continue_(OWNER, continue_(stopped)).effects.job
    assert (job.cached, job.cached_key, job.shared_key) == (None, None, None)
    assert generation(job.generation_id).cache_key is None


def test_a_cached_answer_is_no_longer_marked_as_cached_once_continued(core):
    core.exchange("Hello")
    result = core.send("Hello")
    core.finalize(result, "You said", "stopped")
    assert message(result.ack["assistant_message_id"]).cached
    core.sender.continue_(OWNER, continue_(result.ack["assistant_message_id"]))
    answer = message(result.ack["assistant_message_id"])
    assert (answer.cached, answer.cached_at) == (False, None)


def test_an_expired_answer_is_not_used(new_core):
    core = new_core(cache_seconds=1e-6)
    core.exchange("Hello")
    assert core.send("Hello").effects.job.cached is None


@pytest.mark.parametrize(
    ("setup", "options", "is_cached"),
    [
        ({}, None, True),
        ({"cache": "off"}, None, False),
        ({"configured": {"is_cached": False}}, None, False),
        ({}, {"temperature": 1.0}, True),
        ({"cache_varied": False}, {"temperature": 1.0}, False),
        ({"cache_varied": False}, {"temperature": 1.0, "seed": 7}, True),
        ({"cache_varied": False}, None, True),
    ],
)
def test_settings_decide_which_answers_are_cached(new_core, setup, options, is_cached):
    core = new_core(**setup)
    fields = {} if options is None else {"options": Options(**options)}
    core.exchange("Hello", **fields)
    job = core.send("Hello", **fields).effects.job
    assert (job.cached is not None) is is_cached
    assert job.shared_key is None


@pytest.mark.parametrize(("scope", "is_shared"), [("owner", False), ("shared", True)])
def test_the_cache_is_per_owner_unless_it_is_shared(new_core, scope, is_shared):
    core = new_core(cache=scope)
    core.exchange("Hello")
    assert (core.sender.send(OTHER, question("Hello")).effects.job.cached is not None) is is_shared


def test_a_cached_first_answer_sets_its_title(core):
    first = core.exchange("Hello")
    with db.write() as session:
        answer_cache.store_title(session, generation(first.ack["generation_id"]).cache_key, "Greetings")
    result = core.send("Hello")
    assert result.effects.conversation["title"] == "Greetings"
    assert conversation(result.conversation_id).titled_by == "model"


def test_a_cached_later_answer_sets_no_title(core):
    first = core.exchange("Hello")
    second = core.exchange("Second", first.conversation_id)
    with db.write() as session:
        answer_cache.store_title(session, generation(second.ack["generation_id"]).cache_key, "Another title")
    again = core.exchange("Hello")
    result = core.send("Second", again.conversation_id)
    assert result.effects.job.cached
    assert result.effects.conversation["title"] == "Hello"

"""The response cache: what is the same question, how long an answer is used, and what makes room."""

import pytest

from chatapp.chat import answer_cache
from chatapp.chat.answer_cache import CachedAnswer, key_of
from chatapp.ids import new_id
from chatapp.providers import Finish, Prompt, Reasoning, Usage
from chatapp.storage.database import db
from chatapp.storage.tables import CachedResponse, Conversation, Message
from support.core import OTHER, OWNER

HOUR = 3600.0


def prompt(**fields):
    asked = {"model": "model", "messages": [{"role": "user", "content": "Hello"}], "options": {"top_k": 1, "seed": 2}}
    return Prompt(**{**asked, **fields})


KEY = key_of(prompt(), provider="p", owner="o")


@pytest.mark.parametrize(
    "other",
    [
        key_of(prompt(), provider="q", owner="o"),
        key_of(prompt(), provider="p", owner=""),
        key_of(prompt(model="other"), provider="p", owner="o"),
        key_of(prompt(messages=[{"role": "user", "content": "Hi"}]), provider="p", owner="o"),
        key_of(prompt(messages=[]), provider="p", owner="o"),
        key_of(prompt(options={"top_k": 1}), provider="p", owner="o"),
    ],
)
def test_another_owner_provider_model_path_or_option_is_another_question(other):
    assert other != KEY


def test_the_order_of_options_and_the_conversation_do_not_matter():
    assert key_of(prompt(options={"seed": 2, "top_k": 1}), provider="p", owner="o") == KEY
    assert key_of(prompt(conversation_id=new_id()), provider="p", owner="o") == KEY


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, False),
        ({"temperature": 0}, False),
        ({"temperature": 0.7}, True),
        ({"temperature": 0.7, "seed": 0}, False),
        ({"seed": 1}, False),
    ],
)
def test_a_temperature_without_a_seed_asks_for_variety(options, expected):
    assert answer_cache.asks_for_variety(options) is expected


def test_a_cached_answer_comes_as_from_a_provider():
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    answer = CachedAnswer("Hello", "Think.", usage, "stop", None, 1.0)
    chunks = list(answer.chunks())
    assert chunks == ["Think.", "Hello", Usage(1, 2, 3), Finish("stop")]
    assert [type(chunk) for chunk in chunks[:2]] == [Reasoning, str]
    assert list(CachedAnswer("Hello", "", None, None, None, 1.0).chunks()) == ["Hello"]


@pytest.fixture
def clock(database, monkeypatch):
    times = [1_000_000.0]
    monkeypatch.setattr(answer_cache, "now", lambda: times[0])
    return times


def keep(key, content, most_bytes=1000, owner=OWNER, **fields):
    with db.write() as session:
        conversation = Conversation(id=new_id(), owner=owner, created_at=0.0, updated_at=0.0)
        session.add(conversation)
        session.flush()
        stored = {"reasoning": "", "finish_reason": None, "usage": None, **fields}
        answer_cache.store(session, key, conversation, Message(content=content, **stored), most_bytes)
    return conversation.id


def found(key, seconds=HOUR):
    with db.write() as session:
        answer = answer_cache.find(session, key, seconds)
        return answer and answer.content


def test_an_answer_is_used_until_it_is_too_old(clock):
    keep("a", "Hello")
    clock[0] += HOUR
    assert found("a") == "Hello"
    clock[0] += 1
    assert found("a") is None
    assert found("b") is None


def test_a_newer_answer_replaces_the_one_that_was_kept(clock):
    keep("a", "Hello")
    clock[0] += HOUR
    keep("a", "Hello again")
    clock[0] += HOUR
    assert found("a") == "Hello again"
    assert answer_cache.measure(db) == (1, len("Hello again"))


def test_the_least_used_answers_make_room(clock):
    for key in "abc":
        keep(key, "x" * 300)
        clock[0] += 1
    assert found("a")
    clock[0] += 1
    keep("d", "x" * 300)
    assert [key for key in "abcd" if found(key)] == ["a", "c", "d"]


def test_room_is_counted_in_bytes_of_text_and_reasoning(clock):
    keep("a", "가" * 100, reasoning="나" * 100)
    assert answer_cache.measure(db) == (1, 600)
    clock[0] += 1
    keep("b", "x" * 401)
    assert found("a") is None
    clock[0] += 1
    keep("c", "x" * 599)
    assert [key for key in "bc" if found(key)] == ["b", "c"]


@pytest.mark.parametrize(
    ("content", "fields"),
    [("", {}), ("x" * 1001, {}), ("x" * 600, {"reasoning": "y" * 401}), ("x", {"finish_reason": "length"})],
    ids=["empty", "too large", "too large with its reasoning", "cut"],
)
def test_what_is_not_worth_keeping_is_not_kept_and_takes_nobodys_room(clock, content, fields):
    keep("a", "Hello")
    keep("b", content, **fields)
    assert (found("a"), found("b")) == ("Hello", None)


def test_an_answer_goes_with_its_conversation(clock):
    conversation_id = keep("a", "Hello")
    with db.write() as session:
        session.delete(session.get_one(Conversation, conversation_id))
    assert found("a") is None


def test_old_answers_are_forgotten(clock):
    keep("a", "Hello")
    clock[0] += HOUR + 1
    keep("b", "Hello")
    answer_cache.purge_expired(db, HOUR)
    with db.read() as session:
        assert [row.key for row in session.query(CachedResponse)] == ["b"]


def test_all_answers_or_one_owners_are_purged_whatever_their_number_and_size(clock, monkeypatch):
    monkeypatch.setattr(answer_cache, "DELETE_ROWS", 2)
    monkeypatch.setattr(answer_cache, "DELETE_BYTES", 5)
    for number in range(5):
        keep(f"mine-{number}", "x" * 10)
    keep("other", "y", owner=OTHER)
    assert answer_cache.measure(db, OWNER) == (5, 50)
    assert answer_cache.purge(db, OWNER) == 5
    assert answer_cache.measure(db) == (1, 1)
    assert answer_cache.purge(db) == 1
    assert answer_cache.measure(db) == (0, 0)

"""The response cache: keys, expiry, eviction and purging."""

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
    defaults = {
        "model": "model",
        "messages": [{"role": "user", "content": "Hello"}],
        "options": {"top_k": 1, "seed": 2},
    }
    return Prompt(**{**defaults, **fields})


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
def test_the_key_depends_on_owner_provider_model_path_and_options(other):
    assert other != KEY


def test_the_key_ignores_the_conversation_and_the_order_of_options():
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


def test_a_cached_answer_yields_chunks_like_a_provider():
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


def store(key, content, most_bytes=1000, owner=OWNER, **fields):
    with db.write() as session:
        conversation = Conversation(id=new_id(), owner=owner, created_at=0.0, updated_at=0.0)
        session.add(conversation)
        session.flush()
        stored = {"reasoning": "", "finish_reason": None, "usage": None, **fields}
        answer_cache.store(session, key, conversation, Message(content=content, **stored), most_bytes)
    return conversation.id


def find(key, seconds=HOUR):
    with db.write() as session:
        answer = answer_cache.find(session, key, seconds)
        return answer and answer.content


def test_an_answer_is_found_until_it_expires(clock):
    store("a", "Hello")
    clock[0] += HOUR
    assert find("a") == "Hello"
    clock[0] += 1
    assert find("a") is None
    assert find("b") is None


def test_a_newer_answer_replaces_the_cached_one(clock):
    store("a", "Hello")
    clock[0] += HOUR
    store("a", "Hello again")
    clock[0] += HOUR
    assert find("a") == "Hello again"
    assert answer_cache.measure(db) == (1, len("Hello again"))


def test_the_least_recently_used_answers_are_evicted(clock):
    for key in "abc":
        store(key, "x" * 300)
        clock[0] += 1
    assert find("a")
    clock[0] += 1
    store("d", "x" * 300)
    assert [key for key in "abcd" if find(key)] == ["a", "c", "d"]


def test_an_eviction_ends_when_nothing_is_left(database):
    """Another process may have removed what the sum has counted."""
    with database.write() as session:
        answer_cache._evict(session, -1)


def test_the_size_counts_bytes_of_text_and_reasoning(clock):
    store("a", "가" * 100, reasoning="나" * 100)
    assert answer_cache.measure(db) == (1, 600)
    clock[0] += 1
    store("b", "x" * 401)
    assert find("a") is None
    clock[0] += 1
    store("c", "x" * 599)
    assert [key for key in "bc" if find(key)] == ["b", "c"]


@pytest.mark.parametrize(
    ("content", "fields"),
    [("", {}), ("x" * 1001, {}), ("x" * 600, {"reasoning": "y" * 401}), ("x", {"finish_reason": "length"})],
    ids=["empty", "too large", "too large with its reasoning", "cut"],
)
def test_an_empty_cut_or_too_large_answer_is_not_cached_and_evicts_nothing(clock, content, fields):
    store("a", "Hello")
    store("b", content, **fields)
    assert (find("a"), find("b")) == ("Hello", None)


def test_an_answer_is_deleted_with_its_conversation(clock):
    conversation_id = store("a", "Hello")
    with db.write() as session:
        session.delete(session.get_one(Conversation, conversation_id))
    assert find("a") is None


def test_expired_answers_are_purged(clock):
    store("a", "Hello")
    clock[0] += HOUR + 1
    store("b", "Hello")
    answer_cache.purge_expired(db, HOUR)
    with db.read() as session:
        assert [row.key for row in session.query(CachedResponse)] == ["b"]


def test_a_purge_removes_all_answers_or_one_owners_in_bounded_writes(clock, monkeypatch):
    monkeypatch.setattr(answer_cache, "DELETE_ROWS", 2)
    monkeypatch.setattr(answer_cache, "DELETE_BYTES", 5)
    for number in range(5):
        store(f"mine-{number}", "x" * 10)
    store("other", "y", owner=OTHER)
    assert answer_cache.measure(db, OWNER) == (5, 50)
    assert answer_cache.purge(db, OWNER) == 5
    assert answer_cache.measure(db) == (1, 1)
    assert answer_cache.purge(db) == 1
    assert answer_cache.measure(db) == (0, 0)

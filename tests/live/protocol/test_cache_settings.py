"""Settings of the response cache: its size, sharing, varied answers, expiry, and off."""

import sqlite3

import pytest

from live.protocol.cached_answers import MODEL, ask
from support.tab import unique
from support.waiting import LIMIT, eventually


@pytest.fixture(scope="module")
def small_cache(module_server):
    """A server with a small shared cache, which keeps no varied answers. New answers evict old ones."""
    env = {
        "CHATAPP_CACHE": "shared",
        "CHATAPP_CACHE_BYTES": "800",
        "CHATAPP_CACHE_VARIED": "0",
        "CHATAPP_GRACE_SECONDS": "0",
    }
    return module_server(**env)


def test_the_least_recently_used_answers_are_evicted(small_cache, new_client):
    tab = new_client(small_cache).tab()
    contents = [unique() for _ in range(3)]
    model = "script?tokens=80&rate=5000"  # 230 bytes each: three fit, four do not
    for content in contents:
        ask(tab, content, model)
    assert ask(tab, contents[0], model)["cached"] is True
    ask(tab, unique(), model)
    assert ask(tab, contents[0], model)["cached"] is True
    assert ask(tab, contents[1], model)["cached"] is False


def test_an_answer_larger_than_the_bound_is_not_cached(small_cache, new_client):
    tab = new_client(small_cache).tab()
    content, model = unique(), "script?tokens=300&rate=5000"  # 1092 bytes
    ask(tab, content, model)
    assert ask(tab, content, model)["cached"] is False


def test_a_shared_cache_serves_all_owners(small_cache, new_client, upstream):
    one, two, content = new_client(small_cache), new_client(small_cache), unique()
    ask(one.tab(), content)
    assert ask(two.tab(), content)["cached"] is True
    assert len(upstream.calls(content)) == 1
    assert two.delete("/api/cache").json == {"removed": 0}
    assert one.delete("/api/cache").json == {"removed": 1}


@pytest.mark.parametrize(("options", "cached"), [({"temperature": 1}, False), ({"temperature": 1, "seed": 7}, True)])
def test_varied_answers_are_not_cached_if_the_operator_says_so(small_cache, new_client, options, cached):
    tab = new_client(small_cache).tab()
    content = unique()
    ask(tab, content, options=options)
    assert ask(tab, content, options=options)["cached"] is cached


def test_a_purged_conversation_is_removed_from_the_cache(small_cache, new_client):
    client, content = new_client(small_cache), unique()
    tab = client.tab()
    ack = tab.ask_and_wait(MODEL, content=content)
    with sqlite3.connect(small_cache.folder / "chatapp.db", timeout=LIMIT) as database:

        def cached_rows():
            query = "SELECT count(*) FROM cached_responses WHERE owner = ?"
            return database.execute(query, [client.owner]).fetchone()[0]

        assert cached_rows() == 1
        client.delete(f"/api/conversations/{ack['conversation']['id']}")
        eventually(lambda: not cached_rows(), what="the removal of a deleted conversation's answer")
    database.close()


def test_with_the_cache_off_every_question_calls_the_model(new_server, new_client, upstream):
    tab = new_client(new_server(CHATAPP_CACHE="off")).tab()
    content, slow = unique(), "script?tokens=20&rate=40"
    ask(tab, content)
    assert ask(tab, content)["cached"] is False
    both = [tab.ask(slow, content=content) for _ in range(2)]
    for ack in both:
        tab.wait_ended(ack["generation_id"])
    assert len(upstream.calls(content)) == 4


def test_an_expired_answer_is_not_served_and_is_removed(new_server, new_client, upstream):
    server = new_server(CHATAPP_CACHE_SECONDS="1")
    client, content = new_client(server), unique()
    tab = client.tab()
    ask(tab, content)
    with sqlite3.connect(server.folder / "chatapp.db", timeout=LIMIT) as database:

        def cached_rows():
            return database.execute("SELECT count(*) FROM cached_responses").fetchone()[0]

        eventually(lambda: not cached_rows(), what="the removal of an expired answer")
    database.close()
    assert ask(tab, content)["cached"] is False

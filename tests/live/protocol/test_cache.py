"""The response cache: repeated questions get the cached answer."""

import json
import sqlite3
import subprocess
import sys

import pytest

from support.client import Client
from support.paths import ROOT
from support.processes import Server
from support.shapes import check_message
from support.tab import new_id, unique
from support.waiting import eventually

MODEL = "script?tokens=30&rate=1000&reasoning=3"


@pytest.fixture(scope="module")
def own_server(upstream, tmp_path_factory):
    """A server that tests kill and whose answers they count, with one session."""
    server = Server(tmp_path_factory.mktemp("own"), upstream.url).start()
    client = Client(server.port)
    client.sign_in()
    yield server, client
    client.close()
    server.close()


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


def ask(tab, content, model=MODEL, **fields):
    """Ask, and return the answer as stored."""
    ack = tab.ask(model, content=content, **fields)
    return tab.wait_ended(ack["generation_id"])["message"]


def test_a_repeated_question_gets_the_same_answer_without_a_call(tab, upstream):
    content = unique()
    first, second = ask(tab, content), ask(tab, content)
    assert len(upstream.calls(content)) == 1
    assert (first["cached"], second["cached"]) == (False, True)
    for field in ("content", "reasoning", "usage", "finish_reason", "model", "status"):
        assert second[field] == first[field], field
    check_message(second)


def test_a_cached_answer_has_the_time_of_the_original(tab):
    content = unique()
    first, second, third = (ask(tab, content) for _ in range(3))
    assert first["created_at"] <= second["cached_at"] <= second["created_at"]
    assert third["cached_at"] == second["cached_at"]


def test_a_cached_answer_is_streamed_like_any_other(tab):
    content = unique()
    first = ask(tab, content)
    ack = tab.ask(MODEL, content=content)
    generation_id = ack["generation_id"]
    ended = tab.wait_ended(generation_id)
    assert tab.wait_fact("generation_started", generation_id=generation_id)["cached"] is True
    tokens = tab.tokens(generation_id)
    assert [token["seq"] for token in tokens] == list(range(1, ended["seq"]))
    assert tab.text(generation_id) == first["content"]
    resumed = tab.ok("resume_generation", generation_id=generation_id, after=0)
    assert "".join(entry["text"] for entry in resumed["entries"] if entry["kind"] == "text") == first["content"]


def test_a_cached_answer_is_marked_after_a_reload(client, tab):
    content = unique()
    ask(tab, content)
    ack = tab.ask_and_wait(MODEL, content=content)
    saved = client.saved(ack["conversation"]["id"])[ack["assistant_message_id"]]
    assert saved["cached"] is True
    assert saved["cached_at"]


def test_regenerate_bypasses_the_cache_and_replaces_the_cached_answer(tab, upstream):
    content = unique()
    first = ask(tab, content)
    again = tab.ok("regenerate", message_id=first["id"])
    regenerated = tab.wait_ended(again["generation_id"])["message"]
    assert regenerated["cached"] is False
    assert len(upstream.calls(content)) == 2
    repeated = ask(tab, content)
    assert repeated["cached"] is True
    assert repeated["cached_at"] > first["created_at"]
    assert len(upstream.calls(content)) == 2


def test_an_edit_to_the_same_text_gets_the_cached_answer(tab, upstream):
    content = unique()
    ack = tab.ask_and_wait(MODEL, content=content)
    fields = {"client_message_id": new_id(), "content": content, "model": MODEL}
    edited = tab.ok("edit_message", message_id=ack["message"]["id"], **fields)
    assert tab.wait_ended(edited["generation_id"])["message"]["cached"] is True
    assert len(upstream.calls(content)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"model": "script?tokens=31"},
        {"options": {"temperature": 0.5}},
        {"options": {"max_turns": 7}, "same": True},
        {"system_prompt": "Be brief."},
    ],
    ids=["model", "options", "an option that changes nothing", "system prompt"],
)
def test_settings_that_change_the_answer_are_part_of_the_key(tab, upstream, change):
    content, same = unique(), change.pop("same", False)
    ask(tab, content)
    assert ask(tab, content, **{"model": MODEL, **change})["cached"] is same
    assert len(upstream.calls(content)) == (1 if same else 2)


def test_the_whole_path_is_part_of_the_key(tab, upstream):
    opening, content = unique("opening"), unique()
    one = tab.ask_and_wait(MODEL, content=opening)
    under = ask(tab, content, conversation_id=one["conversation"]["id"])
    alone = ask(tab, content)
    assert (under["cached"], alone["cached"]) == (False, False)
    other = tab.ask_and_wait(MODEL, content=opening)
    assert ask(tab, content, conversation_id=other["conversation"]["id"])["cached"] is True


def test_another_owner_never_gets_a_cached_answer(tab, new_client, upstream):
    content = unique()
    ask(tab, content)
    assert ask(new_client().tab(), content)["cached"] is False
    assert len(upstream.calls(content)) == 2


def test_a_failed_answer_is_not_cached(tab, upstream):
    content, model = unique(), "script?tokens=20&fault=error&at=5&nonce=1"
    assert ask(tab, content, model)["status"] == "failed"
    assert ask(tab, content, model)["cached"] is False
    assert len(upstream.calls(content)) == 2


def test_a_stopped_answer_and_its_continuation_are_not_cached(tab, upstream):
    content, model = unique(), "script?tokens=60&rate=60&resume=1"
    ack = tab.ask(model, content=content)
    tab.wait_text(ack["generation_id"], "3 ")
    tab.ok("stop_generation", generation_id=ack["generation_id"])
    continuation = tab.ok("continue_generation", message_id=ack["assistant_message_id"])
    assert tab.wait_ended(continuation["generation_id"])["status"] == "complete"
    assert ask(tab, content, model)["cached"] is False
    assert len(upstream.calls(content)) == 3


def test_an_answer_cut_at_its_length_is_not_cached(tab, upstream):
    content, options = unique(), {"max_tokens": 5}
    assert ask(tab, content, options=options)["finish_reason"] == "length"
    assert ask(tab, content, options=options)["cached"] is False


def test_the_cache_survives_a_restart(own_server, upstream):
    (server, client), content = own_server, unique()
    ask(client.tab(), content)
    server.kill9()
    server.start()
    assert ask(client.tab(), content)["cached"] is True
    assert len(upstream.calls(content)) == 1


def test_a_purge_removes_the_owners_answers_only(new_client, upstream):
    client, other, content = new_client(), new_client(), unique()
    for one in (client, other):
        ask(one.tab(), content)
    reply = client.delete("/api/cache")
    assert (reply.status, reply.json) == (200, {"removed": 1})
    assert ask(client.tab(), content)["cached"] is False
    assert ask(other.tab(), content)["cached"] is True
    assert client.delete("/api/cache").json == {"removed": 1}


def test_a_purge_needs_a_session_and_its_own_origin(server, new_client):
    assert new_client(signed_in=False).delete("/api/cache").status == 401
    client = new_client()
    client.origin = "https://elsewhere.example"
    assert client.delete("/api/cache").status == 403


def test_the_operator_purges_from_the_command_line(own_server):
    (server, client), content = own_server, unique()
    client.delete("/api/cache")  # answers of other tests
    ask(client.tab(), content)

    def cache(*arguments):
        command = [sys.executable, "-m", "chatapp", "cache", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=server.env, capture_output=True, text=True, timeout=30, check=True
        ).stdout

    assert cache("show").startswith("1 answer, ")
    assert cache("purge", "--owner", new_id()) == "Forgotten: 0 answers.\n"
    assert cache("purge") == "Forgotten: 1 answer.\n"
    assert ask(client.tab(), content)["cached"] is False


def test_a_purge_removes_more_than_one_write_can(client, tab):
    contents = [unique() for _ in range(3)]
    model = "script?tokens=40000&rate=0"  # 230 kB each
    for content in contents:
        assert ask(tab, content, model)["status"] == "complete"
    assert client.delete("/api/cache").json == {"removed": 3}
    assert ask(tab, contents[0], model)["cached"] is False


def test_an_expired_answer_is_not_served_and_is_removed(new_server, new_client, upstream):
    server = new_server(CHATAPP_CACHE_SECONDS="1")
    client, content = new_client(server), unique()
    tab = client.tab()
    ask(tab, content)
    with sqlite3.connect(server.folder / "chatapp.db", timeout=10) as database:

        def cached_rows():
            return database.execute("SELECT count(*) FROM cached_responses").fetchone()[0]

        eventually(lambda: not cached_rows(), within=10, what="the removal of an expired answer")
    database.close()
    assert ask(tab, content)["cached"] is False


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


def test_with_the_cache_off_every_question_calls_the_model(new_server, new_client, upstream):
    tab = new_client(new_server(CHATAPP_CACHE="off")).tab()
    content, slow = unique(), "script?tokens=20&rate=40"
    ask(tab, content)
    assert ask(tab, content)["cached"] is False
    both = [tab.ask(slow, content=content) for _ in range(2)]
    for ack in both:
        tab.wait_ended(ack["generation_id"])
    assert len(upstream.calls(content)) == 4


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
    with sqlite3.connect(small_cache.folder / "chatapp.db", timeout=10) as database:

        def cached_rows():
            query = "SELECT count(*) FROM cached_responses WHERE owner = ?"
            return database.execute(query, [client.owner]).fetchone()[0]

        assert cached_rows() == 1
        client.delete(f"/api/conversations/{ack['conversation']['id']}")
        eventually(lambda: not cached_rows(), within=10, what="the removal of a deleted conversation's answer")
    database.close()


def test_a_cached_answer_interrupted_by_a_crash_can_be_continued(own_server):
    """A cached answer is a generation like any other."""
    (server, client), content = own_server, unique()
    ask(client.tab(), content)
    tab = client.tab()
    ack = tab.ask(MODEL, content=content)
    server.kill9()
    server.start()
    saved = client.saved(ack["conversation"]["id"])[ack["assistant_message_id"]]
    assert saved["status"] in {"complete", "interrupted"}
    if saved["status"] == "interrupted":
        later = client.tab()
        continuation = later.ok("continue_generation", message_id=saved["id"])
        assert later.wait_ended(continuation["generation_id"])["message"]["cached"] is False


def metric(client: Client, name: str) -> float:
    lines = client.get("/metrics").body.decode().splitlines()
    values = [line.rpartition(" ")[2] for line in lines if line.startswith(name)]
    return float(values[0]) if values else 0.0


def counts(client: Client) -> dict[str, float]:
    kinds = ("hit", "miss", "bypass", "shared")
    return {kind: metric(client, f'chatapp_cache_questions_total{{answer="{kind}"}}') for kind in kinds}


def test_hits_misses_and_bypasses_are_counted(client, tab):
    before, content = counts(client), unique()
    first = ask(tab, content)
    ask(tab, content)
    again = tab.ok("regenerate", message_id=first["id"])
    tab.wait_ended(again["generation_id"])
    more = {kind: count - before[kind] for kind, count in counts(client).items()}
    assert more == {"hit": 1, "miss": 1, "bypass": 1, "shared": 0}, json.dumps(more)

"""The response cache: repeated questions get the cached answer."""

import json

import pytest

from live.protocol.cached_answers import MODEL, ask
from support.client import Client
from support.shapes import check_message
from support.tab import new_id, unique


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
    content, model = unique(), "script?tokens=200&rate=100&resume=1"
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


def test_a_purge_removes_more_than_one_write_can(client, tab):
    contents = [unique() for _ in range(3)]
    model = "script?tokens=40000&rate=0"  # 230 kB each
    for content in contents:
        assert ask(tab, content, model)["status"] == "complete"
    assert client.delete("/api/cache").json == {"removed": 3}
    assert ask(tab, contents[0], model)["cached"] is False


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

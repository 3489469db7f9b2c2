"""The list of conversations and each of them, over HTTP."""

import time

import pytest

from support.shapes import check_conversation, check_message, check_problem
from support.stopwatch import Stopwatch
from support.tab import UNKNOWN_ID, new_id, unique

FAST = "script?tokens=3"


def conversation_of(reply):
    """Return the conversation of a reply, which may be the whole body or its field `conversation`."""
    assert reply.status in (200, 201), (reply.status, reply.body)
    return check_conversation(reply.json.get("conversation", reply.json))


def ids(reply):
    assert reply.status == 200, reply.body
    assert set(reply.json) == {"conversations", "next"}
    return [check_conversation(conversation)["id"] for conversation in reply.json["conversations"]]


def create(client, **fields):
    return conversation_of(client.post("/api/conversations", fields))


def test_a_new_conversation_is_empty_and_announced_to_every_tab(client, tab):
    fields = {"title": "제목", "model": FAST, "system_prompt": "be kind", "options": {"temperature": 0.5}}
    made = create(client, **fields)
    assert {name: made[name] for name in fields} == fields
    assert (made["active_leaf_id"], made["running"], made["pinned"], made["archived"]) == (
        None,
        [],
        False,
        False,
    )
    assert tab.wait_fact("conversation_added")["conversation"]["id"] == made["id"]
    opened = tab.ok("open_conversation", conversation_id=made["id"])
    assert (opened["messages"], opened["running"], opened["before"]) == ([], [], None)


def test_the_first_message_uses_the_model_of_its_empty_conversation(client, tab, upstream):
    made = create(client, model="script?tokens=2", system_prompt="be kind", options={"temperature": 0.5})
    payload = {"conversation_id": made["id"], "client_message_id": new_id(), "content": unique()}
    ack = tab.ok("send_message", **payload)
    assert ack["message"]["parent_id"] is None
    assert tab.wait_ended(ack["generation_id"])["message"]["content"] == "1 2 "
    call = upstream.call(payload["content"])
    assert call["messages"][0] == {"role": "system", "content": "be kind"}
    assert call["options"]["temperature"] == 0.5


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", 7),
        ("title", "a\0b"),
        ("title", "\ud800"),
        ("model", []),
        ("options", "x"),
        ("system_prompt", {}),
        ("pinned", True),
        ("id", UNKNOWN_ID),
        ("surprise", 1),
    ],
)
def test_a_wrong_field_of_a_new_conversation_is_named(client, field, value):
    problem = check_problem(client.post("/api/conversations", {field: value}), 400, "invalid")
    assert field in problem["detail"]


def test_the_list_is_newest_first_and_pages_by_cursor(client):
    made = [create(client, title=f"number {number}")["id"] for number in range(70)]
    pages = [client.get("/api/conversations")]
    while pages[-1].json["next"] is not None:
        assert len(pages) < 20
        pages.append(client.get(f"/api/conversations?cursor={pages[-1].json['next']}"))
    assert [one for page in pages for one in ids(page)] == made[::-1]
    assert len(pages) > 1, "seventy conversations are more than a page"


def test_an_answer_moves_its_conversation_to_the_top(client, tab):
    old, young = create(client)["id"], create(client)["id"]
    assert ids(client.get("/api/conversations")) == [young, old]
    tab.ask_and_wait(FAST, old)
    assert ids(client.get("/api/conversations")) == [old, young]


@pytest.mark.parametrize("cursor", ["x", "%00", "0", "%F0%9F%98%80", "a" * 3000])
def test_a_made_up_cursor_is_invalid(client, cursor):
    check_problem(client.get(f"/api/conversations?cursor={cursor}"), 400, "invalid")


def test_a_conversation_reads_the_same_over_http_as_over_the_socket(client, tab):
    ack = tab.ask_and_wait(FAST)
    conversation_id = ack["conversation"]["id"]
    second = tab.ask_and_wait(FAST, conversation_id)
    reply = client.get(f"/api/conversations/{conversation_id}")
    assert set(reply.json) >= {"conversation", "messages", "before"}
    opened = tab.ok("open_conversation", conversation_id=conversation_id)
    assert reply.json["conversation"] == opened["conversation"]
    assert reply.json["messages"] == opened["messages"]
    for message in reply.json["messages"]:
        check_message(message)
    leaf = client.get(f"/api/conversations/{conversation_id}?leaf_id={ack['assistant_message_id']}")
    assert [message["id"] for message in leaf.json["messages"]] == [
        ack["message"]["id"],
        ack["assistant_message_id"],
    ]
    last = client.get(f"/api/conversations/{conversation_id}?limit=1")
    assert [message["id"] for message in last.json["messages"]] == [second["assistant_message_id"]]
    rest = client.get(f"/api/conversations/{conversation_id}?limit=500&before={last.json['before']}")
    assert rest.json["messages"] == opened["messages"][:-1]
    assert rest.json["before"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "leaf_id=x", "limit="])
def test_a_wrong_query_is_named(client, tab, query):
    conversation_id = tab.ask_and_wait(FAST)["conversation"]["id"]
    problem = check_problem(client.get(f"/api/conversations/{conversation_id}?{query}"), 400, "invalid")
    assert query.split("=")[0] in problem["detail"]


CHANGES = {
    "title": "새 제목 😀",
    "pinned": True,
    "archived": True,
    "model": "script?tokens=2",
    "system_prompt": "be brief",
    "options": {"temperature": 0},
}


@pytest.mark.parametrize("field", CHANGES)
def test_each_field_can_be_changed_and_every_tab_is_notified(client, tab, field):
    made = create(client)
    changed = conversation_of(client.patch(f"/api/conversations/{made['id']}", {field: CHANGES[field]}))
    assert changed[field] == CHANGES[field]
    untouched = set(changed) - {field, "updated_at", "revision"}
    assert {name: changed[name] for name in untouched} == {name: made[name] for name in untouched}
    fact = tab.wait_fact("conversation_changed")
    assert fact["conversation"][field] == CHANGES[field]
    stored = client.get(f"/api/conversations/{made['id']}").json["conversation"]
    assert stored == changed


@pytest.mark.parametrize(
    ("field", "value"),
    [(name, {"a": [1]} if name != "options" else "x") for name in CHANGES]
    + [
        ("pinned", 1),
        ("archived", "yes"),
        ("revision", 5),
        ("id", UNKNOWN_ID),
        ("surprise", 1),
        ("deleted", "no"),
    ]
    + [("title", "x" * 100_000), ("title", "\ud800"), ("model", "a\0b")],
)
def test_a_change_that_is_wrong_is_named_and_changes_nothing(client, field, value):
    made = create(client)
    reply = client.patch(f"/api/conversations/{made['id']}", {field: value})
    if isinstance(value, str) and len(value) > 1000:
        assert reply.json["code"] in ("invalid", "too_large")
    else:
        check_problem(reply, 400, "invalid")
    assert field in reply.json["detail"]
    assert client.get(f"/api/conversations/{made['id']}").json["conversation"] == made


def test_the_archive_is_a_list_of_its_own(client):
    kept, put_away = create(client)["id"], create(client)["id"]
    client.patch(f"/api/conversations/{put_away}", {"archived": True})
    assert ids(client.get("/api/conversations")) == [kept]
    assert ids(client.get("/api/conversations?archived=true")) == [put_away]
    client.patch(f"/api/conversations/{put_away}", {"archived": False})
    assert ids(client.get("/api/conversations?archived=true")) == []


def test_a_deleted_conversation_is_hidden_everywhere_and_can_be_restored(client, tab):
    ack = tab.ask_and_wait(FAST)
    conversation_id = ack["conversation"]["id"]
    assert client.delete(f"/api/conversations/{conversation_id}").status in (200, 204)
    assert tab.wait_fact("conversation_removed") == {"conversation_id": conversation_id}
    check_problem(client.get(f"/api/conversations/{conversation_id}"), 404, "not_found")
    assert ids(client.get("/api/conversations")) == []
    assert tab.error("open_conversation", {"conversation_id": conversation_id})["code"] == "not_found"
    resume = {"generation_id": ack["generation_id"], "after": 0}
    assert tab.error("resume_generation", resume)["code"] == "not_found"
    fields = {"client_message_id": new_id(), "content": unique()}
    gone = tab.error("send_message", {"conversation_id": conversation_id, **fields})
    assert gone["code"] == "not_found"
    check_problem(client.get(f"/api/generations/{ack['generation_id']}/events"), 404, "not_found")
    check_problem(client.patch(f"/api/conversations/{conversation_id}", {"title": "x"}), 404, "not_found")
    back = conversation_of(client.patch(f"/api/conversations/{conversation_id}", {"deleted": False}))
    assert back["id"] == conversation_id
    assert ids(client.get("/api/conversations")) == [conversation_id]
    assert client.saved(conversation_id)[ack["assistant_message_id"]]["content"] == "1 2 3 "
    tab.wait_for(
        lambda tab: any(
            fact["conversation"]["id"] == conversation_id
            for fact in tab.facts("conversation_added")[1:] + tab.facts("conversation_changed")
        )
    )


def test_rule_5_deleting_stops_the_answer_and_closes_the_upstream(server, client, tab, upstream):
    ack = tab.ask("script?tokens=1000&rate=50")
    conversation_id = ack["conversation"]["id"]
    tab.wait_text(ack["generation_id"], "3 ")
    deleted_at, watch = time.time(), Stopwatch(*server.worker_pids(), upstream.pid)
    assert client.delete(f"/api/conversations/{conversation_id}").status in (200, 204)
    call = upstream.closed_call(ack["message"]["content"])
    assert call["ended_by"] == "client"
    assert call["ended_at"] - deleted_at - watch.cpu_wait() < 2
    conversation_of(client.patch(f"/api/conversations/{conversation_id}", {"deleted": False}))
    message = client.saved(conversation_id)[ack["assistant_message_id"]]
    assert message["status"] == "stopped"
    assert message["content"].startswith("1 2 3 ")
    tab.wait_fact("conversation_removed", conversation_id=conversation_id)


def test_a_conversation_deleted_twice_is_not_found_the_second_time(client):
    made = create(client)["id"]
    assert client.delete(f"/api/conversations/{made}").status in (200, 204)
    check_problem(client.delete(f"/api/conversations/{made}"), 404, "not_found")

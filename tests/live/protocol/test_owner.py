"""Rule 8: another owner's objects are not found by any command or call."""

import pytest

from support.shapes import check_error, check_problem
from support.tab import new_id, unique

FAST = "script?tokens=5"


@pytest.fixture(scope="module")
def others(module_client):
    """Another owner's conversation, with an answer that has ended and one that runs."""
    tab = module_client.tab()
    done = tab.ask_and_wait(FAST, content=unique("a secret question"))
    running = tab.ask("script?tokens=2000&rate=20", done["conversation"]["id"])
    yield {
        "conversation_id": done["conversation"]["id"],
        "user_id": done["message"]["id"],
        "message_id": done["assistant_message_id"],
        "generation_id": done["generation_id"],
        "running_message_id": running["assistant_message_id"],
        "running_id": running["generation_id"],
    }
    assert tab.ok("stop_generation", generation_id=running["generation_id"])["status"] == "stopped"
    assert len(module_client.saved(done["conversation"]["id"])) == 4, "nothing was added by another owner"


def new(**fields):
    return {"client_message_id": new_id(), "content": unique(), "model": FAST, **fields}


COMMANDS = {
    "open": lambda t: ("open_conversation", {"conversation_id": t["conversation_id"]}),
    "load": lambda t: (
        "load_messages",
        {"conversation_id": t["conversation_id"], "before": t["message_id"]},
    ),
    "close": lambda t: ("close_conversation", {"conversation_id": t["conversation_id"]}),
    "send": lambda t: ("send_message", new(conversation_id=t["conversation_id"])),
    "send to a root": lambda t: (
        "send_message",
        new(conversation_id=t["conversation_id"], parent_id=None),
    ),
    "edit": lambda t: ("edit_message", new(message_id=t["user_id"])),
    "regenerate": lambda t: ("regenerate", {"message_id": t["message_id"]}),
    "regenerate a running one": lambda t: ("regenerate", {"message_id": t["running_message_id"]}),
    "continue": lambda t: ("continue_generation", {"message_id": t["message_id"]}),
    "continue a running one": lambda t: ("continue_generation", {"message_id": t["running_message_id"]}),
    "stop": lambda t: ("stop_generation", {"generation_id": t["running_id"]}),
    "stop an ended one": lambda t: ("stop_generation", {"generation_id": t["generation_id"]}),
    "resume": lambda t: ("resume_generation", {"generation_id": t["running_id"], "after": 0}),
    "resume an ended one": lambda t: (
        "resume_generation",
        {"generation_id": t["generation_id"], "after": 0},
    ),
    "select": lambda t: (
        "select_branch",
        {"conversation_id": t["conversation_id"], "message_id": t["message_id"]},
    ),
}
CALLS = {
    "read": lambda c, t: c.get(f"/api/conversations/{t['conversation_id']}"),
    "read a leaf": lambda c, t: c.get(f"/api/conversations/{t['conversation_id']}?leaf_id={t['message_id']}"),
    "change": lambda c, t: c.patch(f"/api/conversations/{t['conversation_id']}", {"title": "mine now"}),
    "undo": lambda c, t: c.patch(f"/api/conversations/{t['conversation_id']}", {"deleted": False}),
    "delete": lambda c, t: c.delete(f"/api/conversations/{t['conversation_id']}"),
    "events": lambda c, t: c.get(f"/api/generations/{t['generation_id']}/events"),
    "running events": lambda c, t: c.get(f"/api/generations/{t['running_id']}/events"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_rule_8_a_command_on_another_owners_ids_is_not_found(client, others, name):
    tab = client.tab()
    command, payload = COMMANDS[name](others)
    check_error(tab.error(command, payload), code="not_found")
    mine = tab.ask_and_wait(FAST)
    assert tab.facts(conversation_id=others["conversation_id"]) == [], "no room was joined"
    assert tab.facts("token", id=others["running_id"]) == []
    assert mine["conversation"]["id"] != others["conversation_id"]


@pytest.mark.parametrize("name", CALLS)
def test_rule_8_a_call_on_another_owners_ids_is_not_found(client, others, name):
    check_problem(CALLS[name](client, others), 404, "not_found")


def test_rule_8_another_owners_list_is_empty(client, others):
    assert client.get("/api/conversations").json == {"conversations": [], "next": None}
    assert client.post("/api/conversations/search", {"q": "secret"}).json == {"conversations": [], "next": None}


def test_rule_8_another_owners_message_is_not_found_as_a_parent(client, others):
    tab = client.tab()
    mine = tab.ask_and_wait(FAST)["conversation"]["id"]
    payload = new(conversation_id=mine, parent_id=others["message_id"])
    check_error(tab.error("send_message", payload), code="not_found")
    payload = {"conversation_id": mine, "leaf_id": others["message_id"]}
    check_error(tab.error("open_conversation", payload), code="not_found")
    payload = {"conversation_id": mine, "message_id": others["message_id"]}
    check_error(tab.error("select_branch", payload), code="not_found")


def test_rule_8_the_page_of_another_owners_conversation_reveals_nothing(client, others):
    reply = client.get(f"/c/{others['conversation_id']}")
    assert b"a secret question" not in reply.body


def test_rule_8_without_a_session_every_call_is_unauthenticated(new_client, others):
    nobody = new_client(signed_in=False)
    for call in CALLS.values():
        check_problem(call(nobody, others), 401, "unauthenticated")
    for path in ("/api/conversations", "/api/models", "/api/settings"):
        check_problem(nobody.get(path), 401, "unauthenticated")
    check_problem(nobody.post("/api/conversations", {}), 401, "unauthenticated")
    check_problem(nobody.post("/api/conversations/search", {"q": "a"}), 401, "unauthenticated")
    check_problem(nobody.put("/api/settings", {}), 401, "unauthenticated")
    check_problem(nobody.post("/api/session/code"), 401, "unauthenticated")

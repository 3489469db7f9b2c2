"""open_conversation, load_messages and close_conversation."""

import pytest

from support.shapes import check_conversation, check_error, check_message, check_running
from support.tab import new_id

FAST = "script?tokens=3"


@pytest.fixture(scope="module")
def long(module_client):
    """A conversation of twelve turns, and the ids of its path."""
    tab = module_client.tab()
    conversation_id = tab.ask_and_wait(FAST)["conversation"]["id"]
    for _ in range(11):
        tab.ask_and_wait(FAST, conversation_id)
    opened = tab.ok("open_conversation", conversation_id=conversation_id)
    return conversation_id, [message["id"] for message in opened["messages"]]


def ids(messages):
    return [message["id"] for message in messages]


def test_opening_returns_the_path_oldest_first(module_client, long):
    conversation_id, path = long
    ack = module_client.tab().ok("open_conversation", conversation_id=conversation_id)
    assert set(ack) == {"ok", "conversation", "messages", "before", "running", "queue"}
    check_conversation(ack["conversation"])
    messages = [check_message(message) for message in ack["messages"]]
    assert len(messages) == 24
    assert [message["role"] for message in messages] == ["user", "assistant"] * 12
    assert [message["parent_id"] for message in messages] == [None, *path[:-1]]
    assert ack["conversation"]["active_leaf_id"] == path[-1]
    assert (ack["before"], ack["running"]) == (None, [])


@pytest.mark.parametrize("limit", [1, 5, 7, 23])
def test_older_messages_are_loaded_page_by_page(module_client, long, limit):
    conversation_id, path = long
    tab = module_client.tab()
    page = tab.ok("open_conversation", conversation_id=conversation_id, limit=limit)
    assert len(page["messages"]) == limit
    found = ids(page["messages"])
    while page["before"] is not None:
        page = tab.ok("load_messages", conversation_id=conversation_id, before=page["before"], limit=limit)
        assert set(page) == {"ok", "messages", "before"}
        found = ids(page["messages"]) + found
    assert found == path


def test_a_page_with_all_messages_has_no_cursor(module_client, long):
    conversation_id, path = long
    ack = module_client.tab().ok("open_conversation", conversation_id=conversation_id, limit=len(path))
    assert ack["before"] is None


def test_a_leaf_chooses_the_path(module_client, long):
    conversation_id, path = long
    tab = module_client.tab()
    ack = tab.ok("open_conversation", conversation_id=conversation_id, leaf_id=path[5])
    assert ids(ack["messages"]) == path[:6]


def test_a_message_of_another_conversation_is_no_leaf(module_client, long):
    tab = module_client.tab()
    other = tab.ask_and_wait(FAST)
    payload = {"conversation_id": long[0], "leaf_id": other["assistant_message_id"]}
    check_error(tab.error("open_conversation", payload), code="not_found")


@pytest.mark.parametrize("limit", [0, -1, 501, 10**30, True, 1.5, "5", None])
@pytest.mark.parametrize("command", ["open_conversation", "load_messages"])
def test_a_limit_outside_1_to_500_is_invalid(module_client, long, command, limit):
    tab = module_client.tab()
    before = {"before": long[1][4]} if command == "load_messages" else {}
    error = tab.error(command, {"conversation_id": long[0], "limit": limit, **before})
    assert "limit" in check_error(error, code="invalid")["message"]


def test_a_made_up_cursor_is_invalid_or_not_found(module_client, long):
    tab = module_client.tab()
    for cursor in ("nonsense", "", "0", "999999", new_id(), "é", "A" * 500):
        error = tab.error("load_messages", {"conversation_id": long[0], "before": cursor})
        assert error["code"] in ("invalid", "not_found"), (cursor, error)


def test_unknown_ids_are_not_found(tab):
    for name in ("open_conversation", "close_conversation"):
        check_error(tab.error(name, {"conversation_id": new_id()}), code="not_found")


def test_a_running_answer_comes_with_the_snapshot(client, tab):
    ack = tab.ask("script?tokens=1000&rate=100&reasoning=3")
    tab.wait_text(ack["generation_id"], "5 ")
    opened = client.tab().ok("open_conversation", conversation_id=ack["conversation"]["id"])
    (running,) = opened["running"]
    check_running(running)
    assert running["generation_id"] == ack["generation_id"]
    assert running["message_id"] == ack["assistant_message_id"]
    assert [entry["kind"] for entry in running["entries"]] == ["reasoning", "text"]
    assert running["entries"][0]["text"] == "r1 r2 r3 "
    assert running["entries"][1]["text"].startswith("1 2 3 4 5 ")
    message = opened["messages"][-1]
    assert (message["id"], message["status"], message["content"]) == (
        ack["assistant_message_id"],
        "running",
        "",
    )
    assert opened["conversation"]["running"] == [ack["generation_id"]]
    tab.ok("stop_generation", generation_id=ack["generation_id"])


def test_messages_and_running_are_one_snapshot(client, tab):
    """At any moment, a message is running exactly if its generation is listed."""
    ack = tab.ask("script?tokens=30&rate=150")
    other = client.tab()
    ended = False
    while not ended:
        opened = other.ok("open_conversation", conversation_id=ack["conversation"]["id"])
        listed = {running["message_id"] for running in opened["running"]}
        ran = {message["id"] for message in opened["messages"] if message["status"] == "running"}
        assert ran == listed
        ended = not listed
    assert opened["messages"][-1]["status"] == "complete"


def test_after_closing_no_facts_of_the_conversation_arrive(client, tab):
    other = client.tab()
    ack = tab.ask("script?tokens=1000&rate=100")
    conversation_id = ack["conversation"]["id"]
    other.ok("open_conversation", conversation_id=conversation_id)
    other.wait_for(lambda tab: tab.tokens(ack["generation_id"]))
    assert other.ok("close_conversation", conversation_id=conversation_id) == {"ok": True}
    seen = len(other.tokens(ack["generation_id"]))
    tab.ok("stop_generation", generation_id=ack["generation_id"])
    tab.wait_ended(ack["generation_id"])
    other.wait_for(
        lambda tab: any(not fact["conversation"]["running"] for fact in tab.facts("conversation_changed")),
        what="the end of the answer in the list",
    )
    assert len(other.tokens(ack["generation_id"])) == seen
    assert other.facts("generation_ended") == []


def test_a_conversation_that_was_not_opened_can_be_closed(client, tab):
    conversation_id = tab.ask_and_wait(FAST)["conversation"]["id"]
    assert client.tab().ok("close_conversation", conversation_id=conversation_id) == {"ok": True}

"""Limits: requests over them are refused with an error, and accepted ones are still answered."""

import pytest

from support.client import Client
from support.shapes import check_error
from support.tab import new_id, unique

LONG = "script?tokens=5000&rate=50"


@pytest.fixture(scope="module")
def limited_server(module_server):
    """A server with small limits."""
    env = {
        "CHATAPP_GENERATIONS_PER_OWNER": "2",
        "CHATAPP_MESSAGES_PER_MINUTE": "8",
        "CHATAPP_ANSWER_BYTES": "2000",
        "CHATAPP_ANSWER_SECONDS": "5",
    }
    return module_server(**env)


@pytest.fixture
def limited_client(limited_server, new_client) -> Client:
    return new_client(limited_server)


def message(**fields):
    return {"conversation_id": None, "client_message_id": new_id(), "content": unique(), **fields}


def test_too_many_generations_are_busy_until_one_ends(limited_client):
    tab = limited_client.tab()
    first, _ = tab.ask("script?tokens=5&first=60"), tab.ask("script?tokens=5&first=60")
    check_error(tab.error("send_message", message(model=LONG)), code="busy")
    tab.ok("stop_generation", generation_id=first["generation_id"])
    assert tab.command("send_message", message(model="script?tokens=1"))["ok"] is True


def test_the_limit_of_generations_is_per_owner(limited_server, new_client):
    for tab in (new_client(limited_server).tab(), new_client(limited_server).tab()):
        for _ in range(2):
            tab.ask("script?tokens=5&first=60")


def test_a_message_refused_as_busy_leaves_nothing_behind(limited_client):
    tab = limited_client.tab()
    running = [tab.ask("script?tokens=5&first=60") for _ in range(2)]
    request = message(model="script?tokens=1")
    check_error(tab.error("send_message", request), code="busy")
    assert len(limited_client.get("/api/conversations").json["conversations"]) == 2
    tab.ok("stop_generation", generation_id=running[0]["generation_id"])
    ack = tab.ok("send_message", **request)
    assert tab.wait_ended(ack["generation_id"])["status"] == "complete", "the same id may be sent again"


def test_too_many_messages_are_rate_limited_with_a_retry_time(limited_client):
    tab = limited_client.tab()
    sent = message(model="script?tokens=1")
    first = tab.ok("send_message", **sent)
    tab.wait_ended(first["generation_id"])
    for _ in range(40):
        ack = tab.command("send_message", message(model="script?tokens=1"))
        if not ack["ok"]:
            break
        tab.wait_ended(ack["generation_id"])
    error = check_error(ack["error"], code="rate_limited")
    assert 0 < error["retry_after"] <= 60
    again = tab.ok("send_message", **sent)
    assert again["message"] == first["message"], "an accepted message is acknowledged again"
    conflict = tab.error("send_message", {**sent, "content": unique()})
    check_error(conflict, code="conflict")
    tab.ok("open_conversation", conversation_id=first["conversation"]["id"])


def test_an_answer_that_grows_too_large_ends_and_keeps_its_text(limited_client):
    tab = limited_client.tab()
    ack = tab.ask("script?tokens=3000&rate=0")
    ended = tab.wait_ended(ack["generation_id"])
    assert ended["status"] == "failed"
    assert ended["message"]["error"]["code"] == "too_large"
    content = ended["message"]["content"]
    assert content == tab.text(ack["generation_id"])
    assert content.startswith("1 2 3 ")
    assert 500 < len(content) <= 2000


def test_an_answer_that_takes_too_long_ends_and_keeps_its_text(limited_client, upstream):
    tab = limited_client.tab()
    ack = tab.ask("script?tokens=5000&rate=20")
    ended = tab.wait_ended(ack["generation_id"])
    assert ended["status"] == "failed"
    assert ended["message"]["error"]["code"] in ("too_large", "provider_timeout")
    assert ended["message"]["content"].startswith("1 2 3 ")
    assert upstream.closed_call(ack["message"]["content"])["ended_by"] == "client"

"""The largest ordinary use meets no refusal, and hardly a pause."""

import json
import time

import pytest

from support.tab import unique

MIB = 1024 * 1024
TABS = 50


@pytest.fixture(scope="module")
def ordinary(module_server):
    """A server with the settings of everybody."""
    return module_server()


@pytest.fixture
def user(ordinary, new_client):
    yield (client := new_client(ordinary))
    metrics = client.get("/metrics").body.decode().splitlines()
    refused = [
        line for line in metrics if line.startswith("chatapp_client_refusals_total{") and not line.endswith(" 0.0")
    ]
    assert refused == []


def test_a_tab_that_opens_fifty_conversations_at_once(user):
    made = [user.post("/api/conversations", {"title": unique()}).json["conversation"]["id"] for _ in range(TABS)]
    tab = user.tab()
    began_at = time.monotonic()
    sent = [tab.send("open_conversation", {"conversation_id": one}) for one in made]
    assert all(tab.wait_ack(number, what="open_conversation")["ok"] for number in sent)
    assert time.monotonic() - began_at < 5


def test_fifty_tabs_that_connect_at_once(user):
    made = user.post("/api/conversations", {"title": unique()}).json["conversation"]["id"]
    for tab in [user.tab() for _ in range(TABS)]:
        tab.ok("open_conversation", conversation_id=made)


def test_twenty_answers_at_once(user):
    tab = user.tab()
    asked = [tab.ask("script?tokens=50&rate=100") for _ in range(20)]
    for ack in asked:
        assert tab.wait_ended(ack["generation_id"])["status"] == "complete"


def test_a_script_that_asks_ten_questions_a_second(user):
    tab = user.tab()
    began_at, waits = time.monotonic(), []
    for number in range(60):
        time.sleep(max(0.0, began_at + number / 10 - time.monotonic()))
        sent_at = time.monotonic()
        tab.ask("script?tokens=3")
        waits.append(time.monotonic() - sent_at)
    assert sorted(waits)[len(waits) // 2] < 0.5


def test_an_import_of_sixty_mebibytes(user):
    messages = [
        {
            "id": str(number),
            "parent_id": str(number - 1) if number else None,
            "role": "assistant" if number % 2 else "user",
            "content": "x" * 3_900_000,
            "created_at": 1762300000.0 + number,
        }
        for number in range(16)
    ]
    times = {"created_at": 1762300000.0, "updated_at": 1762300060.0}
    conversation = {"title": "large", "active_leaf_id": "15", "messages": messages, **times}
    file = json.dumps({"format": "chatapp", "version": 1, "conversations": [conversation]}).encode()
    assert len(file) > 59 * MIB
    tab = user.tab()
    reply = user.request(
        "POST",
        "/api/conversations/import",
        file,
        {"Content-Type": "application/json", "Origin": user.origin},
    )
    assert reply.status == 201, reply.body[:500]
    tab.check_alive()

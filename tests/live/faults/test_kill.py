"""Rule 6: a server killed with SIGKILL loses nothing that a client saw."""

import time

import pytest

from support.client import Client
from support.reader import Channel, Reader
from support.shapes import check_message
from support.stopwatch import Stopwatch
from support.tab import unique
from support.waiting import eventually

MODEL = "script?tokens=400&rate=100&resume=1"
SEEN = "120 "


def counted(last: int) -> str:
    return "".join(f"{number} " for number in range(1, last + 1))


def sent_before(call, moment: float) -> int:
    """Return the number of tokens that the upstream had sent by that time."""
    return max((count for at, count in call["sent"] if at <= moment), default=0)


@pytest.fixture(scope="module")
def killed_server(lasting_server, upstream):
    """The lasting server, killed during two answers and started again; text sent until `safe_until` must be kept."""
    server = lasting_server
    client = Client(server.port)
    client.sign_in()
    tab = client.tab()
    watch = Stopwatch(*server.worker_pids(), upstream.pid)
    acks = [tab.ask(MODEL), tab.ask(f"{MODEL}&reasoning=3")]
    for ack in acks:
        tab.wait_text(ack["generation_id"], SEEN)
    safe_until = time.time() - 0.2 - watch.cpu_wait()
    server.kill9()
    tab.wait_closed()
    server.start()
    watch = Stopwatch(*server.worker_pids())
    for ack in acks:
        wait_interrupted(client, ack)
    assert watch.seconds() < 5
    yield client, tab, acks, safe_until
    client.close()


def wait_interrupted(client, ack):
    """Wait until a tab that opens the conversation gets the message as interrupted; return the message."""

    def look():
        opened = tab.ok("open_conversation", conversation_id=ack["conversation"]["id"])
        message = opened["messages"][-1]
        return message if message["status"] == "interrupted" else None

    tab = client.tab()
    return check_message(eventually(look, what="the message to be interrupted"))


def test_rule_6_ids_seqs_and_revisions_hold_across_a_kill(killed_server):
    client, tab, acks, _ = killed_server
    message = wait_interrupted(client, acks[0])
    fresh = client.tab()
    resumed = fresh.ok("resume_generation", generation_id=acks[0]["generation_id"], after=0)
    tokens = tab.tokens(acks[0]["generation_id"])
    assert [token["seq"] for token in tokens] == list(range(1, len(tokens) + 1))
    assert resumed["seq"] > tokens[-1]["seq"]
    for token in (tokens[0], tokens[len(tokens) // 2], tokens[-1]):
        rest = fresh.ok("resume_generation", generation_id=acks[0]["generation_id"], after=token["seq"])
        seen = "".join(earlier["text"] for earlier in tokens[: token["seq"]])
        assert seen + "".join(entry["text"] for entry in rest["entries"]) == message["content"]
    opened = fresh.ok("open_conversation", conversation_id=acks[0]["conversation"]["id"])
    seen = [fact["revision"] for fact in tab.facts(conversation_id=acks[0]["conversation"]["id"]) if "revision" in fact]
    assert opened["conversation"]["revision"] == seen[-1] + 1, "the end of the interrupted answer is one fact"
    assert opened["conversation"]["running"] == []


def test_rule_6_after_a_kill_all_text_that_was_shown_is_kept_and_can_be_continued(killed_server, upstream):
    client, tab, acks, safe_until = killed_server
    for ack in acks:
        message = wait_interrupted(client, ack)
        assert message["error"]["code"] == "worker_lost"
        assert message["content"].startswith(tab.text(ack["generation_id"]))
        count = len(message["content"].split())
        assert message["content"] == counted(count)
        assert count >= sent_before(upstream.call(ack["message"]["content"]), safe_until)
    fresh = client.tab()
    resumed = fresh.ok("resume_generation", generation_id=acks[0]["generation_id"], after=0)
    assert resumed["status"] == "interrupted"
    assert "".join(entry["text"] for entry in resumed["entries"]) == resumed["message"]["content"]
    for ack in acks:
        fresh.ok("open_conversation", conversation_id=ack["conversation"]["id"])
        continuation = fresh.ok("continue_generation", message_id=ack["assistant_message_id"])
        ended = fresh.wait_ended(continuation["generation_id"])
        assert (ended["status"], ended["message"]["content"]) == ("complete", counted(400))
    assert client.saved(acks[1]["conversation"]["id"])[acks[1]["assistant_message_id"]]["reasoning"].startswith(
        "r1 r2 r3 "
    )


def test_rule_6_a_conforming_tab_ends_with_the_saved_text(running, new_client):
    """It reconnects, opens the conversation again, and follows the events from then on."""
    server = running
    client = new_client(server)
    tab = client.tab()
    ack = tab.ask(MODEL)
    reader = Reader(client.tab(), ack["conversation"]["id"])
    reader.tab.wait_text(ack["generation_id"], SEEN)
    server.kill9()
    reader.tab.wait_closed()
    reader.drain(Channel())
    shown = reader.shown(ack["assistant_message_id"])
    server.start()
    reader.reconnect(client.tab())
    reader.follow(Channel())
    message = client.saved(ack["conversation"]["id"])[ack["assistant_message_id"]]
    assert reader.messages[message["id"]] == message
    assert message["status"] == "interrupted"
    assert message["content"].startswith(shown)


def test_an_unacknowledged_message_can_be_sent_again_after_a_kill(running, new_client, upstream):
    server = running
    client = new_client(server)
    request = {
        "conversation_id": None,
        "client_message_id": "2f1c0a52-31a5-4c53-8f0a-9a1f0a4e7b10",
        "content": unique(),
        "model": "script?tokens=200&rate=100",
    }
    first = client.tab().ok("send_message", **request)
    server.kill9()
    server.start()
    again = client.tab().ok("send_message", **request)
    assert again["message"] == first["message"]
    assert again["generation_id"] == first["generation_id"]
    assert len(upstream.calls(request["content"])) <= 1


@pytest.mark.timeout(240)
def test_a_server_that_is_killed_repeatedly_keeps_its_text(running, new_client):
    """Three kills in one answer, each continued; the numbers would show a loss or a repetition."""
    server = running
    client = new_client(server)
    tab = client.tab()
    ack = tab.ask("script?tokens=600&rate=200&resume=1")
    generation_id = ack["generation_id"]
    for number in (50, 100, 150):
        tab.wait_text(generation_id, f"{number} ")
        server.kill9()
        tab.wait_closed()
        server.start()
        wait_interrupted(client, ack)
        tab = client.tab()
        tab.ok("open_conversation", conversation_id=ack["conversation"]["id"])
        generation_id = tab.ok("continue_generation", message_id=ack["assistant_message_id"])["generation_id"]
    assert tab.wait_ended(generation_id)["message"]["content"] == counted(600)

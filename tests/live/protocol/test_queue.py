"""The queue: questions that wait for the answer above, in every tab, and are sent once."""

import pytest

from support.shapes import check_error, check_fact, check_message, check_queued
from support.tab import new_id, unique
from support.together import together
from support.waiting import eventually

LONG = "script?tokens=2000&rate=50"
FAST = "script?tokens=5"
SOON = "script?tokens=150&rate=50"


@pytest.fixture
def running(tab):
    """An answer that is being written."""
    ack = tab.ask(LONG)
    tab.wait_text(ack["generation_id"], "3 ")
    return ack


def queue(tab, ack, **fields):
    """Queue a question in a conversation."""
    return check_queued(tab.ask(FAST, ack["conversation"]["id"], queue=True, **fields)["queued"])


def times_asked(upstream, text):
    """Return how often a model was asked a question, as the last one."""
    return sum(call["messages"][-1]["content"] == text for call in upstream.calls(text))


def opened(tab, ack):
    return tab.ok("open_conversation", conversation_id=ack["conversation"]["id"])


def asked(client, ack):
    """Return the questions that are stored in a conversation, in order."""
    saved = client.saved(ack["conversation"]["id"]).values()
    return [one["content"] for one in sorted(saved, key=lambda one: one["id"]) if one["role"] == "user"]


def until_idle(tab, ack, messages):
    """Wait until a conversation has so many messages and nothing runs in it; return its snapshot."""

    def look():
        snapshot = opened(tab, ack)
        return snapshot if len(snapshot["messages"]) >= messages and not snapshot["running"] else None

    return eventually(look, what="the end of the queue")


def test_a_queued_question_is_shown_in_every_tab_and_sent_when_the_answer_ends(client, tab, upstream):
    first = tab.ask(SOON)
    other = client.tab()
    assert opened(other, first)["queue"] == {"revision": 0, "questions": []}
    queued = queue(tab, first)
    for one in (tab, other):
        fact = one.wait_fact("queue_changed")
        check_fact("queue_changed", fact)
        assert fact["question"] == queued
    assert opened(other, first)["queue"] == {"revision": 1, "questions": [queued]}
    ended = [one.wait_fact("generation_ended", generation_id=first["generation_id"]) for one in (tab, other)]
    for one, end in zip((tab, other), ended, strict=True):
        one.wait_for(lambda one: len(one.facts("generation_ended")) == 2, what="the second end")
        facts = [event for event in one.events if event.payload.get("revision", 0) > end["revision"]]
        assert [event.name for event in facts] == [
            "message_added",
            "message_added",
            "generation_started",
            "generation_ended",
        ]
        assert [event.payload["revision"] for event in facts] == list(range(end["revision"] + 1, end["revision"] + 5))
        sent = check_message(facts[0].payload["message"])
        assert (sent["content"], sent["client_message_id"]) == (queued["content"], queued["client_message_id"])
        assert sent["parent_id"] == first["assistant_message_id"]
    assert times_asked(upstream, queued["content"]) == 1
    assert opened(tab, first)["queue"]["questions"] == []


def test_a_series_is_sent_one_after_the_other_in_order(client, tab, upstream):
    first = tab.ask(SOON)
    texts = [queue(tab, first)["content"] for _ in range(4)]
    snapshot = until_idle(tab, first, 10)
    assert asked(client, first) == [first["message"]["content"], *texts]
    assert {one["status"] for one in snapshot["messages"]} == {"complete"}
    assert [times_asked(upstream, text) for text in texts] == [1] * 4


def test_a_stop_holds_the_queue_and_sending_it_goes_on(client, tab, running):
    one, two = queue(tab, running), queue(tab, running)
    tab.ok("stop_generation", generation_id=running["generation_id"])
    assert opened(tab, running)["queue"]["questions"] == [one, two]
    assert opened(tab, running)["running"] == []
    assert tab.ok("send_queued", queued_id=one["id"]) == {"ok": True}
    until_idle(tab, running, 6)
    assert asked(client, running)[1:] == [one["content"], two["content"]]


def test_a_failed_answer_holds_the_queue_until_one_in_its_place_is_complete(client, tab):
    first = tab.ask("script?tokens=150&rate=50&fault=error&at=140")
    queued = queue(tab, first)
    tab.wait_ended(first["generation_id"])
    assert opened(tab, first)["queue"]["questions"] == [queued]
    again = tab.ok("regenerate", message_id=first["assistant_message_id"], model=FAST)
    moved = tab.wait_for(lambda tab: [f for f in tab.facts("queue_changed") if f["queue"]["revision"] == 2])[0]
    assert moved["queue"]["questions"][0]["parent_id"] == again["assistant_message_id"]
    snapshot = until_idle(tab, first, 4)
    assert snapshot["messages"][2]["content"] == queued["content"]
    assert snapshot["messages"][2]["parent_id"] == again["assistant_message_id"]


def test_stop_and_send_now_from_another_tab(client, tab, running, upstream):
    one, two = queue(tab, running), queue(tab, running)
    other = client.tab()
    assert other.ok("send_queued", queued_id=two["id"]) == {"ok": True}
    assert tab.wait_ended(running["generation_id"])["status"] == "stopped"
    until_idle(tab, running, 6)
    assert asked(client, running)[1:] == [two["content"], one["content"]]
    assert times_asked(upstream, two["content"]) == 1


def test_of_two_tabs_that_edit_the_later_gets_a_conflict(client, tab, running):
    queued = queue(tab, running)
    edits = [{"queued_id": queued["id"], "revision": 1, "content": unique()} for _ in range(2)]
    tabs = [tab, client.tab()]
    acks = together(lambda pair: pair[0].command("edit_queued", pair[1]), list(zip(tabs, edits, strict=True)))
    (edited,) = [ack["queued"] for ack in acks if ack["ok"]]
    (error,) = [ack["error"] for ack in acks if not ack["ok"]]
    check_error(error, code="conflict")
    assert opened(tab, running)["queue"]["questions"] == [edited]


def test_of_two_tabs_that_send_the_same_now_one_question_comes(client, tab, running, upstream):
    queued = queue(tab, running)
    acks = together(lambda tab: tab.command("send_queued", {"queued_id": queued["id"]}), [tab, client.tab()])
    assert any(ack["ok"] for ack in acks)
    until_idle(tab, running, 4)
    assert asked(client, running)[1:] == [queued["content"]]
    assert times_asked(upstream, queued["content"]) == 1


def test_a_question_taken_back_or_moved_is_so_in_every_tab(client, tab, running):
    ids = [queue(tab, running)["id"] for _ in range(3)]
    other = client.tab()
    opened(other, running)
    tab.ok("move_queued", queued_id=ids[2], before=ids[0])
    tab.ok("take_back_queued", queued_id=ids[1])
    fact = other.wait_for(lambda tab: [f for f in tab.facts("queue_changed") if f["queue"]["revision"] == 5])[0]
    assert [one["id"] for one in fact["queue"]["questions"]] == [ids[2], ids[0]]
    assert [one["id"] for one in opened(other, running)["queue"]["questions"]] == [ids[2], ids[0]]
    for command in ("edit_queued", "take_back_queued", "send_queued"):
        edit = {"revision": 1, "content": "x"} if command == "edit_queued" else {}
        check_error(tab.error(command, {"queued_id": ids[1], **edit}), code="not_found")


def test_the_same_command_by_many_sockets_queues_one_question(client, tab, running):
    request = {
        "conversation_id": running["conversation"]["id"],
        "client_message_id": new_id(),
        "content": unique(),
        "queue": True,
    }
    acks = together(lambda tab: tab.ok("send_message", **request), [client.tab() for _ in range(6)])
    assert all(ack["queued"] == acks[0]["queued"] for ack in acks)
    assert opened(tab, running)["queue"]["questions"] == [acks[0]["queued"]]
    check_error(tab.error("send_message", {**request, "content": unique()}), code="conflict")


def test_a_client_without_a_queue_is_refused_as_before(tab, running):
    request = {"conversation_id": running["conversation"]["id"], "client_message_id": new_id(), "content": unique()}
    check_error(tab.error("send_message", request), code="conflict")


def test_a_full_queue_is_busy_and_says_so(client, tab, running):
    limit = client.post("/api/session").json["limits"]["queued_questions"]
    for _ in range(limit):
        queue(tab, running)
    request = {"conversation_id": running["conversation"]["id"], "client_message_id": new_id(), "content": unique()}
    error = check_error(tab.error("send_message", {**request, "queue": True}), code="busy")
    assert str(limit) in error["message"]


def test_deleting_the_conversation_sends_nothing_and_an_undo_brings_the_queue_back(client, tab, running, upstream):
    queued = queue(tab, running)
    path = f"/api/conversations/{running['conversation']['id']}"
    assert client.delete(path).status == 204
    assert client.patch(path, {"deleted": False}).status == 200
    assert opened(tab, running)["queue"]["questions"] == [queued]
    assert upstream.calls(queued["content"]) == []


def test_queued_questions_are_neither_exported_nor_found(client, tab, running):
    queued = queue(tab, running, content=unique("nowhere else"))
    word = queued["content"].split()[-1]
    export = client.get(f"/api/conversations/{running['conversation']['id']}/export")
    assert word.encode() not in export.body
    assert client.get(f"/api/conversations?q={word}").json["conversations"] == []


def test_a_rate_is_waited_for_and_a_stop_ends_the_wait(module_server, new_client, upstream):
    tab = new_client(module_server(CHATAPP_MESSAGES_PER_MINUTE="1")).tab()
    first = tab.ask(LONG)
    queued = queue(tab, first)
    tab.ok("send_queued", queued_id=queued["id"])
    snapshot = opened(tab, first)
    waiting = snapshot["messages"][3]
    assert waiting["status"] == "running"
    assert [one["message_id"] for one in snapshot["running"]] == [waiting["id"]]
    assert tab.ok("stop_generation", generation_id=waiting["generation_id"])["status"] == "stopped"
    assert upstream.calls(queued["content"]) == []

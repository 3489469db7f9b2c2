"""Concurrent identical questions are one call to the model, with an answer each."""

import itertools

import pytest

from support.tab import unique
from support.waiting import eventually

SLOW = "script?tokens=200&rate=100"
ENDLESS = "script?tokens=100000&rate=100"


def ended_by(upstream, content):
    """Return the side that ended the one call, None while it runs."""
    calls = upstream.calls(content)
    assert len(calls) <= 1, calls
    return calls[0]["ended_by"] if calls else None


def test_ten_identical_questions_from_five_tabs_are_one_call(client, upstream):
    content, tabs = unique(), [client.tab() for _ in range(5)]
    questions = [(tab, tab.ask("script?tokens=60&rate=100", content=content)) for tab in tabs for _ in range(2)]
    ended = [tab.wait_ended(ack["generation_id"]) for tab, ack in questions]
    assert len(upstream.calls(content)) == 1
    assert len({ack["generation_id"] for _, ack in questions}) == 10
    assert len({ack["conversation"]["id"] for _, ack in questions}) == 10
    assert {one["status"] for one in ended} == {"complete"}
    assert len({one["message"]["content"] for one in ended}) == 1
    for (tab, ack), end in zip(questions, ended, strict=True):
        assert tab.text(ack["generation_id"]) == end["message"]["content"]
        seqs = [token["seq"] for token in tab.tokens(ack["generation_id"])]
        assert seqs == list(range(1, end["seq"]))
        assert end["message"]["usage"] == ended[0]["message"]["usage"]


def test_a_late_subscriber_gets_the_text_so_far_at_once(tab, upstream):
    content = unique()
    first = tab.ask(SLOW, content=content)
    tab.wait_text(first["generation_id"], "40 ")
    second = tab.ask(SLOW, content=content)
    tab.wait_for(lambda tab: tab.tokens(second["generation_id"]), what="its first token")
    assert "40 " in tab.tokens(second["generation_id"])[0]["text"]
    one, two = (tab.wait_ended(ack["generation_id"])["message"] for ack in (first, second))
    assert one["content"] == two["content"]
    assert two["cached"] is False
    assert len(upstream.calls(content)) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_stops_in_every_order_end_only_their_own_answer(tab, upstream, order):
    content = unique()
    acks = [tab.ask(ENDLESS, content=content) for _ in range(3)]
    for ack in acks:
        tab.wait_text(ack["generation_id"], "5 ")
    for number, index in enumerate(order):
        stopped = acks[index]["generation_id"]
        assert tab.ok("stop_generation", generation_id=stopped)["status"] == "stopped"
        for other in order[number + 1 :]:
            going = acks[other]["generation_id"]
            length = len(tab.text(going))
            tab.wait_for(lambda tab, going=going, length=length: len(tab.text(going)) > length, what="more text")
        if number < 2:
            assert ended_by(upstream, content) is None
    eventually(lambda: ended_by(upstream, content) == "client", what="the end of the call")


def test_the_others_get_the_whole_answer_when_the_first_is_stopped(tab, upstream):
    content, model = unique(), "script?tokens=60&rate=100"
    first, second = (tab.ask(model, content=content) for _ in range(2))
    tab.wait_text(second["generation_id"], "5 ")
    tab.ok("stop_generation", generation_id=first["generation_id"])
    assert tab.wait_ended(second["generation_id"])["status"] == "complete"
    again = tab.ask_and_wait(model, content=content)
    assert tab.wait_ended(again["generation_id"])["message"]["cached"] is True
    assert len(upstream.calls(content)) == 1


def test_deleting_a_conversation_does_not_end_a_shared_call(client, tab, upstream):
    content = unique()
    first, second = (tab.ask(SLOW, content=content) for _ in range(2))
    tab.wait_text(first["generation_id"], "5 ")
    client.delete(f"/api/conversations/{first['conversation']['id']}")
    assert tab.wait_ended(second["generation_id"])["status"] == "complete"
    assert len(upstream.calls(content)) == 1


def test_a_shared_failure_fails_every_answer_and_is_not_reused(tab, upstream):
    content, model = unique(), "script?tokens=60&rate=100&first=1.5&fault=error&at=20"
    acks = [tab.ask(model, content=content) for _ in range(3)]
    ended = [tab.wait_ended(ack["generation_id"]) for ack in acks]
    assert {one["status"] for one in ended} == {"failed"}
    assert len({one["message"]["content"] for one in ended}) == 1
    assert len(upstream.calls(content)) == 1
    tab.ask_and_wait(model, content=content)
    assert len(upstream.calls(content)) == 2


def test_regenerate_does_not_share_calls(tab, upstream):
    content = unique()
    ack = tab.ask_and_wait("script?tokens=60&rate=1000", content=content)
    running = [
        tab.ok("regenerate", message_id=ack["assistant_message_id"], model="script?tokens=60&rate=60") for _ in range(2)
    ]
    for one in running:
        tab.wait_ended(one["generation_id"])
    assert len(upstream.calls(content)) == 3


def test_owners_do_not_share_calls(new_client, upstream):
    content, model = unique(), "script?tokens=60&rate=100"
    tabs = [new_client().tab() for _ in range(2)]
    acks = [tab.ask(model, content=content) for tab in tabs]
    for tab, ack in zip(tabs, acks, strict=True):
        tab.wait_ended(ack["generation_id"])
    assert len(upstream.calls(content)) == 2


def test_owners_share_calls_if_configured(new_server, new_client, upstream):
    server, content, model = new_server(CHATAPP_CACHE="shared"), unique(), "script?tokens=60&rate=100"
    tabs = [new_client(server).tab() for _ in range(2)]
    acks = [tab.ask(model, content=content) for tab in tabs]
    for tab, ack in zip(tabs, acks, strict=True):
        assert tab.wait_ended(ack["generation_id"])["status"] == "complete"
    assert len(upstream.calls(content)) == 1


def test_questions_at_the_end_of_an_answer_share_it(tab, upstream):
    """No question falls between the end of the call and the answer in the cache."""
    content, model = unique(), "script?tokens=40&rate=200"
    acks = [tab.ask(model, content=content)]
    while not tab.facts("generation_ended", generation_id=acks[0]["generation_id"]):
        acks.append(tab.ask(model, content=content))
        if len(acks) > 15:
            break
    for ack in acks:
        assert tab.wait_ended(ack["generation_id"])["status"] == "complete"
    assert len(upstream.calls(content)) == 1

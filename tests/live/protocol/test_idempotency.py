"""The same client id again: the same ack, one upstream call, or a conflict."""

import pytest

from support.shapes import check_error
from support.tab import new_id, unique
from support.together import together

FAST = "script?tokens=20&rate=200"


def payload(**fields):
    return {
        "conversation_id": None,
        "client_message_id": new_id(),
        "content": unique(),
        "model": FAST,
        **fields,
    }


def stable(ack):
    """Return the parts of an ack that must equal those of another: all but the conversation's later state."""
    return {**ack, "conversation": ack["conversation"]["id"]}


def test_the_same_message_sent_by_ten_sockets_at_once_is_stored_once(client, upstream):
    tabs, request = [client.tab() for _ in range(10)], payload()
    acks = together(lambda tab: tab.ok("send_message", **request), tabs)
    assert all(stable(ack) == stable(acks[0]) for ack in acks)
    for tab in tabs:
        assert tab.wait_ended(acks[0]["generation_id"])["status"] == "complete"
    assert len(upstream.calls(request["content"])) == 1
    assert len(client.saved(acks[0]["conversation"]["id"])) == 2


def test_the_same_edit_or_regenerate_sent_by_many_sockets_is_one_branch(client, tab, upstream):
    first = tab.ask_and_wait(FAST)
    tabs = [client.tab() for _ in range(5)]
    edit = {"message_id": first["message"]["id"], "client_message_id": new_id(), "content": unique()}
    acks = together(lambda tab: tab.ok("edit_message", model=FAST, **edit), tabs)
    assert all(stable(ack) == stable(acks[0]) for ack in acks)
    again = {"message_id": first["assistant_message_id"], "client_message_id": new_id(), "model": FAST}
    others = together(lambda tab: tab.ok("regenerate", **again), tabs)
    assert all(ack == others[0] for ack in others)
    for ack in (acks[0], others[0]):
        siblings = tab.wait_ended(ack["generation_id"])["message"]["sibling_ids"]
        assert len(siblings) == (1 if ack is acks[0] else 2)
    assert len(upstream.calls(edit["content"])) == 1
    assert len(upstream.calls(first["message"]["content"])) == 2


def test_of_two_concurrent_payloads_with_one_id_one_is_a_conflict(client):
    request = payload()
    requests = [request, {**request, "content": unique()}]
    tabs = [client.tab() for _ in requests]
    acks = together(lambda pair: pair[0].command("send_message", pair[1]), list(zip(tabs, requests, strict=True)))
    assert sorted(ack["ok"] for ack in acks) == [False, True]
    refused = next(ack for ack in acks if not ack["ok"])
    check_error(refused["error"], code="conflict")


def test_the_same_message_after_the_end_gets_the_first_ack(tab, upstream):
    request = payload()
    first = tab.ok("send_message", **request)
    tab.wait_ended(first["generation_id"])
    assert stable(tab.ok("send_message", **request)) == stable(first)
    assert len(upstream.calls(request["content"])) == 1


def test_the_same_edit_again_gets_the_first_ack(tab, upstream):
    first = tab.ask_and_wait(FAST)
    request = {
        "message_id": first["message"]["id"],
        "client_message_id": new_id(),
        "content": unique(),
        "model": FAST,
    }
    one, two = tab.ok("edit_message", **request), tab.ok("edit_message", **request)
    assert stable(one) == stable(two)
    tab.wait_ended(one["generation_id"])
    assert len(upstream.calls(request["content"])) == 1


def test_a_repeated_send_from_a_new_socket_joins_its_room(client, tab):
    """A tab that lost its connection before the ack sends again, and then follows the answer."""
    request = payload(model="script?tokens=1000&rate=50")
    tab.send("send_message", request)
    tab.drop()
    again = client.tab()
    ack = again.ok("send_message", **request)
    again.wait_for(lambda tab: tab.tokens(ack["generation_id"]), what="tokens in the new socket")
    again.ok("stop_generation", generation_id=ack["generation_id"])


@pytest.mark.parametrize(
    "change",
    [
        {"content": "something else"},
        {"model": "script?tokens=4"},
        {"options": {"temperature": 1}},
        {"system_prompt": "another"},
        {"conversation_id": new_id()},
        {"parent_id": new_id(), "conversation_id": new_id()},
    ],
    ids=lambda change: "+".join(change),
)
def test_the_same_id_with_another_payload_is_a_conflict_before_any_other_check(tab, upstream, change):
    request = payload()
    ack = tab.ok("send_message", **request)
    check_error(tab.error("send_message", {**request, **change}), code="conflict")
    tab.wait_ended(ack["generation_id"])
    assert len(upstream.calls(request["content"])) == 1


def test_the_id_of_a_sent_message_cannot_edit_or_regenerate(tab):
    request = payload()
    ack = tab.ok("send_message", **request)
    tab.wait_ended(ack["generation_id"])
    used = {"client_message_id": request["client_message_id"]}
    edit = {"message_id": ack["message"]["id"], "content": request["content"], **used}
    check_error(tab.error("edit_message", edit), code="conflict")
    check_error(tab.error("regenerate", {"message_id": ack["assistant_message_id"], **used}), code="conflict")
    check_error(tab.error("edit_message", {**edit, "message_id": new_id()}), code="conflict")


def test_client_ids_are_per_owner(new_client):
    request = payload()
    acks = [new_client().tab().ok("send_message", **request) for _ in range(2)]
    assert acks[0]["conversation"]["id"] != acks[1]["conversation"]["id"]

"""Edit, regenerate, select: branches of the tree, and several answers at once."""

import pytest

from support.reader import Channel, Reader
from support.shapes import check_conversation, check_error, check_message
from support.tab import new_id, unique

FAST = "script?tokens=8&rate=400"
SLOW = "script?tokens=1000&rate=40"


def path(tab, conversation_id, **fields):
    opened = tab.ok("open_conversation", conversation_id=conversation_id, **fields)
    return [message["id"] for message in opened["messages"]]


def edit(tab, message_id, **fields):
    fields = {"client_message_id": new_id(), "content": unique("edited"), "model": FAST, **fields}
    return tab.ok("edit_message", message_id=message_id, **fields)


def test_an_edit_is_a_sibling_with_an_answer_of_its_own(client, tab):
    first = tab.ask_and_wait(FAST)
    ack = edit(tab, first["message"]["id"])
    assert set(ack) == {"ok", "conversation", "message", "generation_id", "assistant_message_id"}
    check_conversation(ack["conversation"])
    message = check_message(ack["message"])
    assert message["parent_id"] == first["message"]["parent_id"]
    assert message["sibling_ids"] == [first["message"]["id"], message["id"]]
    ended = tab.wait_ended(ack["generation_id"])
    assert ended["message"]["parent_id"] == message["id"]
    conversation_id = first["conversation"]["id"]
    assert path(tab, conversation_id) == [message["id"], ack["assistant_message_id"]]
    old = path(tab, conversation_id, leaf_id=first["assistant_message_id"])
    assert old == [first["message"]["id"], first["assistant_message_id"]]


def test_an_edit_announces_both_messages_to_the_room(client, tab):
    first = tab.ask_and_wait(FAST)
    before = len(tab.facts("message_added"))
    ack = edit(tab, first["message"]["id"])
    tab.wait_ended(ack["generation_id"])
    added = [fact["message"]["id"] for fact in tab.facts("message_added")[before:]]
    assert added == [ack["message"]["id"], ack["assistant_message_id"]]


def test_regenerate_makes_a_sibling_and_calls_the_upstream_again(tab, upstream):
    first = tab.ask_and_wait(FAST)
    ack = tab.ok("regenerate", message_id=first["assistant_message_id"], model=FAST)
    assert set(ack) == {"ok", "generation_id", "assistant_message_id"}
    message = tab.wait_ended(ack["generation_id"])["message"]
    assert message["sibling_ids"] == [first["assistant_message_id"], ack["assistant_message_id"]]
    assert (message["parent_id"], message["cached"]) == (first["message"]["id"], False)
    assert len(upstream.calls(first["message"]["content"])) == 2
    assert path(tab, first["conversation"]["id"])[-1] == ack["assistant_message_id"]


def test_regenerate_twice_with_one_client_id_is_one_answer(tab, upstream):
    first = tab.ask_and_wait(FAST)
    payload = {"message_id": first["assistant_message_id"], "client_message_id": new_id(), "model": FAST}
    one, two = tab.ok("regenerate", **payload), tab.ok("regenerate", **payload)
    assert one == two
    tab.wait_ended(one["generation_id"])
    assert len(upstream.calls(first["message"]["content"])) == 2


def test_regenerate_without_a_client_id_is_a_new_answer_each_time(tab):
    first = tab.ask_and_wait(FAST)
    acks = [tab.ok("regenerate", message_id=first["assistant_message_id"], model=FAST) for _ in range(2)]
    for ack in acks:
        tab.wait_ended(ack["generation_id"])
    assert acks[0]["assistant_message_id"] != acks[1]["assistant_message_id"]


@pytest.mark.parametrize("way", ["edit", "regenerate"])
def test_a_running_branch_continues_beside_a_new_one(client, tab, way):
    first = tab.ask(SLOW)
    if way == "edit":
        second = edit(tab, first["message"]["id"])
    else:
        second = tab.ok("regenerate", message_id=first["assistant_message_id"], model=FAST)
    assert tab.wait_ended(second["generation_id"])["status"] == "complete"
    opened = tab.ok("open_conversation", conversation_id=first["conversation"]["id"])
    assert opened["conversation"]["running"] == [first["generation_id"]]
    seen = len(tab.tokens(first["generation_id"]))
    tab.wait_for(lambda tab: len(tab.tokens(first["generation_id"])) > seen)
    assert tab.ok("stop_generation", generation_id=first["generation_id"])["status"] == "stopped"


def test_concurrent_branches_and_conversations_do_not_mix(client, tab):
    model = "script?tokens=40&rate=200"
    acks = [tab.ask(model), tab.ask(model)]
    for ack in list(acks):
        regenerated = tab.ok("regenerate", message_id=ack["assistant_message_id"], model=model)
        acks.append(regenerated)
    text = "".join(f"{number} " for number in range(1, 41))
    for ack in acks:
        assert tab.wait_ended(ack["generation_id"])["message"]["content"] == text
        assert tab.text(ack["generation_id"]) == text


def test_selecting_a_branch_makes_its_newest_leaf_the_active_one(client, tab):
    first = tab.ask_and_wait(FAST)
    conversation_id = first["conversation"]["id"]
    second = tab.ask_and_wait(FAST, conversation_id)
    third = edit(tab, first["message"]["id"])
    tab.wait_ended(third["generation_id"])
    ack = tab.ok("select_branch", conversation_id=conversation_id, message_id=first["message"]["id"])
    assert set(ack) == {"ok", "conversation"}
    assert check_conversation(ack["conversation"])["active_leaf_id"] == second["assistant_message_id"]
    assert path(tab, conversation_id)[-1] == second["assistant_message_id"]
    following = tab.ask_and_wait(FAST, conversation_id)
    assert following["message"]["parent_id"] == second["assistant_message_id"]


def test_selecting_a_branch_moves_no_open_tab_and_leaves_no_gap(client, tab):
    first = tab.ask_and_wait(FAST)
    conversation_id = first["conversation"]["id"]
    other = edit(tab, first["message"]["id"])
    tab.wait_ended(other["generation_id"])
    reader = Reader(client.tab(), conversation_id)
    tab.ok("select_branch", conversation_id=conversation_id, message_id=first["message"]["id"])
    last = tab.ask_and_wait(FAST, conversation_id)
    reader.tab.wait_ended(last["generation_id"])
    reader.drain(Channel())
    reader.follow(Channel())
    assert reader.opened == 1, "no gap in the revision made it open again"
    assert reader.shown(last["assistant_message_id"]) == "".join(f"{n} " for n in range(1, 9))


def test_only_a_users_message_is_edited_and_only_an_assistants_regenerated(tab):
    first = tab.ask_and_wait(FAST)
    fields = {"client_message_id": new_id(), "content": unique()}
    error = tab.error("edit_message", {"message_id": first["assistant_message_id"], **fields})
    assert "message_id" in check_error(error, code="invalid")["message"]
    error = tab.error("regenerate", {"message_id": first["message"]["id"]})
    assert "message_id" in check_error(error, code="invalid")["message"]


def test_unknown_ids_are_not_found(tab):
    conversation_id = tab.ask_and_wait(FAST)["conversation"]["id"]
    fields = {"client_message_id": new_id(), "content": unique()}
    check_error(tab.error("edit_message", {"message_id": new_id(), **fields}), code="not_found")
    check_error(tab.error("regenerate", {"message_id": new_id()}), code="not_found")
    payload = {"conversation_id": conversation_id, "message_id": new_id()}
    check_error(tab.error("select_branch", payload), code="not_found")

"""Refused commands, and the parents that a question may have."""

import pytest

from chatapp.chat import conversations
from chatapp.errors import Conflict, Invalid, NotFound
from chatapp.ids import new_id
from chatapp.protocol.payloads import (
    CreateConversation,
)
from support.core import OTHER, OWNER, question
from unit.chat.send.commands import continue_, counts, edit, prompt_of, regenerate


@pytest.mark.parametrize("owner", [OWNER, OTHER], ids=["missing", "another owner's"])
def test_missing_and_other_owners_objects_are_not_found(core, exchange, owner):
    conversation_id, question_id, answer_id = (new_id(),) * 3 if owner == OWNER else exchange
    before = counts()
    with pytest.raises(NotFound, match="no such conversation"):
        core.sender.send(owner, question("Hello", conversation_id))
    for command, request in (
        (core.sender.edit, edit(question_id)),
        (core.sender.regenerate, regenerate(answer_id)),
        (core.sender.continue_, continue_(answer_id)),
    ):
        with pytest.raises(NotFound, match="no such message"):
            command(owner, request)
    assert counts() == before


def test_a_deleted_conversation_takes_no_questions(core, exchange):
    conversations.mark_deleted(OWNER, exchange[0])
    with pytest.raises(NotFound):
        core.send("Second", exchange[0])
    with pytest.raises(NotFound):
        core.sender.regenerate(OWNER, regenerate(exchange[2]))


def test_a_command_for_the_wrong_kind_of_message_is_invalid(core, exchange):
    _, question_id, answer_id = exchange
    with pytest.raises(Invalid, match="must be a user's"):
        core.sender.edit(OWNER, edit(answer_id))
    for command, request in (
        (core.sender.regenerate, regenerate(question_id)),
        (core.sender.continue_, continue_(question_id)),
    ):
        with pytest.raises(Invalid, match="must be an assistant's"):
            command(OWNER, request)


def test_only_a_new_conversation_takes_a_system_prompt(core, exchange):
    with pytest.raises(Invalid, match="new conversations only"):
        core.send("Second", exchange[0], system_prompt="Be brief.")


def test_a_complete_answer_cannot_be_continued(core, exchange):
    with pytest.raises(Conflict, match="nothing to continue"):
        core.sender.continue_(OWNER, continue_(exchange[2]))


def test_an_answer_on_its_first_run_cannot_be_continued(core):
    with pytest.raises(Conflict, match="still being written"):
        core.sender.continue_(OWNER, continue_(core.send().ack["assistant_message_id"]))


def test_a_question_can_follow_an_earlier_answer(core, exchange):
    conversation_id, _, answer_id = exchange
    core.exchange("Second", conversation_id)
    result = core.send("Instead", conversation_id, parent_id=answer_id)
    assert result.ack["message"]["parent_id"] == answer_id
    assert len(result.ack["message"]["sibling_ids"]) == 2
    assert prompt_of(result)[-2:] == [("assistant", "You said: First"), ("user", "Instead")]


def test_a_question_with_parent_null_is_a_new_root(core, exchange):
    conversation_id, question_id, _ = exchange
    result = core.send("Anew", conversation_id, parent_id=None)
    assert result.ack["message"]["parent_id"] is None
    assert result.ack["message"]["sibling_ids"] == [question_id, result.ack["message"]["id"]]
    assert prompt_of(result) == [("user", "Anew")]


def test_the_parent_must_be_a_message_of_the_conversation(core, exchange):
    other = core.exchange("Elsewhere").ack
    for parent_id in (new_id(), other["assistant_message_id"]):
        with pytest.raises(NotFound, match="parent_id"):
            core.send("Second", exchange[0], parent_id=parent_id)
    with pytest.raises(NotFound, match="parent_id"):
        core.send("First", None, parent_id=exchange[2])


def test_a_question_cannot_follow_a_question(core, exchange):
    with pytest.raises(Conflict, match="only follow an answer"):
        core.send("Second", exchange[0], parent_id=exchange[1])


def test_a_question_cannot_follow_a_running_answer(core):
    running = core.send()
    for parent in ({}, {"parent_id": running.ack["assistant_message_id"]}):
        with pytest.raises(Conflict, match="answer above is still being written"):
            core.send("Second", running.conversation_id, **parent)


def test_a_conversation_without_messages_takes_a_first_question(core):
    empty = conversations.create(OWNER, CreateConversation())
    result = core.send("Hello", empty["id"])
    assert result.ack["message"]["parent_id"] is None
    assert not result.effects.is_new_conversation

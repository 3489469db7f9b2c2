"""Ownership: objects of another owner are not found."""

import pytest

from chatapp.chat import conversations, ownership
from chatapp.errors import NotFound
from chatapp.ids import new_id
from chatapp.storage.database import db
from support.core import OTHER, OWNER


@pytest.fixture
def ack(core):
    return core.exchange().ack


def owned(owner, ack, **options):
    """Look up the conversation, its message and its generation; return their ids, None where one is not found."""
    found = []
    with db.read() as session:
        for find in (
            lambda: ownership.owned_conversation(session, owner, ack["conversation"]["id"], **options).id,
            lambda: ownership.owned_message(session, owner, ack["message"]["id"])[1].id,
            lambda: ownership.owned_generation(session, owner, ack["generation_id"]).id,
        ):
            try:
                found.append(find())
            except NotFound:
                found.append(None)
    return found


def test_the_owner_finds_all(ack):
    assert owned(OWNER, ack) == [ack["conversation"]["id"], ack["message"]["id"], ack["generation_id"]]


def test_other_owners_find_nothing(ack):
    assert owned(OTHER, ack) == [None, None, None]


def test_missing_objects_are_not_found(database):
    missing = {"conversation": {"id": new_id()}, "message": {"id": new_id()}, "generation_id": new_id()}
    assert owned(OWNER, missing) == [None, None, None]


def test_a_deleted_conversation_is_found_only_to_restore_it(ack):
    conversations.mark_deleted(OWNER, ack["conversation"]["id"])
    assert owned(OWNER, ack) == [None, None, None]
    assert owned(OWNER, ack, deleted=True) == [ack["conversation"]["id"], None, None]
    assert owned(OTHER, ack, deleted=True) == [None, None, None]


def test_the_error_does_not_reveal_whether_another_owner_has_it(ack):
    texts = set()
    with db.read() as session:
        for message_id in (ack["message"]["id"], new_id()):
            with pytest.raises(NotFound) as refused:
                ownership.owned_message(session, OTHER, message_id)
            texts.add(refused.value.message)
    assert len(texts) == 1


def test_a_message_is_a_member_of_its_own_conversation_only(core, ack):
    other = core.exchange("Elsewhere")
    with db.read() as session:
        conversation = ownership.owned_conversation(session, OWNER, ack["conversation"]["id"])
        assert ownership.member(session, conversation, ack["message"]["id"]).id == ack["message"]["id"]
        for message_id in (other.ack["message"]["id"], new_id()):
            with pytest.raises(NotFound):
                ownership.member(session, conversation, message_id)

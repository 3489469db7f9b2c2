"""Ownership checks. An object of another owner is reported as missing."""

from sqlalchemy.orm import Session

from chatapp.errors import NotFound
from chatapp.storage.tables import Conversation, Generation, Message


def owned_conversation(
    session: Session, owner: str, conversation_id: str, *, deleted: bool = False, lock: bool = False
) -> Conversation:
    """Return the owner's conversation. Raises NotFound. `deleted`: also a deleted one; `lock`: its row for update."""
    row = session.get(Conversation, conversation_id, with_for_update=lock or None)
    if row is None or row.owner != owner or (row.deleted_at is not None and not deleted):
        raise NotFound("There is no such conversation.")
    return row


def owned_message(session: Session, owner: str, message_id: str, *, lock: bool = False) -> tuple[Conversation, Message]:
    """Return an owner's message and its conversation. Raises NotFound. `lock`: the conversation's row for update."""
    message = session.get(Message, message_id)
    if message is None:
        raise NotFound("There is no such message.")
    try:
        return owned_conversation(session, owner, message.conversation_id, lock=lock), message
    except NotFound:
        raise NotFound("There is no such message.") from None


def owned_generation(session: Session, owner: str, generation_id: str) -> Generation:
    """Return an owner's generation. Raises NotFound."""
    row = session.get(Generation, generation_id)
    conversation = row and session.get(Conversation, row.conversation_id)
    if row is None or not conversation or conversation.owner != owner or conversation.deleted_at is not None:
        raise NotFound("There is no such generation.")
    return row


def member(session: Session, conversation: Conversation, message_id: str) -> Message:
    """Return a message of the conversation. Raises NotFound."""
    message = session.get(Message, message_id)
    if message is None or message.conversation_id != conversation.id:
        raise NotFound("There is no such message in this conversation.")
    return message

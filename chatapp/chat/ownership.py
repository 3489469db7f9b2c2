"""Whose a conversation, a message or a generation is. What is another's does not exist for the asker."""

from sqlalchemy.orm import Session

from chatapp.errors import NotFound
from chatapp.storage.tables import Conversation, Generation, Message


def owned_conversation(
    session: Session, owner: str, conversation_id: str, *, deleted: bool = False, lock: bool = False
) -> Conversation:
    """Return the owner's conversation. Raises NotFound, also for another's and, unless `deleted`, a deleted one."""
    row = session.get(Conversation, conversation_id, with_for_update=lock or None)
    if row is None or row.owner != owner or (row.deleted_at is not None and not deleted):
        raise NotFound("There is no such conversation.")
    return row


def owned_message(session: Session, owner: str, message_id: str, *, lock: bool = False) -> tuple[Conversation, Message]:
    """Return a message and its conversation. Raises NotFound, also for another's. `lock`: the conversation."""
    message = session.get(Message, message_id)
    if message is None:
        raise NotFound("There is no such message.")
    try:
        return owned_conversation(session, owner, message.conversation_id, lock=lock), message
    except NotFound:
        raise NotFound("There is no such message.") from None


def owned_generation(session: Session, owner: str, generation_id: str) -> Generation:
    """Return a generation. Raises NotFound, also for another's."""
    row = session.get(Generation, generation_id)
    conversation = row and session.get(Conversation, row.conversation_id)
    if row is None or not conversation or conversation.owner != owner or conversation.deleted_at is not None:
        raise NotFound("There is no such generation.")
    return row


def member(session: Session, conversation: Conversation, message_id: str) -> Message:
    """Return a message of a conversation. Raises NotFound for another conversation's."""
    message = session.get(Message, message_id)
    if message is None or message.conversation_id != conversation.id:
        raise NotFound("There is no such message in this conversation.")
    return message

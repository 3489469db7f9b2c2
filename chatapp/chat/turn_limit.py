"""The turn limit of a conversation that has become too long for its model: it keeps the one that worked."""

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from chatapp.providers.base import Notice
from chatapp.storage.tables import Conversation, Message

OPTION = "max_turns"


def keep(session: Session, conversation: Conversation, message: Message) -> dict[str, Any] | None:
    """Set a conversation's limit to that of a complete answer, if the one before was refused as too long.

    That is one to the same question, or the one above it, as the question may have been sent again. Every further
    question would be refused for the same reason. Returns the notice for the answer, or None.
    """
    turns = (message.options or {}).get(OPTION)
    kept = (conversation.options or {}).get(OPTION)
    if turns is None or (kept is not None and kept <= turns) or not _was_too_long(session, message):
        return None
    conversation.options = {**(conversation.options or {}), OPTION: turns}
    notice = Notice(
        "The conversation had become too long for the model. From now on at most {turns} of the newest turns are sent; "
        "the settings of the conversation can change that.",
        {"turns": str(turns)},
    )
    return {"text": notice.text, "values": notice.values}


def _was_too_long(session: Session, message: Message) -> bool:
    above = select(Message.parent_id).where(Message.id == message.parent_id).scalar_subquery()
    query = select(Message.error).where(
        Message.conversation_id == message.conversation_id,
        or_(Message.parent_id == message.parent_id, Message.id == above),
        Message.status == "failed",
    )
    return any(error and error.get("code") == "context_too_long" for error in session.scalars(query))

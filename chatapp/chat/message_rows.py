"""The rows of a question and of its empty answer, which a command or the end of another answer adds."""

from sqlalchemy.orm import Session

from chatapp.chat import titles
from chatapp.chat.objects import message_objects
from chatapp.chat.storage_quota import message_size
from chatapp.ids import new_id, now
from chatapp.protocol.facts import Fact
from chatapp.storage.tables import Conversation, Message


def add_question(
    session: Session, conversation: Conversation, parent_id: str | None, content: str, client_message_id: str | None
) -> Message:
    """Add a question. Its first words become the title of a conversation that has none."""
    message = Message(
        id=new_id(),
        conversation_id=conversation.id,
        parent_id=parent_id,
        role="user",
        content=content,
        reasoning="",
        status="complete",
        client_message_id=client_message_id,
        cached=False,
        created_at=now(),
    )
    session.add(message)
    conversation.bytes += message_size(content)
    if not conversation.title:
        conversation.title, conversation.titled_by = titles.title_from(content), "words"
    return message


def add_answer(session: Session, conversation: Conversation, parent_id: str | None) -> Message:
    """Add an empty answer."""
    message = Message(
        id=new_id(),
        conversation_id=conversation.id,
        parent_id=parent_id,
        role="assistant",
        content="",
        reasoning="",
        cached=False,
        created_at=now(),
    )
    session.add(message)
    conversation.bytes += message_size()
    return message


def message_facts(session: Session, added: list[Message], revision: int) -> list[Fact]:
    """Return the events of new messages; `revision`: of the first one."""
    return [
        Fact("message_added", {"conversation_id": message["conversation_id"], "revision": number, "message": message})
        for number, message in enumerate(message_objects(session, added), revision)
    ]

"""The place of a new question: the message that it follows, at once or after waiting in the queue."""

from sqlalchemy.orm import Session

from chatapp.chat import question_queue
from chatapp.errors import Conflict, NotFound
from chatapp.protocol.payloads import SendMessage
from chatapp.storage.tables import Conversation, Message


def place_of(
    session: Session, conversation: Conversation, request: SendMessage, queue_limit: int
) -> tuple[str | None, bool]:
    """Return the message that a question follows, and whether it is queued there. Raises NotFound and Conflict."""
    parent_id = _parent_id(session, conversation, request)
    if request.queue:
        return question_queue.place_below(session, conversation, parent_id, look_back=2 * queue_limit + 2)
    if parent_id and session.get_one(Message, parent_id).status == "running":
        raise Conflict("The answer above is still being written. Wait for its end, or stop it.")
    return parent_id, False


def _parent_id(session: Session, conversation: Conversation, request: SendMessage) -> str | None:
    """Return the message that a question names, or the active leaf. Raises NotFound, and Conflict for a question."""
    is_named = "parent_id" in request.model_fields_set
    parent_id = request.parent_id if is_named else conversation.active_leaf_id
    if parent_id is None:
        return None
    parent = session.get(Message, parent_id)
    if parent is None or parent.conversation_id != conversation.id:
        raise NotFound("parent_id: there is no such message in this conversation")
    if parent.role == "user":
        raise Conflict("A message can only follow an answer.")
    return parent_id

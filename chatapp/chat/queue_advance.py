"""Sending queued questions: each becomes a message in the transaction that ends the answer before it.

Its answer is stored, too, as running but not started: `Generation.queued_address`. What takes longer, such as building
its prompt, follows (`chatapp/chat/queued_answers.py`), also by another process if this one dies in between.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from chatapp.chat import question_queue
from chatapp.chat.conversations import touch
from chatapp.chat.message_rows import add_answer, add_question, message_facts
from chatapp.ids import new_id, now
from chatapp.protocol.facts import Fact
from chatapp.storage.tables import Conversation, Generation, Message, QueuedQuestion


@dataclass(frozen=True, slots=True)
class SentQuestion:
    """A queued question that has become a message: the events, and the generation to start."""

    facts: tuple[Fact, ...]
    generation_id: str


def advance(session: Session, conversation: Conversation, answer: Message, worker: str) -> SentQuestion | None:
    """Send the first question that waits for an answer that has just ended, if it is to go on by itself.

    It is held after an answer that is not complete: whoever has asked decides what comes next.
    """
    first = next(iter(question_queue.waiting(session, conversation.id, answer.id)), None)
    if first is None or conversation.deleted_at is not None:
        return None
    if answer.status != "complete" and not first.sends_now:
        return None
    return send(session, conversation, first, worker)


def send(session: Session, conversation: Conversation, row: QueuedQuestion, worker: str) -> SentQuestion:
    """Make a message of a queued question, with an answer that `worker` is to start; the others wait for that one."""
    question_queue.remove(session, conversation, row)
    question = add_question(session, conversation, row.parent_id, row.content, row.client_message_id)
    answer = add_answer(session, conversation, question.id)
    generation_id = new_id()
    answer.status, answer.generation_id = "running", generation_id
    answer.model = row.model or conversation.model or ""
    answer.options = {**(conversation.options or {}), **(row.options or {})}
    conversation.active_leaf_id = answer.id
    session.add(
        Generation(
            id=generation_id,
            conversation_id=conversation.id,
            message_id=answer.id,
            owner=conversation.owner,
            kind="answer",
            model=answer.model,
            status="running",
            worker=worker,
            stop_requested=False,
            log_kept=True,
            seq=0,
            revision=0,
            queued_address=row.address,
            started_at=now(),
        )
    )
    revision = touch(conversation, 2)
    session.flush()
    question_queue.follow(session, conversation, {row.parent_id}, answer.id)
    facts = message_facts(session, [question, answer], revision)
    return SentQuestion((*facts, question_queue.changed(session, conversation)), generation_id)

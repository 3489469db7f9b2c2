"""The commands on queued questions. All raise NotFound for a question that is another owner's, was sent or is gone."""

from dataclasses import dataclass
from typing import Any

from chatapp.chat import question_queue
from chatapp.chat.queue_advance import SentQuestion, send
from chatapp.chat.storage_quota import Quota, message_size
from chatapp.config import Settings
from chatapp.protocol.facts import Fact
from chatapp.protocol.queue_payloads import EditQueued, MoveQueued
from chatapp.storage.database import db
from chatapp.storage.tables import Generation, Message


@dataclass(frozen=True, slots=True)
class QueueChange:
    """The ack of a command, and the events to emit."""

    ack: dict[str, Any]
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Hurry:
    """The effects of `send_queued`: the answer to stop first, or the question that was sent at once."""

    facts: tuple[Fact, ...]
    stops: str | None = None
    sent: SentQuestion | None = None


class QueueCommands:
    """Executes the commands. `worker`: the process that starts the answers."""

    def __init__(self, settings: Settings, worker: str) -> None:
        self._quota = Quota.of(settings)
        self._worker = worker

    def edit(self, owner: str, request: EditQueued) -> QueueChange:
        """Give a question another text. Raises Conflict if it was edited meanwhile, and TooLarge."""
        with db.write() as session:
            conversation, row = question_queue.owned(session, owner, request.queued_id)
            growth = message_size(request.content) - message_size(row.content)
            if growth > 0:
                self._quota.check(session, owner, size=growth)
            is_new = question_queue.edit(session, conversation, row, request)
            facts = (question_queue.changed(session, conversation, row),) if is_new else ()
            return QueueChange({"queued": question_queue.queued_object(row)}, facts)

    def move(self, owner: str, request: MoveQueued) -> QueueChange:
        """Put a question before another one, or at the end."""
        with db.write() as session:
            conversation, row = question_queue.owned(session, owner, request.queued_id)
            question_queue.move(session, row, request.before)
            fact = question_queue.changed(session, conversation)
            return QueueChange({"queue": fact.payload["queue"]}, (fact,))

    def take_back(self, owner: str, queued_id: str) -> QueueChange:
        """Take a question out of the queue; the ack has it once more."""
        with db.write() as session:
            conversation, row = question_queue.owned(session, owner, queued_id)
            ack = {"queued": question_queue.queued_object(row)}
            question_queue.remove(session, conversation, row)
            return QueueChange(ack, (question_queue.changed(session, conversation),))

    def hurry(self, owner: str, queued_id: str) -> Hurry:
        """Send a question next: at once, or as soon as the answer that it waits for is stopped."""
        with db.write() as session:
            conversation, row = question_queue.owned(session, owner, queued_id)
            answer = session.get_one(Message, row.parent_id)
            question_queue.send_next(session, row)
            if answer.status != "running":
                sent = send(session, conversation, row, self._worker)
                return Hurry(sent.facts, sent=sent)
            generation = session.get_one(Generation, answer.generation_id or "")
            return Hurry((question_queue.changed(session, conversation),), stops=generation.id)

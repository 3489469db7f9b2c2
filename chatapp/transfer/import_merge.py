"""Adds to an imported conversation what has come to it at its origin since then. Nothing of it here is changed.

Messages have no lasting ids in all exports, so they are recognized from the beginning on: below the same message, by
role and text. An answer that was incomplete may have been continued here.
"""

from sqlalchemy import insert, select

from chatapp.chat.objects import message_objects
from chatapp.chat.storage_quota import Quota, message_size
from chatapp.errors import Conflict
from chatapp.protocol.facts import Fact
from chatapp.server import concurrency
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Message
from chatapp.transfer.import_rows import SLICE_ROWS, message_row, split_rows
from chatapp.transfer.incoming import IncomingConversation, IncomingMessage
from chatapp.transfer.spool import Summary


class StillRunning(Conflict):
    """An answer is running where new messages belong."""


def merge(
    owner: str, conversation_id: str, incoming: IncomingConversation, summary: Summary, quota: Quota
) -> list[Fact]:
    """Add what is new. Returns the facts of the new messages; none if there are none. Raises TooLarge, StillRunning."""
    here = _Here(conversation_id)
    same, new = here.match(incoming.messages)
    facts: list[Fact] = []
    for rows in split_rows(message_row(conversation_id, message) for message in _answers_first(new)):
        ids = [row["id"] for row in rows]
        with db.write() as session:
            size = sum(message_size(row["content"], row["reasoning"]) for row in rows)
            quota.check(session, owner, size=size)
            session.execute(insert(Message), rows)
            conversation = session.get_one(Conversation, conversation_id)
            conversation.bytes += size
            added = session.scalars(select(Message).where(Message.id.in_(ids)).order_by(Message.id)).all()
            for message in message_objects(session, list(added)):
                conversation.revision += 1
                about = {"conversation_id": conversation_id, "revision": conversation.revision}
                facts.append(Fact("message_added", {**about, "message": message}))
        concurrency.sleep()
    with db.write() as session:
        conversation = session.get_one(Conversation, conversation_id)
        conversation.import_digest = summary.digest
        if new:
            conversation.updated_at = max(conversation.updated_at, incoming.updated_at)
        # Who has gone on here stays there.
        leads_on = {message.id for message in new} & {incoming.active_leaf_id}
        if leads_on and conversation.active_leaf_id in same:
            conversation.active_leaf_id = incoming.active_leaf_id
    return facts


class _Here:
    """The messages of a conversation as it is here."""

    def __init__(self, conversation_id: str) -> None:
        self._below: dict[str | None, list[tuple[str, str, str, str]]] = {}
        last_id = ""
        while True:
            query = select(Message.id, Message.parent_id, Message.role, Message.content, Message.status)
            query = query.where(Message.conversation_id == conversation_id, Message.id > last_id)
            with db.read() as session:
                rows = session.execute(query.order_by(Message.id).limit(SLICE_ROWS)).all()
            for row in rows:
                self._below.setdefault(row.parent_id, []).append((row.id, row.role, row.content, row.status))
            if len(rows) < SLICE_ROWS:
                return
            last_id = rows[-1].id
            concurrency.sleep()

    def match(self, incoming: list[IncomingMessage]) -> tuple[set[str], list[IncomingMessage]]:
        """Return the ids of messages that came before, and the new messages, with their parents here."""
        here: dict[str | None, str | None] = {None: None}
        taken: set[str] = set()
        new: list[IncomingMessage] = []
        for message in incoming:
            if message.parent_id in here:
                parent_id = here[message.parent_id]
                found = self._find(message, parent_id, taken)
                if found:
                    taken.add(found)
                    here[message.id] = found
                    continue
                message.parent_id = parent_id
                self._check(parent_id)
            new.append(message)
        return taken, new

    def _find(self, message: IncomingMessage, parent_id: str | None, taken: set[str]) -> str | None:
        free = [one for one in self._below.get(parent_id, []) if one[0] not in taken and one[1] == message.role]
        exact = next((own_id for own_id, _, content, _ in free if content == message.content), None)
        if exact or message.status == "complete":
            return exact
        return next((own_id for own_id, _, content, _ in free if content.startswith(message.content)), None)

    def _check(self, parent_id: str | None) -> None:
        running = (own_id for rows in self._below.values() for own_id, _, _, status in rows if status == "running")
        if parent_id is not None and parent_id in set(running):
            raise StillRunning("An answer is running in this conversation. Import it again when the answer has ended.")


def _answers_first(new: list[IncomingMessage]) -> list[IncomingMessage]:
    """Return messages in an order in which a question's first answer follows it at once."""
    answers: dict[str | None, IncomingMessage] = {}
    for message in new:
        if message.role == "assistant":
            answers.setdefault(message.parent_id, message)
    ordered: dict[str, IncomingMessage] = {}
    for message in new:
        for one in (message, answers.get(message.id)):
            if one:
                ordered.setdefault(one.id, one)
    return list(ordered.values())

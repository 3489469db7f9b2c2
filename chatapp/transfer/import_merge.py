"""Adds to an imported conversation what has come to it at its origin since then. Nothing of it here is changed.

Messages have no lasting ids in all exports, so they are recognized from the beginning on: below the same message, by
role and text. An answer that was incomplete may have been continued here.
"""

from collections import defaultdict, deque
from itertools import islice
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from chatapp.chat.message_rows import message_facts
from chatapp.chat.storage_quota import Quota, message_size
from chatapp.errors import Conflict
from chatapp.protocol.facts import Fact
from chatapp.server import concurrency
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Message
from chatapp.transfer.import_rows import SLICE_ROWS, message_row, split_rows
from chatapp.transfer.incoming import IncomingConversation, IncomingMessage
from chatapp.transfer.spool import Summary

#: From how many messages on they are compared in a native thread.
LARGE = 2000
#: Among so many versions of an answer the one is looked for that continues an incomplete one.
MAX_VERSIONS = 200

Plan = tuple[set[str], set[str], list[list[dict[str, Any]]]]


class StillRunning(Conflict):
    """An answer is running where new messages belong."""


def merge(
    owner: str, conversation_id: str, incoming: IncomingConversation, summary: Summary, quota: Quota
) -> list[Fact]:
    """Add what is new. Returns the facts of the new messages, of many only the last; none if there are none.

    Raises TooLarge and StillRunning.
    """
    here = _Here(conversation_id)
    plan = _plan_in_thread if here.count + len(incoming.messages) > LARGE else _plan
    same, new, slices = plan(here, conversation_id, incoming.messages)
    facts: list[Fact] = []
    for number, rows in enumerate(slices, 1):
        with db.write() as session:
            size = sum(message_size(row["content"], row["reasoning"]) for row in rows)
            quota.check(session, owner, size=size)
            session.execute(insert(Message), rows)
            conversation = session.get_one(Conversation, conversation_id, with_for_update=True)
            conversation.bytes += size
            conversation.revision += len(rows)
            if number == len(slices):  # of many messages a tab sees that it has missed some, and opens the conversation
                facts = _facts(session, conversation, [row["id"] for row in rows])
        concurrency.sleep()
    with db.write() as session:
        conversation = session.get_one(Conversation, conversation_id, with_for_update=True)
        conversation.import_digest = summary.digest
        if new:
            conversation.updated_at = max(conversation.updated_at, incoming.updated_at)
        # Who has gone on here stays there.
        if incoming.active_leaf_id in new and conversation.active_leaf_id in same:
            conversation.active_leaf_id = incoming.active_leaf_id
    return facts


def _plan(here: "_Here", conversation_id: str, messages: list[IncomingMessage]) -> Plan:
    """Return the ids of messages that came before, those of new ones, and the rows of these, in slices."""
    same, new = here.match(messages)
    rows = (message_row(conversation_id, message) for message in _answers_first(new))
    return same, {message.id for message in new}, list(split_rows(rows))


def _plan_in_thread(here: "_Here", conversation_id: str, messages: list[IncomingMessage]) -> Plan:
    return concurrency.in_thread(_plan, here, conversation_id, messages)


def _facts(session: Session, conversation: Conversation, ids: list[str]) -> list[Fact]:
    """Return the facts of messages that were just added."""
    added = session.scalars(select(Message).where(Message.id.in_(ids)).order_by(Message.id)).all()
    return message_facts(session, list(added), conversation.revision - len(ids) + 1)


class _Here:
    """The messages of a conversation as it is here."""

    def __init__(self, conversation_id: str) -> None:
        #: Below each message, by role: ids and texts, oldest first. And the ids of equal ones.
        self._below: defaultdict[tuple[str | None, str], list[tuple[str, str]]] = defaultdict(list)
        self._equal: defaultdict[tuple[str | None, str, str], deque[str]] = defaultdict(deque)
        self._running: set[str] = set()
        self.count = 0
        last_id = ""
        while True:
            query = select(Message.id, Message.parent_id, Message.role, Message.content, Message.status)
            query = query.where(Message.conversation_id == conversation_id, Message.id > last_id)
            with db.read() as session:
                rows = session.execute(query.order_by(Message.id).limit(SLICE_ROWS)).all()
            for row in rows:
                self.add(*row)
            if len(rows) < SLICE_ROWS:
                return
            last_id = rows[-1].id
            concurrency.sleep()

    def add(self, own_id: str, parent_id: str | None, role: str, content: str, status: str) -> None:
        self.count += 1
        self._below[parent_id, role].append((own_id, content))
        self._equal[parent_id, role, content].append(own_id)
        if status == "running":
            self._running.add(own_id)

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
                if parent_id in self._running:
                    raise StillRunning(
                        "An answer is running in this conversation. Import it again when the answer has ended."
                    )
            new.append(message)
        return taken, new

    def _find(self, message: IncomingMessage, parent_id: str | None, taken: set[str]) -> str | None:
        equal = self._equal.get((parent_id, message.role, message.content))
        while equal:
            if (own_id := equal.popleft()) not in taken:
                return own_id
        if message.status == "complete":
            return None
        versions = islice(self._below.get((parent_id, message.role), ()), MAX_VERSIONS)
        continued = (own_id for own_id, content in versions if content.startswith(message.content))
        return next((own_id for own_id in continued if own_id not in taken), None)


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

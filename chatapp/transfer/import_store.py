"""Stores an import, one conversation after another, each as a whole.

What is imported again makes no double: see `import_known`. A short conversation is one transaction. The rows of a long
one are stored in slices, hidden, and then shown at once. Hidden rows look deleted: if the server crashes in between,
they are purged like deleted conversations, and no client has seen them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from itertools import chain
from typing import Any

from sqlalchemy import insert, select, update

from chatapp.chat.objects import conversation_objects
from chatapp.chat.storage_quota import UNLIMITED, Quota
from chatapp.chat.titles import title_from
from chatapp.errors import ChatError
from chatapp.ids import now
from chatapp.protocol.facts import Fact
from chatapp.server import concurrency
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Message
from chatapp.transfer import import_merge
from chatapp.transfer.import_known import KnownConversations
from chatapp.transfer.import_reading import ImportProgress
from chatapp.transfer.import_rows import SLICE_ROWS, message_row, split_rows
from chatapp.transfer.incoming import IncomingConversation
from chatapp.transfer.spool import Spool, Summary

HEAD = [field.name for field in fields(IncomingConversation) if field.name not in {"messages", "key"}]
HIDDEN_SECONDS = 3600.0  # no purge before this, whatever the grace period of deleted conversations


@dataclass
class Stored:
    """What an import has changed: the ids of new conversations and of those with new messages.

    `unchanged`: how many were here already. `not_taken`: titles with their errors.
    """

    added: list[str] = field(default_factory=list)
    extended: list[str] = field(default_factory=list)
    unchanged: int = 0
    not_taken: list[tuple[str | None, ChatError]] = field(default_factory=list)
    #: Why it ended early, if it did: so many conversations were left.
    problem: ChatError | None = None
    left: int = 0


def store(
    owner: str,
    spool: Spool,
    check_room: Callable[[], None] = lambda: None,
    quota: Quota = UNLIMITED,
    progress: ImportProgress | None = None,
    tell: Callable[[Fact], object] = lambda _fact: None,
) -> Stored:
    """Store the conversations of an import. It ends early, and says so, if the disk fills up or it is cancelled.

    `check_room` raises if the disk is almost full; `tell` is called with the facts of messages that are
    added. Raises TooLarge above the owner's quota, with nothing stored.
    """
    progress = progress or ImportProgress()
    known = KnownConversations.find(owner, spool.summaries)
    new = known.new(spool.summaries)
    with db.read() as session:
        quota.check(session, owner, conversations=len(new), size=sum(one.size for one in new))
    progress.begin("storing", len(spool.summaries))
    stored = Stored()
    for summary, conversation in spool:
        try:
            if progress.is_cancelled:
                break
            check_room()
            _store_one(owner, conversation, summary, known, quota, stored, check_room, tell)
        except ChatError as error:
            if not (stored.added or stored.extended):
                raise
            stored.problem = error
            break
        progress.done += 1
        concurrency.sleep()
    stored.left = len(spool.summaries) - progress.done
    return stored


def load_objects(ids: list[str]) -> list[dict[str, Any]]:
    """Return conversations in the protocol's format, newest first."""
    found: list[tuple[float, str, dict[str, Any]]] = []
    for start in range(0, len(ids), SLICE_ROWS):
        with db.read() as session:
            query = select(Conversation).where(Conversation.id.in_(ids[start : start + SLICE_ROWS]))
            rows = session.scalars(query).all()
            objects = conversation_objects(session, rows)
            found += [(row.updated_at, row.id, one) for row, one in zip(rows, objects, strict=True)]
        concurrency.sleep()
    return [one for _, _, one in sorted(found, key=lambda each: each[:2], reverse=True)]


def _store_one(
    owner: str,
    conversation: IncomingConversation,
    summary: Summary,
    known: KnownConversations,
    quota: Quota,
    stored: Stored,
    check_room: Callable[[], None],
    tell: Callable[[Fact], object],
) -> None:
    same = known.get(summary)
    if same is None:
        _insert(owner, conversation, summary, check_room)
        known.add(summary, conversation.id)
        stored.added.append(conversation.id)
    elif same.digest == summary.digest:
        stored.unchanged += 1
    else:
        try:
            facts = import_merge.merge(owner, same.id, conversation, summary, quota)
        except import_merge.StillRunning as error:
            stored.not_taken.append((conversation.title, error))
            return
        for fact in facts:
            tell(fact)
        if facts:
            stored.extended.append(same.id)
        else:
            stored.unchanged += 1


def _insert(owner: str, conversation: IncomingConversation, summary: Summary, check_room: Callable[[], None]) -> None:
    head = _conversation_row(owner, conversation, summary)
    slices = split_rows(message_row(conversation.id, message) for message in conversation.messages)
    first, second = next(slices, []), next(slices, [])
    if not second:
        with db.write() as session:
            connection = session.connection()  # half the cost of the session's own inserts
            connection.execute(insert(Conversation), [head])
            if first:
                connection.execute(insert(Message), first)
        return
    hidden_at = now() + HIDDEN_SECONDS
    db.insert(insert(Conversation), [{**head, "deleted_at": hidden_at}])
    try:
        for rows in chain((first, second), slices):
            check_room()
            db.insert(insert(Message), rows)
            concurrency.sleep()
    except BaseException:
        _set_deleted_at(conversation.id, 0.0)
        raise
    _set_deleted_at(conversation.id, None)


def _set_deleted_at(conversation_id: str, deleted_at: float | None) -> None:
    """Show a hidden conversation (None), or leave it to the next purge (0.0)."""
    with db.write() as session:
        session.execute(update(Conversation).where(Conversation.id == conversation_id).values(deleted_at=deleted_at))


def _conversation_row(owner: str, conversation: IncomingConversation, summary: Summary) -> dict[str, Any]:
    row = {name: getattr(conversation, name) for name in HEAD}
    if conversation.title is None:
        row["title"] = title_from(conversation.messages[0].content)
    about = {"bytes": summary.size, "import_key": summary.key, "import_digest": summary.digest}
    return {**row, **about, "owner": owner, "revision": 0, "deleted_at": None}

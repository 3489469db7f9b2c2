"""Stores an import: hidden rows in slices, which are then shown at once.

Hidden rows look deleted. If the server crashes in between, they are purged like deleted conversations, and no client
has seen them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Any

from sqlalchemy import insert, select, update

from chatapp.chat.objects import conversation_objects
from chatapp.chat.storage_quota import UNLIMITED, Quota, message_size, prompt_size
from chatapp.chat.titles import title_from
from chatapp.ids import now
from chatapp.server import concurrency
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Message
from chatapp.transfer.incoming import IncomingConversation, IncomingMessage

SLICE_ROWS = 50  # a few milliseconds of the write lock
PAUSE_EVERY = 1000  # messages that are measured in a millisecond or two
SLICE_CHARACTERS = 128 * 1024
HEAD = [field.name for field in fields(IncomingConversation) if field.name != "messages"]
TURN = [field.name for field in fields(IncomingMessage)]
HIDDEN_SECONDS = 3600.0  # no purge before this, whatever the grace period of deleted conversations


def store(
    owner: str,
    conversations: list[IncomingConversation],
    check_room: Callable[[], None] = lambda: None,
    quota: Quota = UNLIMITED,
) -> list[dict[str, Any]]:
    """Store all or nothing. Returns the conversations in the protocol's format, newest first.

    `check_room`: called before each slice; raises if the disk is almost full. Raises TooLarge above the owner's quota.
    """
    hidden_at = now() + HIDDEN_SECONDS
    sizes = list(_sizes(conversations))
    with db.read() as session:
        quota.check(session, owner, conversations=len(conversations), size=sum(sizes))
    heads = (
        {**_conversation_row(owner, conversation, hidden_at), "bytes": size}
        for conversation, size in zip(conversations, sizes, strict=True)
    )
    turns = (_message_row(conversation, turn) for conversation in conversations for turn in conversation.messages)
    try:
        for rows in _split_rows(heads, "system_prompt"):
            check_room()
            db.insert(insert(Conversation), rows)
            concurrency.sleep()
        for rows in _split_rows(turns, "content", "reasoning"):
            check_room()
            db.insert(insert(Message), rows)
            concurrency.sleep()
    except BaseException:
        _set_deleted_at(owner, hidden_at, 0.0)
        raise
    _set_deleted_at(owner, hidden_at, None)
    conversations.sort(key=lambda one: (one.updated_at, one.id), reverse=True)
    return list(_load_objects([conversation.id for conversation in conversations]))


def _set_deleted_at(owner: str, hidden_at: float, deleted_at: float | None) -> None:
    """Show the rows hidden at that time (None), or leave them to the next purge (0.0)."""
    with db.write() as session:
        hidden = Conversation.owner == owner, Conversation.deleted_at == hidden_at
        session.execute(update(Conversation).where(*hidden).values(deleted_at=deleted_at))


def _load_objects(ids: list[str]) -> Iterator[dict[str, Any]]:
    for start in range(0, len(ids), SLICE_ROWS):
        some = ids[start : start + SLICE_ROWS]
        with db.read() as session:
            rows = {row.id: row for row in session.scalars(select(Conversation).where(Conversation.id.in_(some)))}
            yield from conversation_objects(session, [rows[one] for one in some if one in rows])
        concurrency.sleep()


def _sizes(conversations: list[IncomingConversation]) -> Iterator[int]:
    """Yield what each conversation counts for. Gives turns in between."""
    for conversation in conversations:
        size = prompt_size(conversation.system_prompt)
        for number, message in enumerate(conversation.messages, 1):
            size += message_size(message.content, message.reasoning)
            if number % PAUSE_EVERY == 0:
                concurrency.sleep()
        yield size
        concurrency.sleep()


def _conversation_row(owner: str, conversation: IncomingConversation, hidden_at: float) -> dict[str, Any]:
    row = {name: getattr(conversation, name) for name in HEAD}
    if conversation.title is None:
        row["title"] = title_from(conversation.messages[0].content)
    return {**row, "owner": owner, "revision": 0, "deleted_at": hidden_at}


def _message_row(conversation: IncomingConversation, message: IncomingMessage) -> dict[str, Any]:
    row = {name: getattr(message, name) for name in TURN}
    return {**row, "conversation_id": conversation.id, "generation_id": None, "client_message_id": None}


def _split_rows(rows: Iterable[dict[str, Any]], *texts: str) -> Iterator[list[dict[str, Any]]]:
    """Yield rows in lists that are bounded in rows, and in the characters of the columns `texts`."""
    some: list[dict[str, Any]] = []
    characters = 0
    for row in rows:
        some.append(row)
        characters += sum(len(row[name] or "") for name in texts)
        if len(some) == SLICE_ROWS or characters > SLICE_CHARACTERS:
            yield some
            some, characters = [], 0
    if some:
        yield some

"""The input of a prompt: the newest part of the path above an answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import dropwhile

from sqlalchemy import select

from chatapp.chat.paths import newest_part
from chatapp.server import concurrency
from chatapp.storage.byte_length import byte_length
from chatapp.storage.database import db
from chatapp.storage.tables import Message

#: How many messages are read at once, in a millisecond or two.
SLICE_ROWS = 500


@dataclass(frozen=True, slots=True)
class PromptContext:
    """The input of a prompt. `messages`: the path above the answer as `{"role", "content"}`, oldest first.

    `partial`: the text of an answer that is to be continued.
    """

    messages: list[dict[str, str]]
    system_prompt: str | None
    partial: str = ""


@dataclass(frozen=True, slots=True)
class ContextBounds:
    """How much of a path is sent. `turns`: questions with what follows each; None: as many as the others allow."""

    messages: int
    bytes: int
    turns: int | None = None

    @property
    def rows(self) -> int:
        """The most messages of a path: a question and an answer for each turn."""
        return self.messages if self.turns is None else min(self.messages, 2 * self.turns)


def read(
    parent_id: str | None,
    system_prompt: str | None,
    bounds: ContextBounds,
    *,
    question: str | None = None,
    partial: str = "",
) -> PromptContext:
    """Return the context of an answer's prompt: the path down to `parent_id`, then `question`, if it is a new one.

    Beyond the bounds, the oldest messages are left out, whole, up to a question; the last question never is. Yields
    while it reads a long path, so it must be called outside any transaction.
    """
    newest_first = [] if question is None else [question]
    roles = ["user"] * len(newest_first)
    bytes_left = bounds.bytes - len((question or "").encode())
    for role, content in _climb(parent_id, bounds.rows - len(newest_first), bounds.bytes):
        bytes_left -= len(content.encode())
        if bytes_left < 0 and newest_first:
            break
        newest_first.append(content)
        roles.append(role)
    path = [
        {"role": role, "content": content}
        for role, content in zip(reversed(roles), reversed(newest_first), strict=True)
        if content
    ]
    return PromptContext(list(dropwhile(lambda message: message["role"] != "user", path)), system_prompt, partial)


def _climb(leaf_id: str | None, rows: int, max_bytes: int) -> Iterator[tuple[str, str]]:
    """Yield role and content of at most `rows` messages of a path, newest first."""
    while leaf_id is not None and rows > 0:
        path = newest_part(leaf_id, byte_length(Message.content), rows=min(rows, SLICE_ROWS), max_bytes=max_bytes)
        query = select(Message.role, Message.content, path.c.parent_id).join(path, Message.id == path.c.id)
        with db.read() as session:
            found = session.execute(query.order_by(path.c.depth)).all()
        for role, content, _ in found:
            yield role, content
        rows -= len(found)
        leaf_id = found[-1].parent_id if found else None
        if leaf_id is not None and rows > 0:
            concurrency.sleep()

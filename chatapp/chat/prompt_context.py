"""The input of a prompt: the newest part of the path above an answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import dropwhile

from sqlalchemy import literal, select

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

    Answers also have `reasoning`, if it was read. `partial`: the text of an answer that is to be continued. `is_cut`:
    older messages were left out, because of the server's bounds.
    """

    messages: list[dict[str, str]]
    system_prompt: str | None
    partial: str = ""
    is_cut: bool = False


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
    has_reasoning: bool = False,
) -> PromptContext:
    """Return the context of an answer's prompt: the path down to `parent_id`, then `question`, if it is a new one.

    Beyond the bounds, the oldest messages are left out, whole, up to a question; the last question never is. Yields
    while it reads a long path, so it must be called outside any transaction.
    """
    newest_first = [] if question is None else [("user", question, "")]
    bytes_left = bounds.bytes - len((question or "").encode())
    is_cut = False
    rows = bounds.rows - len(newest_first)
    one_more = int(bounds.turns is None)  # which tells that there are older ones
    for role, content, reasoning in _climb(parent_id, rows + one_more, bounds.bytes, has_reasoning=has_reasoning):
        bytes_left -= len(content.encode()) + len(reasoning.encode())
        if rows <= 0 or (bytes_left < 0 and newest_first):
            is_cut = True
            break
        rows -= 1
        newest_first.append((role, content, reasoning))
    path = [_message(*message) for message in reversed(newest_first) if message[1]]
    messages = list(dropwhile(lambda message: message["role"] != "user", path))
    return PromptContext(messages, system_prompt, partial, is_cut)


def _message(role: str, content: str, reasoning: str) -> dict[str, str]:
    message = {"role": role, "content": content}
    return {**message, "reasoning": reasoning} if reasoning else message


def _climb(leaf_id: str | None, rows: int, max_bytes: int, *, has_reasoning: bool) -> Iterator[tuple[str, str, str]]:
    """Yield role, content and reasoning of at most `rows` messages of a path, newest first."""
    size = (
        byte_length(Message.content) + byte_length(Message.reasoning) if has_reasoning else byte_length(Message.content)
    )
    reasoning_column = Message.reasoning if has_reasoning else literal("")
    while leaf_id is not None and rows > 0:
        path = newest_part(leaf_id, size, rows=min(rows, SLICE_ROWS), max_bytes=max_bytes)
        columns = (Message.role, Message.content, reasoning_column, path.c.parent_id)
        query = select(*columns).join(path, Message.id == path.c.id)
        with db.read() as session:
            found = session.execute(query.order_by(path.c.depth)).all()
        for role, content, reasoning, _ in found:
            yield role, content, reasoning
        rows -= len(found)
        leaf_id = found[-1].parent_id if found else None
        if leaf_id is not None and rows > 0:
            concurrency.sleep()

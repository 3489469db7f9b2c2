"""Conversations of an imported file, validated, with ids of this server."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chatapp.errors import ChatError, Invalid, TooLarge

CONVERSATIONS = 10_000
MESSAGES = 200_000
#: Exports shrink to an eighth in a zip.
UNPACKED_TIMES = 8


@dataclass(slots=True)
class IncomingMessage:
    """A message, with the field names of `tables.Message`. Parents come before their children."""

    id: str
    parent_id: str | None
    role: str
    content: str
    created_at: float
    reasoning: str = ""
    status: str = "complete"
    model: str | None = None
    options: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    timings: dict[str, Any] | None = None
    cached: bool = False
    cached_at: float | None = None
    finish_reason: str | None = None
    error: dict[str, Any] | None = None
    answered_by: str | None = None
    notices: list[dict[str, Any]] | None = None


@dataclass(slots=True)
class IncomingConversation:
    """A tree of messages, with the field names of `tables.Conversation`. A missing title is made of its first words.

    `key`: what it is recognized by when it is imported again: its origin and its id there; None if it has none.
    """

    id: str
    title: str | None
    titled_by: str
    created_at: float
    updated_at: float
    active_leaf_id: str | None = None
    pinned: bool = False
    archived: bool = False
    model: str | None = None
    system_prompt: str | None = None
    options: dict[str, Any] | None = None
    key: str | None = None
    messages: list[IncomingMessage] = field(default_factory=list)


#: Called with the title (any value) and the error of a conversation that is not taken.
Refuse = Callable[[Any, ChatError], None]


class ImportTooLarge(TooLarge):
    """An import is too large as a whole: nothing of it is taken."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of one import. `text_characters`: of a message's content, or its reasoning.

    `file_bytes`: of a file without a zip around it, and of one conversation's text.
    """

    text_characters: int
    prompt_characters: int
    options_bytes: int
    file_bytes: int

    @property
    def unpacked_bytes(self) -> int:
        """How much the files of a zip, and the texts of all conversations, may have together."""
        return UNPACKED_TIMES * self.file_bytes


class ImportCount:
    """Counts the items of one import. Raises ImportTooLarge above the limits of the whole, TooLarge above others."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._left = self._characters_left = bounds.unpacked_bytes
        self._conversations = self._messages = 0

    def add_conversation(self) -> None:
        self._conversations += 1
        self._characters_left = self._bounds.file_bytes
        if self._conversations > CONVERSATIONS:
            raise ImportTooLarge("The file contains more than {n} conversations.", n=f"{CONVERSATIONS:,}")

    def add_message(self, place: str, characters: int) -> None:
        """Count a message. More text than the file has means that a tree repeats text in too many branches."""
        self._messages += 1
        self._left -= characters
        self._characters_left -= characters
        if self._messages > MESSAGES:
            raise ImportTooLarge("The file contains more than {n} messages.", n=f"{MESSAGES:,}")
        if self._left < 0:
            raise ImportTooLarge("The conversations have more text than an import may hold.")
        if self._characters_left < 0:
            raise TooLarge(
                "{place}: has so many versions that its text would be more than an import may hold", place=place
            )


def newest_leaf(messages: list[IncomingMessage], top_id: str | None = None) -> str | None:
    """Return the newest leaf below a message (or itself), or of the whole tree. `messages` must be sorted by id."""
    below = {top_id}
    leaf = top_id
    for message in messages:
        if message.id == top_id or message.parent_id in below:
            below.add(message.id)
            leaf = message.id
    return leaf


def check_leaves(place: str, messages: list[IncomingMessage]) -> None:
    """Raise Invalid for a question without an answer: the next question could not follow it."""
    answered = {message.parent_id for message in messages}
    for number, message in enumerate(messages):
        if message.role == "user" and message.id not in answered:
            raise Invalid(
                "{place}: a question needs an answer below it, if only an empty one", place=f"{place}[{number}]"
            )

"""Titles of conversations: from the question's first words, by a model, or by a person, whose title is final."""

from dataclasses import dataclass
from typing import Any

from chatapp.chat.objects import conversation_object
from chatapp.storage.database import db
from chatapp.storage.tables import CachedResponse, Conversation, Generation, Message

TITLE_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class FirstExchange:
    """A conversation's first question and answer. `cache_key`: of the cached answer; `title`: its stored title.

    `has_thought`: there was reasoning before the answer.
    """

    owner: str
    question: str
    answer: str
    cache_key: str | None
    title: str | None
    has_thought: bool = False


def title_from(content: str) -> str:
    """Return the first words of a question as a title."""
    words = " ".join(content.split())
    if len(words) <= TITLE_CHARACTERS:
        return words
    head = words[:TITLE_CHARACTERS]
    cut = head.rfind(" ")
    return (head[:cut] if cut > TITLE_CHARACTERS // 2 else head) + "…"


def first_exchange(message_id: str, cached_key: str | None) -> FirstExchange | None:
    """Return the exchange that an answer completes, if it is the first one and the conversation has no title yet.

    `cached_key`: the key of an answer that came from the cache.
    """
    with db.read() as session:
        answer = session.get(Message, message_id)
        question = answer and answer.parent_id and session.get(Message, answer.parent_id)
        if not answer or not question or question.parent_id is not None or answer.status != "complete":
            return None
        conversation = session.get_one(Conversation, answer.conversation_id)
        if conversation.titled_by != "words" or conversation.deleted_at is not None:
            return None
        generation = session.get(Generation, answer.generation_id or "")
        cached = session.get(CachedResponse, cached_key or (generation and generation.cache_key) or "")
        return FirstExchange(
            owner=conversation.owner,
            question=question.content,
            answer=answer.content,
            cache_key=cached.key if cached else None,
            title=cached.title if cached else None,
            has_thought=bool(answer.reasoning),
        )


def set_model_title(conversation: Conversation, title: str | None) -> bool:
    """Set a model's title, unless a person or a model has set one before. Returns whether it was set."""
    if not title or conversation.titled_by != "words":
        return False
    conversation.title, conversation.titled_by = title, "model"
    return True


def store_model_title(conversation_id: str, title: str) -> dict[str, Any] | None:
    """Do what `set_model_title` does, in its own transaction. Returns the conversation; None if it was not set."""
    with db.write() as session:
        row = session.get(Conversation, conversation_id)
        if row is None or row.deleted_at is not None or not set_model_title(row, title):
            return None
        session.flush()
        return conversation_object(session, row)

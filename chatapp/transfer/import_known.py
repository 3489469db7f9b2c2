"""Recognizes conversations that were imported before, by where they come from and their id there."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select

from chatapp.server import concurrency
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation
from chatapp.transfer.spool import Summary

SLICE_KEYS = 200


@dataclass(frozen=True, slots=True)
class KnownConversation:
    """An imported conversation of the owner. `digest`: of what was imported last."""

    id: str
    digest: str


@dataclass
class KnownConversations:
    """The owner's conversations that an import may hold, by their keys."""

    _by_key: dict[str, KnownConversation] = field(default_factory=dict)

    @classmethod
    def find(cls, owner: str, summaries: Iterable[Summary]) -> "KnownConversations":
        """Look for them. An exported conversation that is still here was never imported: it gets a copy, once."""
        known = cls()
        keys = [one.key for one in summaries]
        for start in range(0, len(keys), SLICE_KEYS):
            some = keys[start : start + SLICE_KEYS]
            mine = Conversation.owner == owner, Conversation.deleted_at.is_(None)
            query = select(Conversation.id, Conversation.import_key, Conversation.import_digest).where(*mine)
            with db.read() as session:
                for row in session.execute(query.where(Conversation.import_key.in_(some)).order_by(Conversation.id)):
                    known._by_key[row.import_key] = KnownConversation(row.id, row.import_digest)
            concurrency.sleep()
        return known

    def get(self, summary: Summary) -> KnownConversation | None:
        return self._by_key.get(summary.key)

    def add(self, summary: Summary, conversation_id: str) -> None:
        """Note what was just stored: an import may hold a conversation twice."""
        self._by_key[summary.key] = KnownConversation(conversation_id, summary.digest)

    def new(self, summaries: Iterable[Summary]) -> list[Summary]:
        """Return those that are not here yet, each once."""
        return list({one.key: one for one in summaries if one.key not in self._by_key}.values())

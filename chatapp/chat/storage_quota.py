"""What an owner may store: conversations, and bytes of their texts.

`Conversation.bytes` is kept up to date by whatever writes texts. Deleted conversations count until they are removed.
"""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chatapp.config import Settings
from chatapp.errors import TooLarge
from chatapp.storage.tables import Conversation

#: What a message takes beside its text: its row, its generation's, and their indexes.
MESSAGE_BYTES = 512


@dataclass(frozen=True, slots=True)
class Quota:
    """The bounds of one owner's storage. `grace_seconds`: how long a deleted conversation counts."""

    conversations: int
    bytes: int
    grace_seconds: float

    @classmethod
    def of(cls, settings: Settings) -> "Quota":
        return cls(settings.conversations_per_owner, settings.storage_bytes_per_owner, settings.grace_seconds)

    def check(self, session: Session, owner: str, *, conversations: int = 0, size: int = 0) -> None:
        """Raise TooLarge if so many more conversations or bytes are beyond the owner's bounds."""
        query = select(func.count(), func.sum(Conversation.bytes)).where(Conversation.owner == owner)
        count, stored = session.execute(query).one()
        minutes = f"{self.grace_seconds / 60:g}"
        if conversations and count + conversations > self.conversations:
            raise TooLarge(
                "You can have {n} conversations at most. Delete some that you do not need; they count for {minutes} "
                "minutes more.",
                n=f"{self.conversations:,}",
                minutes=minutes,
            )
        if (stored or 0) + size > self.bytes:
            raise TooLarge(
                "Your conversations can hold {n} bytes of text at most. Delete some that you do not need; they count "
                "for {minutes} minutes more.",
                n=f"{self.bytes:,}",
                minutes=minutes,
            )


UNLIMITED = Quota(2**62, 2**62, 0)


def message_size(*texts: str) -> int:
    """Return the bytes that a message with these texts counts for."""
    return MESSAGE_BYTES + sum(len(text.encode()) for text in texts)


def prompt_size(system_prompt: str | None) -> int:
    """Return the bytes that a conversation without messages counts for."""
    return len((system_prompt or "").encode())

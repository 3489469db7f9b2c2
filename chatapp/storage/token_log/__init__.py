"""The replayable log of each generation: numbered entries, stored before anybody sees them."""

from chatapp.storage.token_log.base import Entry, TokenLog, merged
from chatapp.storage.token_log.database import DatabaseTokenLog

__all__ = ["DatabaseTokenLog", "Entry", "TokenLog", "merged"]

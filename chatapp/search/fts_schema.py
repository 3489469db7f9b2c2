"""The index's tables, as both its sides know them. `migrations/versions/0003_search.py` makes them, on SQLite.

`search_index` and `search_starts` hold no text, only which tokens occur in which part of a message. Each token begins
with its owner's key: another owner's texts are never in the way, nor in the answer.
"""

import base64
import hashlib
from functools import lru_cache

#: An id's lower bits count within its block; a block belongs to one conversation.
BLOCK_BITS = 6
BLOCK = 1 << BLOCK_BITS


@lru_cache(1024)
def owner_key(owner: str) -> str:
    """Return what an owner's tokens begin with: eight letters and digits."""
    return base64.b32encode(hashlib.blake2b(owner.encode(), digest_size=5).digest()).decode().lower()

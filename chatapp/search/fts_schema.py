"""What reader and writer of the index share. `migrations/versions/0003_search.py` creates the tables, on SQLite.

`search_index` and `search_starts` store no text, only which tokens occur in which part of a message. Each token begins
with its owner's key, so other owners' texts neither slow a search down nor appear in it.
"""

import base64
import hashlib
from functools import lru_cache

#: The lower bits of an id count within its block. A block belongs to one conversation.
BLOCK_BITS = 6
BLOCK = 1 << BLOCK_BITS


@lru_cache(1024)
def owner_key(owner: str) -> str:
    """Return the prefix of an owner's tokens: eight letters and digits."""
    return base64.b32encode(hashlib.blake2b(owner.encode(), digest_size=5).digest()).decode().lower()

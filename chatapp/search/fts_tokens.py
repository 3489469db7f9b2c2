"""The tokens of a text for each table of the index."""

from chatapp.search.fts_schema import owner_key
from chatapp.search.initials import index_initials
from chatapp.search.normalize import fold
from chatapp.search.query import tokenize, word_starts

INITIALS_TABLE = "search_initials"
TABLES = ("search_index", "search_starts", INITIALS_TABLE)


def index_tokens(text: str, owner: str) -> tuple[str, str, str]:
    """Return the tokens of a text for each of TABLES."""
    key, folded = owner_key(owner), fold(text)
    found = tokenize(folded)
    return _prefix(key, found), _prefix(key, sorted(word_starts(found))), _prefix_initials(key, folded)


def initials_tokens(text: str, owner: str) -> str:
    """Return the tokens of a text for INITIALS_TABLE."""
    return _prefix_initials(owner_key(owner), fold(text))


def _prefix_initials(key: str, folded: str) -> str:
    return _prefix(key, sorted(index_initials(folded)))


def _prefix(key: str, tokens: list[str]) -> str:
    return key + f" {key}".join(tokens) if tokens else ""

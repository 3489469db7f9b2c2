"""Answers a search: one page of conversations, each with its hit."""

import base64
import binascii
from typing import Any

import orjson

from chatapp.chat.conversations import within_bytes
from chatapp.chat.objects import conversation_objects
from chatapp.errors import Invalid
from chatapp.search import fts_read, sql_fallback
from chatapp.search.fts_read import HitPage, Position
from chatapp.search.query import parse, parse_unfinished
from chatapp.search.turns import SearchTurns
from chatapp.server import concurrency
from chatapp.storage.database import db

PAGE = 50
#: Concurrent searches: few enough to leave native threads and a core to other work.
_turns = SearchTurns(2)


def search_conversations(owner: str, query: str, *, archived: bool | None, cursor: str | None) -> dict[str, Any]:
    """Return one page, best first: `{"conversations", "next"}`, each conversation with its `hit`."""
    page = _page(owner, query, archived, _decode(cursor) if cursor else None)
    with db.read() as session:
        shown, conversations = within_bytes(session, list(page.hits))
        listed = conversation_objects(session, conversations)
    for conversation in listed:
        conversation["hit"] = page.hits[conversation["id"]]
    last = page.after(shown)
    return {"conversations": listed, "next": _encode(last) if last else None}


def _page(owner: str, query: str, archived: bool | None, after: Position | None) -> HitPage:
    words = parse(query)
    if not words:
        return HitPage({}, {}, has_more=False)
    if not db.is_sqlite:
        return sql_fallback.find(owner, words, archived=archived, after=after, limit=PAGE)

    def find() -> HitPage:
        page = fts_read.find(file, owner, words, archived=archived, after=after, limit=PAGE)
        if not page.hits and (unfinished := parse_unfinished(query)):
            page = fts_read.find(file, owner, unfinished, archived=archived, after=after, limit=PAGE)
        return page

    file = str(db.engine.url.database)
    with _turns.take(owner):
        return concurrency.in_thread(find)


def _encode(position: Position) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(position)).decode()


def _decode(cursor: str) -> Position:
    try:
        rank, changed_at, conversation_id = orjson.loads(base64.urlsafe_b64decode(cursor.encode()))
        return int(rank), float(changed_at), str(conversation_id)
    except (ValueError, TypeError, binascii.Error):
        raise Invalid("cursor: is not one that this server gave") from None

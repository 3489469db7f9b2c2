"""Find in the index, on a connection of its own: everything here runs in a native thread."""

import sqlite3
from bisect import bisect_right
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import orjson

from chatapp.search.folding import fold
from chatapp.search.hits import hit
from chatapp.search.tables import BLOCK_BITS, owner_key
from chatapp.search.words import Word, finished

MAPPED_BYTES = 1 << 28
IN_TITLE, TOGETHER, APART = range(3)

#: Where somebody is in the list of what was found: rank, when the conversation changed, its id.
Position = tuple[int, float, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits by conversation id, in order, and the position of its last one when more follow."""

    hits: dict[str, dict[str, Any]]
    last: Position | None


@dataclass(slots=True)
class _Candidate:
    id: str
    title: str
    position: Position
    parts: str


def find(
    file: str, owner: str, words: list[Word], *, archived: bool | None, after: Position | None, limit: int
) -> Found:
    """Return the owner's conversations that have all words, best first."""
    with closing(sqlite3.connect(f"{Path(file).absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.isolation_level = None
        connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
        connection.execute("BEGIN")
        candidates = _candidates(connection, owner, words, archived)
        if after:
            candidates = [one for one in candidates if _order(one.position) > _order(after)]
        candidates.sort(key=lambda one: _order(one.position))
        page = candidates[:limit]
        hits = {one.id: _hit(connection, one, words) for one in page}
        return Found(hits, page[-1].position if len(candidates) > limit else None)


def _order(position: Position) -> tuple[int, float, str]:
    rank, changed_at, conversation_id = position
    return rank, -changed_at, conversation_id


def _candidates(
    connection: sqlite3.Connection, owner: str, words: list[Word], archived: bool | None
) -> list[_Candidate]:
    listed = _conversations(connection, owner, archived)
    titled = _titled([title for _, title, _ in listed], words)
    places = [_parts(connection, owner, [word]) for word in words]
    together = _parts(connection, owner, words) if len(words) > 1 else places[0]
    best_first = [together, *sorted(places, key=len)]
    numbers = {conversation_id: number for number, (conversation_id, *_) in enumerate(listed)}
    said = [{numbers[one] for one in some if one in numbers} for some in places]
    entitled = set.intersection(*titled)
    found = []
    for number in set.intersection(*(title | text for title, text in zip(titled, said, strict=True))):
        conversation_id, title, changed_at = listed[number]
        rank = IN_TITLE if number in entitled else TOGETHER if conversation_id in together else APART
        parts = next((some[conversation_id] for some in best_first if conversation_id in some), "")
        found.append(_Candidate(conversation_id, title, (rank, changed_at, conversation_id), parts))
    return found


def _conversations(connection: sqlite3.Connection, owner: str, archived: bool | None) -> list[tuple[str, str, float]]:
    """Return (id, title, when it changed) of an owner's conversations."""
    query = """
        SELECT json_group_array(json_array(id, title, updated_at)) FROM conversations
        WHERE owner = ? AND archived IN (?, ?) AND deleted_at IS NULL
    """
    wanted = (0, 1) if archived is None else (archived, archived)
    listed: list[tuple[str, str, float]] = _rows(connection, query, owner, *wanted)
    return listed


def _titled(titles: list[str], words: list[Word]) -> list[set[int]]:
    """Return for each word which of the titles have it. They are searched as one text: there may be thousands."""
    folded = fold("\0".join(titles))
    ends = list(accumulate(len(title) + 1 for title in folded.split("\0")))
    return [{bisect_right(ends, match.start()) for match in word.pattern.finditer(folded)} for word in words]


def _parts(connection: sqlite3.Connection, owner: str, words: Iterable[Word]) -> dict[str, str]:
    """Return by conversation which of its parts have all these words: ids with commas between."""
    key = owner_key(owner)
    phrases = [_phrase(key, word) for word in words if word.phrase]
    starts = [_start(key, word) for word in words if word.start]
    asked = [("search_index", " AND ".join(phrases)), ("search_starts", " AND ".join(starts))]
    asked = [(table, match) for table, match in asked if match]
    rows = " INTERSECT ".join(f"SELECT rowid AS id FROM {table} WHERE {table} MATCH ?" for table, _ in asked)  # noqa: S608
    query = f"""
        SELECT json_group_array(json_array(conversation_id, parts)) FROM (
            SELECT id >> {BLOCK_BITS} AS block, group_concat(id) AS parts FROM ({rows}) GROUP BY block
        ) JOIN search_blocks ON number = block AND owner = ?
    """  # noqa: S608
    found: dict[str, str] = {}
    for conversation_id, parts in _rows(connection, query, *(match for _, match in asked), owner):
        before = found.get(conversation_id)
        found[conversation_id] = f"{before},{parts}" if before else parts
    return found


def _rows(connection: sqlite3.Connection, query: str, *parameters: object) -> Any:
    """Return what a query makes one JSON array of: each row by itself would hand the interpreter's lock over twice."""
    return orjson.loads(connection.execute(query, parameters).fetchone()[0])


def _phrase(key: str, word: Word) -> str:
    """Write the word's tokens as FTS5 takes them. Between quotes, and without any, nothing is an operator."""
    *before, last = word.phrase
    lasts = finished(last) if word.is_unfinished else [last]
    star = " *" if word.is_prefix else ""
    return _any(f'"{" ".join(key + token for token in (*before, one))}"{star}' for one in lasts)


def _start(key: str, word: Word) -> str:
    return _any(f'"{key}{one}"' for one in (finished(word.start) if word.is_unfinished else [word.start]))


def _any(terms: Iterable[str]) -> str:
    return f"({' OR '.join(terms)})"


def _hit(connection: sqlite3.Connection, candidate: _Candidate, words: list[Word]) -> dict[str, Any]:
    """Show the title, or else the newest message that has the words, where it has them first."""
    if candidate.position[0] != IN_TITLE and candidate.parts:
        query = """
            SELECT m.id, substr(m.content, p."start" + 1, p."end" - p."start"),
                p."start" > 0, p."end" < length(m.content)
            FROM json_each(?) one JOIN search_parts p ON p.id = one.value JOIN messages m ON m.id = p.message_id
            ORDER BY m.id DESC, p."start" LIMIT 1
        """
        row = connection.execute(query, (f"[{candidate.parts}]",)).fetchone()
        if row:
            message_id, text, cut_before, cut_after = row
            return hit(message_id, text, words, cut_before=bool(cut_before), cut_after=bool(cut_after))
    return hit(None, candidate.title, words, cut_before=False, cut_after=False)

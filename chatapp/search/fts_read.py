"""Searches the index on a connection of its own. Everything here runs in a native thread."""

import sqlite3
from bisect import bisect_right
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import orjson

from chatapp.search.fts_schema import BLOCK_BITS, owner_key
from chatapp.search.initials import query_terms
from chatapp.search.normalize import fold
from chatapp.search.query import Word, complete_syllable
from chatapp.search.snippets import make_hit

MAPPED_BYTES = 1 << 28
#: Some 30,000 characters, which are searched in a millisecond.
TITLES_AT_ONCE = 500
IN_TITLE, TOGETHER, APART = range(3)

#: A position in the list of hits: rank, time of the conversation's last change, its id.
Position = tuple[int, float, str]


@dataclass(frozen=True, slots=True)
class HitPage:
    """A page of hits by conversation id, in order, the position of each, and whether more follow."""

    hits: dict[str, dict[str, Any]]
    positions: dict[str, Position]
    has_more: bool

    def after(self, shown: Collection[str]) -> Position | None:
        """Return the position of the last hit that is shown, if others follow. `shown`: the first of the hits."""
        if not shown or (len(shown) == len(self.hits) and not self.has_more):
            return None
        return list(self.positions.values())[len(shown) - 1]


@dataclass(frozen=True, slots=True)
class _ConversationColumns:
    """An owner's conversations as columns: thousands of row objects would slow the garbage collector down."""

    ids: list[str]
    titles: list[str]
    changed_at: list[float]

    def position(self, number: int, rank: int) -> Position:
        return rank, self.changed_at[number], self.ids[number]


def find(
    file: str, owner: str, words: list[Word], *, archived: bool | None, after: Position | None, limit: int
) -> HitPage:
    """Return the owner's conversations that have all words, best first."""
    with closing(sqlite3.connect(f"{Path(file).absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.isolation_level = None
        connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
        connection.execute("BEGIN")
        listed = _load_conversations(connection, owner, archived)
        titled = _match_titles(listed.titles, words)
        places = [_find_parts(connection, owner, [word]) for word in words]
        together = _find_parts(connection, owner, words) if len(words) > 1 else places[0]
        ranks = _rank_conversations(listed, titled, places, together)
        numbers = _sort_after(listed, ranks, after)
        hits, positions = {}, {}
        for number in numbers[:limit]:
            best_first = [together, *sorted(places, key=len)]
            parts = "" if ranks[number] == IN_TITLE else _best_parts(listed.ids[number], best_first)
            hits[listed.ids[number]] = _make_hit(connection, parts, listed.titles[number], words)
            positions[listed.ids[number]] = listed.position(number, ranks[number])
        return HitPage(hits, positions, len(numbers) > limit)


def _load_conversations(connection: sqlite3.Connection, owner: str, archived: bool | None) -> _ConversationColumns:
    query = """
        SELECT json_group_array(id), json_group_array(title), json_group_array(updated_at) FROM conversations
        WHERE owner = ? AND archived IN (?, ?) AND deleted_at IS NULL
    """
    wanted = (0, 1) if archived is None else (archived, archived)
    return _ConversationColumns(*_query_columns(connection, query, owner, *wanted))


def _rank_conversations(
    listed: _ConversationColumns, titled: list[set[int]], places: list[dict[str, str]], together: dict[str, str]
) -> dict[int, int]:
    """Return the rank of each conversation with all words."""
    numbers = {conversation_id: number for number, conversation_id in enumerate(listed.ids)}
    said = [{numbers[one] for one in some if one in numbers} for some in places]
    complete = set.intersection(*(title | text for title, text in zip(titled, said, strict=True)))
    in_title = set.intersection(*titled)
    return {
        number: IN_TITLE if number in in_title else TOGETHER if listed.ids[number] in together else APART
        for number in complete
    }


def _sort_after(listed: _ConversationColumns, ranks: dict[int, int], after: Position | None) -> list[int]:
    """Return the indices of the conversations after a position, best first."""
    numbers = list(ranks)
    if after:
        order = _sort_key(after)
        numbers = [number for number in numbers if _sort_key(listed.position(number, ranks[number])) > order]
    numbers.sort(key=lambda number: listed.ids[number])
    numbers.sort(key=lambda number: -listed.changed_at[number])
    numbers.sort(key=lambda number: ranks[number])
    return numbers


def _sort_key(position: Position) -> tuple[int, float, str]:
    rank, changed_at, conversation_id = position
    return rank, -changed_at, conversation_id


def _best_parts(conversation_id: str, best_first: list[dict[str, str]]) -> str:
    return next((some[conversation_id] for some in best_first if conversation_id in some), "")


def _match_titles(titles: list[str], words: list[Word]) -> list[set[int]]:
    """Return for each word the indices of the titles that have it.

    Many titles are searched as one text, for speed; not all, since a native thread that searches a text holds the GIL.
    """
    found: list[set[int]] = [set() for _ in words]
    for first in range(0, len(titles), TITLES_AT_ONCE):
        folded = fold("\0".join(titles[first : first + TITLES_AT_ONCE]))
        ends = list(accumulate(len(title) + 1 for title in folded.split("\0")))
        for numbers, word in zip(found, words, strict=True):
            numbers.update(first + bisect_right(ends, match.start()) for match in word.pattern.finditer(folded))
    return found


def _find_parts(connection: sqlite3.Connection, owner: str, words: Iterable[Word]) -> dict[str, str]:
    """Return the parts with all these words, by conversation: their ids, comma-separated."""
    key = owner_key(owner)
    spelled = [word for word in words if not word.is_initials]
    asked = [
        ("search_index", [_phrase_query(key, word) for word in spelled if word.phrase]),
        ("search_starts", [_start_query(key, word) for word in spelled if word.start]),
        ("search_initials", [_initials_query(key, word) for word in words if word.is_initials]),
    ]
    matches = [(table, " AND ".join(queries)) for table, queries in asked if queries]
    rows = " INTERSECT ".join(f"SELECT rowid AS id FROM {table} WHERE {table} MATCH ?" for table, _ in matches)  # noqa: S608
    query = f"""
        SELECT json_group_array(conversation_id), json_group_array(parts) FROM (
            SELECT id >> {BLOCK_BITS} AS block, group_concat(id) AS parts FROM ({rows}) GROUP BY block
        ) JOIN search_blocks ON number = block AND owner = ?
    """  # noqa: S608
    found: dict[str, str] = {}
    columns = _query_columns(connection, query, *(match for _, match in matches), owner)
    for conversation_id, parts in zip(*columns, strict=True):
        before = found.get(conversation_id)
        found[conversation_id] = f"{before},{parts}" if before else parts
    return found


def _query_columns(connection: sqlite3.Connection, query: str, *parameters: object) -> list[Any]:
    """Return a query's columns, aggregated as JSON: fetching row by row would release and take the GIL for each."""
    return [orjson.loads(column) for column in connection.execute(query, parameters).fetchone()]


def _phrase_query(key: str, word: Word) -> str:
    """Return the word's tokens as an FTS5 query. Tokens hold no quotes, so nothing in the quotes is an operator."""
    *before, last = word.phrase
    lasts = complete_syllable(last) if word.is_unfinished else [last]
    star = " *" if word.is_prefix else ""
    return _any_of(f'"{" ".join(key + token for token in (*before, one))}"{star}' for one in lasts)


def _start_query(key: str, word: Word) -> str:
    return _any_of(f'"{key}{one}"' for one in (complete_syllable(word.start) if word.is_unfinished else [word.start]))


def _initials_query(key: str, word: Word) -> str:
    return " AND ".join(f'"{key}{term}" *' for term in query_terms(word.initials))


def _any_of(terms: Iterable[str]) -> str:
    return f"({' OR '.join(terms)})"


def _make_hit(connection: sqlite3.Connection, parts: str, title: str, words: list[Word]) -> dict[str, Any]:
    """Return the hit in the newest message of these parts, at its first part, or else in the title."""
    if parts:
        query = """
            SELECT m.id, substr(m.content, p."start" + 1, p."end" - p."start"),
                p."start" > 0, p."end" < length(m.content)
            FROM json_each(?) one JOIN search_parts p ON p.id = one.value JOIN messages m ON m.id = p.message_id
            ORDER BY m.id DESC, p."start" LIMIT 1
        """
        row = connection.execute(query, (f"[{parts}]",)).fetchone()
        if row:
            message_id, text, cut_before, cut_after = row
            return make_hit(message_id, text, words, cut_before=bool(cut_before), cut_after=bool(cut_after))
    return make_hit(None, title, words, cut_before=False, cut_after=False)

"""Searches without an index, if the database is not SQLite: it compares every text of the owner.

Ignores case, but not diacritics, full width and the like.
"""

import unicodedata
from typing import Any, cast

from sqlalchemy import ColumnElement, Float, and_, case, exists, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from chatapp.search.fts_read import APART, IN_TITLE, TOGETHER, HitPage, Position
from chatapp.search.initials import pattern_of
from chatapp.search.query import Word
from chatapp.search.snippets import make_hit
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Message


def find(owner: str, words: list[Word], *, archived: bool | None, after: Position | None, limit: int) -> HitPage:
    """Return the owner's conversations that have all words, best first, like `fts_read.find`."""
    in_title = [_contains(Conversation.title, word) for word in words]
    of_it = and_(Message.conversation_id == Conversation.id, Message.status != "running")
    in_messages = [_contains(Message.content, word) for word in words]
    somewhere = [or_(here, exists().where(of_it, said)) for here, said in zip(in_title, in_messages, strict=True)]
    together = exists().where(of_it, *in_messages)
    rank = case((and_(*in_title), IN_TITLE), (together, TOGETHER), else_=APART)
    query = select(rank, Conversation).where(Conversation.owner == owner, Conversation.deleted_at.is_(None), *somewhere)
    if archived is not None:
        query = query.where(Conversation.archived == archived)
    if after:
        position = tuple_(rank, -Conversation.updated_at, Conversation.id)
        query = query.where(position > tuple_(literal(after[0]), literal(-after[1], Float), literal(after[2])))
    query = query.order_by(rank, Conversation.updated_at.desc(), Conversation.id).limit(limit + 1)
    with db.read() as session:
        rows = [(int(rank), row) for rank, row in session.execute(query)]
        hits = {row.id: _make_hit(session, rank, row, words) for rank, row in rows[:limit]}
    positions = {row.id: (rank, row.updated_at, row.id) for rank, row in rows[:limit]}
    return HitPage(hits, positions, len(rows) > limit)


def _make_hit(session: Session, rank: int, conversation: Conversation, words: list[Word]) -> dict[str, Any]:
    """Return the hit in the title, or in the newest of the messages with the most words."""
    if rank != IN_TITLE:
        said = [_contains(Message.content, word) for word in words]
        count = sum((case((one, 1), else_=0) for one in said), literal(0))
        query = select(Message.id, Message.content).where(Message.conversation_id == conversation.id)
        query = query.where(Message.status != "running", or_(*said)).order_by(count.desc(), Message.id.desc()).limit(1)
        if row := session.execute(query).first():
            return make_hit(row.id, row.content, words, cut_before=False, cut_after=False)
    return make_hit(None, conversation.title, words, cut_before=False, cut_after=False)


def _contains(column: Any, word: Word) -> ColumnElement[bool]:
    contains = column.icontains(unicodedata.normalize("NFC", word.written), autoescape=True)
    if word.is_initials or (word.initials and column is Conversation.title):
        contains = or_(contains, column.regexp_match(pattern_of(word.initials)))
    return cast("ColumnElement[bool]", contains)

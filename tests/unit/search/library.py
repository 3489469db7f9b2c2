"""Conversations of several owners, and their index."""

import itertools
import sqlite3
from contextlib import closing

from sqlalchemy import update

from chatapp.ids import new_id
from chatapp.search import fts_write
from chatapp.search.fts_read import find
from chatapp.search.fts_write import Index
from chatapp.search.query import parse
from chatapp.storage.database import Database
from chatapp.storage.tables import Conversation, Message


class Library:
    """A database written as the application writes it, and the writing side of its index."""

    def __init__(self, folder):
        self.file = str(folder / "chatapp.db")
        self.database = Database()
        self.database.bind(f"sqlite:///{self.file}")
        self.database.migrate()
        self.index = Index(self.file)
        self._clock = itertools.count(1)

    def close(self):
        self.index.close()
        self.database.engine.dispose()

    def add_conversation(self, owner, *texts, title="", **fields):
        """Store a conversation with these messages; return its id."""
        at = float(next(self._clock))
        conversation_id = new_id()
        with self.database.write() as session:
            row = Conversation(id=conversation_id, owner=owner, title=title, created_at=at, updated_at=at, **fields)
            session.add(row)
            session.flush()
            session.add_all(self._message(conversation_id, text) for text in texts)
        return conversation_id

    def add_message(self, conversation_id, text, **fields):
        """Store one more message; return its id."""
        message = self._message(conversation_id, text, **fields)
        with self.database.write() as session:
            session.add(message)
        return message.id

    @staticmethod
    def _message(conversation_id, text, status="complete"):
        return Message(
            id=new_id(), conversation_id=conversation_id, role="user", content=text, status=status, created_at=0.0
        )

    def change(self, message_id, **values):
        self.run(update(Message).where(Message.id == message_id).values(**values))

    def run(self, statement):
        with self.database.write() as session:
            session.execute(statement)

    def catch_up(self, index=None):
        """Index everything that is queued."""
        index = index or self.index
        for _ in range(10_000):
            if not index.step():
                break
        assert not index.is_behind()

    def find(self, owner, query, *, archived=None, after=None, limit=50):
        return find(self.file, owner, parse(query), archived=archived, after=after, limit=limit)

    def find_ids(self, owner, query, **filters):
        """Return the ids of the conversations found, in order."""
        return list(self.find(owner, query, **filters).hits)

    def rows(self, statement):
        with closing(sqlite3.connect(self.file)) as connection:
            return connection.execute(statement).fetchall()

    def vocabulary(self):
        """Return the terms in the index, without deleted ones."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            terms = []
            for table in fts_write.TABLES:
                connection.execute(f"CREATE VIRTUAL TABLE temp.held USING fts5vocab('main', '{table}', 'row')")
                terms += [term for (term,) in connection.execute("SELECT term FROM held")]
                connection.execute("DROP TABLE held")
            return terms

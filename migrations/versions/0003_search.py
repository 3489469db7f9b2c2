"""Add the search index

SQLite only; with other databases the search reads the messages. `chatapp/search/fts_write.py` explains the tables. The
triggers belong to `messages`: a later migration that recreates that table must recreate them.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    # What is to be indexed. A new id for each change, so that whoever indexes notices that a message has changed again.
    """
    CREATE TABLE search_queue (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        message_id TEXT NOT NULL UNIQUE,
        done INTEGER NOT NULL DEFAULT 0
    )
    """,
    # What was indexed of messages that have changed since or are gone: the index is told what it has to forget.
    "CREATE TABLE search_leftovers (message_id TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID",
    # The index's rows are parts of messages, in blocks of 64 ids that belong to one conversation each.
    """
    CREATE TABLE search_blocks (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        owner TEXT NOT NULL,
        conversation_id TEXT NOT NULL,
        used INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX ix_search_blocks_owner ON search_blocks (owner, conversation_id)",
    """
    CREATE TABLE search_parts (
        id INTEGER PRIMARY KEY,
        message_id TEXT NOT NULL,
        "start" INTEGER NOT NULL,
        "end" INTEGER NOT NULL
    )
    """,
    "CREATE INDEX ix_search_parts_message_id ON search_parts (message_id)",
    "CREATE VIRTUAL TABLE search_index USING fts5 (tokens, content='', columnsize=0, tokenize='ascii')",
    "CREATE VIRTUAL TABLE search_starts USING fts5 (tokens, content='', columnsize=0, detail='none', tokenize='ascii')",
    # Segments are merged by the indexer in small steps: by itself FTS5 merges within somebody's commit, for 40 ms.
    "INSERT INTO search_index (search_index, rank) VALUES ('automerge', 0)",
    "INSERT INTO search_starts (search_starts, rank) VALUES ('automerge', 0)",
    """
    CREATE TRIGGER search_message_added AFTER INSERT ON messages WHEN NEW.content <> ''
    BEGIN
        INSERT OR REPLACE INTO search_queue (message_id) VALUES (NEW.id);
    END
    """,
    """
    CREATE TRIGGER search_message_changed AFTER UPDATE OF content, status ON messages
    WHEN OLD.content IS NOT NEW.content OR (OLD.status = 'running' AND NEW.status <> 'running')
    BEGIN
        INSERT OR IGNORE INTO search_leftovers (message_id, content)
            SELECT OLD.id, OLD.content WHERE EXISTS (SELECT 1 FROM search_parts WHERE message_id = OLD.id);
        INSERT OR REPLACE INTO search_queue (message_id) VALUES (NEW.id);
    END
    """,
    """
    CREATE TRIGGER search_message_removed AFTER DELETE ON messages
    BEGIN
        INSERT OR IGNORE INTO search_leftovers (message_id, content)
            SELECT OLD.id, OLD.content WHERE EXISTS (SELECT 1 FROM search_parts WHERE message_id = OLD.id);
        DELETE FROM search_queue WHERE message_id = OLD.id;
    END
    """,
    # The newest are indexed first, and these are the ones with the highest ids.
    "INSERT INTO search_queue (message_id) SELECT id FROM messages WHERE content <> '' ORDER BY id",
)


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for statement in STATEMENTS:
            connection.exec_driver_sql(statement)

"""Add the index of initial consonants

SQLite only, as the rest of the search index. `search_pending` has the parts of messages that are in the index without
their initials: all that are there now, which the server completes in small steps, and what a server of the version
before adds until it ends.
"""

from alembic import op

revision = "0014"
down_revision = "0013"

STATEMENTS = (
    """
    CREATE VIRTUAL TABLE search_initials
        USING fts5 (tokens, content='', columnsize=0, detail='none', tokenize='ascii')
    """,
    "INSERT INTO search_initials (search_initials, rank) VALUES ('automerge', 0)",
    "CREATE TABLE search_pending (part_id INTEGER PRIMARY KEY)",
    "INSERT INTO search_pending SELECT id FROM search_parts",
    """
    CREATE TRIGGER search_part_added AFTER INSERT ON search_parts
    BEGIN
        INSERT INTO search_pending VALUES (NEW.id);
    END
    """,
    """
    CREATE TRIGGER search_part_removed AFTER DELETE ON search_parts
    BEGIN
        DELETE FROM search_pending WHERE part_id = OLD.id;
    END
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for statement in STATEMENTS:
            connection.exec_driver_sql(statement)

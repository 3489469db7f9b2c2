"""Add sessions as rows"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# Index entries carry their owner's key, so what moves to another owner is indexed again.
MOVED = """
    CREATE TRIGGER search_conversation_moved AFTER UPDATE OF owner ON conversations WHEN OLD.owner IS NOT NEW.owner
    BEGIN
        INSERT OR IGNORE INTO search_leftovers (message_id, content)
            SELECT id, content FROM messages WHERE conversation_id = NEW.id
            AND EXISTS (SELECT 1 FROM search_parts WHERE message_id = messages.id);
        INSERT OR REPLACE INTO search_queue (message_id)
            SELECT id FROM messages WHERE conversation_id = NEW.id AND content <> '';
    END
"""


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=36), nullable=False),
        sa.Column("browser", sa.String(length=40), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("proof", sa.String(length=64), nullable=False),
        sa.Column("is_secure", sa.Boolean(), nullable=False),
        sa.Column("replaces", sa.String(length=36), nullable=True),
        sa.Column("signed_digest", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=True),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("digest"),
    )
    op.create_index(op.f("ix_sessions_owner"), "sessions", ["owner"])
    op.create_index(op.f("ix_sessions_signed_digest"), "sessions", ["signed_digest"])
    op.create_table(
        "owners",
        sa.Column("owner", sa.String(length=36), nullable=False),
        sa.Column("merged_into", sa.String(length=36), nullable=True),
        sa.Column("refuses_signed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_owners")),
    )
    op.add_column("session_codes", sa.Column("session_id", sa.String(length=36), nullable=True))
    values = op.create_table(
        "shared_values",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_shared_values")),
    )
    op.bulk_insert(
        values,
        [
            {"name": "identity", "value": secrets.token_hex(16)},
            {"name": "password_proof", "value": ""},
            {"name": "sessions_revision", "value": "0"},
        ],
    )
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(MOVED)

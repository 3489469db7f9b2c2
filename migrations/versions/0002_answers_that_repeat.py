"""Add the answer cache, and the origin of titles"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column(
        "conversations", sa.Column("titled_by", sa.String(length=16), server_default="person", nullable=False)
    )
    op.add_column("messages", sa.Column("cached_at", sa.Float(), nullable=True))
    op.add_column("generations", sa.Column("cache_key", sa.String(length=64), nullable=True))
    op.create_table(
        "cached_responses",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("reasoning", sa.Text(), nullable=False),
        sa.Column("usage", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("finish_reason", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.Column("used_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_cached_responses_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_cached_responses")),
    )
    op.create_index(op.f("ix_cached_responses_owner"), "cached_responses", ["owner"])
    op.create_index(op.f("ix_cached_responses_conversation_id"), "cached_responses", ["conversation_id"])
    op.create_index("ix_cached_responses_used", "cached_responses", ["used_at", "bytes"])
    op.create_index("ix_cached_responses_made", "cached_responses", ["made_at"])

"""Add the sizes of conversations, by which an owner's storage is bounded"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"

#: As chatapp/chat/storage_quota.py counts: the bytes of the texts, and 512 for each message.
MEASURE = """
    UPDATE conversations SET bytes = {system_prompt} + coalesce(
        (SELECT sum({content} + {reasoning} + 512) FROM messages WHERE conversation_id = conversations.id), 0
    )
"""


def upgrade() -> None:
    op.add_column("conversations", sa.Column("bytes", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_conversations_sizes", "conversations", ["owner", "bytes"])
    # SQLite has octet_length() from version 3.43 on only.
    size = "length(CAST({} AS BLOB))" if op.get_bind().dialect.name == "sqlite" else "octet_length({})"
    texts = {"system_prompt": "coalesce(system_prompt, '')", "content": "content", "reasoning": "reasoning"}
    op.execute(MEASURE.format(**{name: size.format(text) for name, text in texts.items()}))

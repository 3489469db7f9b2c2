"""Add what an imported conversation is recognized by, so that importing it again makes no double"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("import_key", sa.Text(), nullable=True))
    op.add_column("conversations", sa.Column("import_digest", sa.String(length=64), nullable=True))
    op.create_index("ix_conversations_imports", "conversations", ["owner", "import_key"])

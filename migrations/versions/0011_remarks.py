"""Add what a message says of its answer beside the text: which model has answered, and notices"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0008"


def upgrade() -> None:
    for table in ("messages", "cached_responses"):
        op.add_column(table, sa.Column("answered_by", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("notices", sa.JSON(none_as_null=True), nullable=True))

"""Alembic's environment: runs the migrations on the connection of chatapp.storage.database."""

from alembic import context

from chatapp.storage.database import is_declared
from chatapp.storage.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_name=is_declared,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()

"""How Alembic runs a migration: on the connection that `gateway.database.migrate` opened."""

from alembic import context

from gateway.migrations.metadata import METADATA, is_ours

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    include_name=is_ours,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()

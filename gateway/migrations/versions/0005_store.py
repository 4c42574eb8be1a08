"""Names that say what a column holds, one unique key, and the index of open work by provider.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# Table, older name, newer name.
COLUMNS = (
    ("sync_records", "attempts", "attempts_this_version"),
    ("sync_records", "tries", "attempts_total"),
    ("sync_records", "observed", "ledger_figures"),
    ("valves", "deaths", "dead_letters"),
    ("valves", "shut_at", "tripped_at"),
)
INDEXES = (("waits_pkey", "dependencies_pkey"), ("waits_awaited", "dependencies_awaited"))
DOCUMENT = ["connection_id", "document_type", "document_id"]
OPEN = ["connection_id", "priority", "desired_at"]
IS_OPEN = sa.text("state IN ('pending', 'retrying')")


def upgrade() -> None:
    """Rename, leave uniqueness to the primary key, and index open work by provider first."""
    for table, older, newer in COLUMNS:
        op.alter_column(table, older, new_column_name=newer)
    op.rename_table("waits", "dependencies")
    for older, newer in INDEXES:
        op.execute(f"ALTER INDEX {older} RENAME TO {newer}")
    _index_documents(unique=False)
    _index_open_work(["provider", *OPEN])


def downgrade() -> None:
    """Restore the older names, and the two indexes as they were."""
    _index_open_work(OPEN)
    _index_documents(unique=True)
    for older, newer in INDEXES:
        op.execute(f"ALTER INDEX {newer} RENAME TO {older}")
    op.rename_table("dependencies", "waits")
    for table, older, newer in COLUMNS:
        op.alter_column(table, newer, new_column_name=older)


def _index_documents(*, unique: bool) -> None:
    """Index the documents of a connection; the primary key is a hash of the same columns."""
    op.drop_index("sync_records_document", "sync_records")
    op.create_index("sync_records_document", "sync_records", DOCUMENT, unique=unique)


def _index_open_work(columns: list[str]) -> None:
    op.drop_index("sync_records_open", "sync_records")
    op.create_index("sync_records_open", "sync_records", columns, postgresql_where=IS_OPEN)

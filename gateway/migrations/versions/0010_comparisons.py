"""What contradicts what: the revision that was compared, and payments by what they settle.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

INDEX = "sync_records_settling"
SETTLED = sa.text("(desired -> 'allocations') jsonb_path_ops")


def upgrade() -> None:
    """Add the column and the index; what is held for a contradiction comes after them."""
    op.add_column("dependencies", sa.Column("revision", sa.BigInteger()))
    op.create_index(
        INDEX,
        "sync_records",
        [SETTLED],
        postgresql_using="gin",
        postgresql_where=sa.text("document_type = 'payment'"),
    )


def downgrade() -> None:
    """Drop both; the older release would take a comparison for a wait."""
    op.drop_index(INDEX, "sync_records")
    op.execute("DELETE FROM dependencies WHERE revision IS NOT NULL")
    op.drop_column("dependencies", "revision")

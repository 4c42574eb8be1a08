"""What of a document a ledger has in another form than the platform said.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column; the next write of a record fills it."""
    op.add_column("sync_records", sa.Column("remarks", JSONB()))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("sync_records", "remarks")

"""When a company was read last, and why a connection can't be used any more.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add both columns; a company was last read when it was connected."""
    op.add_column("connections", sa.Column("reason", JSONB()))
    op.add_column(
        "connections",
        sa.Column(
            "profile_read_at", sa.DateTime(timezone=True), server_default=sa.text("now()")
        ),
    )
    op.execute("UPDATE connections SET profile_read_at = connected_at")


def downgrade() -> None:
    """Drop both columns."""
    op.drop_column("connections", "profile_read_at")
    op.drop_column("connections", "reason")

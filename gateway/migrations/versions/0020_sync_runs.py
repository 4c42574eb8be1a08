"""Runs of a sync that was asked for, and the records that each set going.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from gateway.migrations.row_security import secure

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "sync_runs",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("document_types", ARRAY(sa.Text)),
        sa.Column("started_by", sa.Text, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("sync_runs_newest", "sync_runs", ["tenant_id", "started_at", "id"])
    op.create_table(
        "sync_run_records",
        sa.Column("run_id", sa.Uuid, primary_key=True),
        sa.Column("record_id", sa.Uuid, primary_key=True),
        sa.Column("tenant_id", sa.Text, nullable=False),
    )
    secure("sync_runs")
    secure("sync_run_records")


def downgrade() -> None:
    """Drop both: runs are forgotten, and what they set going goes on."""
    op.drop_table("sync_run_records")
    op.drop_table("sync_runs")

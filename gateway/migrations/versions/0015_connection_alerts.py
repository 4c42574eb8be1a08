"""What people were told about connections.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table; what holds by now is told by the first look."""
    op.create_table(
        "connection_alerts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("connection_id", sa.Uuid, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("realm_id", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("fix", sa.Text, nullable=False),
        sa.Column("solver", sa.Text, nullable=False),
        sa.Column("threshold_days", sa.Integer),
        sa.Column("ends_at", TIME),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("told_at", TIME, nullable=False),
        sa.Column("closed_at", TIME),
    )
    open_ones, closed = sa.text("closed_at IS NULL"), sa.text("closed_at IS NOT NULL")
    op.create_index(
        "connection_alerts_cause",
        "connection_alerts",
        ["connection_id", "code"],
        unique=True,
        postgresql_where=open_ones,
    )
    op.create_index(
        "connection_alerts_closed", "connection_alerts", ["closed_at"], postgresql_where=closed
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("connection_alerts")

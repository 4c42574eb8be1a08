"""Consents that are being given, and a tenant's only connection at a provider.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0015"
down_revision = "0014"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table; no connection is the only one until it is connected as such."""
    op.add_column(
        "connections",
        sa.Column("is_single", sa.Boolean, nullable=False, server_default=sa.text("false")),
    )
    op.create_index(
        "connections_single",
        "connections",
        ["tenant_id", "provider"],
        unique=True,
        postgresql_where=sa.text("is_single AND state <> 'disconnected'"),
    )
    op.create_table(
        "connect_sessions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("return_url", sa.Text, nullable=False),
        sa.Column("provider", sa.Text),
        sa.Column("connection_id", sa.Uuid),
        sa.Column("replaces", sa.Boolean, nullable=False),
        sa.Column("address_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("browser_hash", sa.LargeBinary),
        sa.Column("state_hash", sa.LargeBinary, unique=True),
        sa.Column("state_expires_at", TIME),
        sa.Column("chosen_provider", sa.Text),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("key_id", sa.Text),
        sa.Column("companies", JSONB),
        sa.Column("outcome", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("connected", ARRAY(sa.Uuid), nullable=False, server_default="{}"),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
    )
    op.create_index("connect_sessions_expires_at", "connect_sessions", ["expires_at"])


def downgrade() -> None:
    """Drop them; consents that are being given have to be begun again."""
    op.drop_table("connect_sessions")
    op.drop_index("connections_single", "connections")
    op.drop_column("connections", "is_single")

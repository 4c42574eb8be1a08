"""Grants, connections, the audit of provider calls, and the gateway's own outbox.

Revision ID: 0001
Revises: nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from ledgerlane_outbox import install_sync, uninstall_sync

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables, the grants before the connections that act under them."""
    _create_grants()
    _create_connections()
    _create_api_calls()
    install_sync(op.get_bind())


def downgrade() -> None:
    """Drop everything, with all that is in it."""
    uninstall_sync(op.get_bind())
    for table in ("api_calls", "connections", "grants"):
        op.drop_table(table)


def _create_grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refresh_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("grants_key", "grants", ["key_id"])


def _create_connections() -> None:
    op.create_table(
        "connections",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("realm_id", sa.Text, nullable=False),
        sa.Column("grant_id", sa.Uuid, sa.ForeignKey("grants.id", name="connections_grant")),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("company_name", sa.Text, nullable=False),
        sa.Column("country", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("profile", postgresql.JSONB, nullable=False),
        sa.Column(
            "settings", postgresql.JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")
        ),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("provider", "realm_id", name="connections_realm"),
        sa.CheckConstraint(
            "state IN ('connected', 'disconnected', 'expired', 'error')",
            name="connections_state",
        ),
        sa.CheckConstraint(
            "state <> 'connected' OR grant_id IS NOT NULL",
            name="connections_connected_by_grant",
        ),
    )
    op.create_index("connections_tenant", "connections", ["tenant_id", "provider"])
    op.create_index("connections_grant_id", "connections", ["grant_id"])
    op.create_index(
        "connections_default",
        "connections",
        ["tenant_id", "provider"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )


def _create_api_calls() -> None:
    op.create_table(
        "api_calls",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connection_id", sa.Uuid, nullable=False),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("realm_id", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("status", sa.SmallInteger),
        sa.Column("duration_s", sa.Double, nullable=False),
        sa.Column("trace_id", sa.Text, nullable=False),
    )
    op.create_index("api_calls_connection", "api_calls", ["connection_id", "called_at"])
    op.create_index("api_calls_called_at", "api_calls", ["called_at"])

"""Consents that are being given, and a tenant's only connection at a provider.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from gateway.migrations.row_security import LOOKUP, make_lookup, secure

revision = "0019"
down_revision = "0018"

TIME = sa.DateTime(timezone=True)

# Whose session it is, by what a browser brings, before its tenant is known.
LOOKUPS = (
    (
        "ledgerlane_connect_session_of_id(uuid)",
        "TABLE (id uuid, tenant_id text)",
        "SELECT id, tenant_id FROM connect_sessions WHERE id = $1",
    ),
    (
        "ledgerlane_connect_session_of_address(bytea)",
        "TABLE (id uuid, tenant_id text)",
        "SELECT id, tenant_id FROM connect_sessions WHERE address_hash = $1",
    ),
    (
        "ledgerlane_connect_session_of_state(bytea)",
        "TABLE (id uuid, tenant_id text)",
        "SELECT id, tenant_id FROM connect_sessions WHERE state_hash = $1",
    ),
    (
        "ledgerlane_tenants_with_old_connect_sessions(timestamptz, integer)",
        "SETOF text",
        "SELECT DISTINCT tenant_id FROM (SELECT tenant_id FROM connect_sessions"
        " WHERE expires_at < $1 ORDER BY expires_at LIMIT $2) AS oldest",
    ),
    (
        "ledgerlane_tenants_with_late_consents(timestamptz)",
        "SETOF text",
        "SELECT DISTINCT tenant_id FROM connect_sessions"
        " WHERE expires_at <= $1 AND key_id IS NOT NULL",
    ),
)
# Neither what is sealed nor whose browser it is.
SEEN = "id, tenant_id, address_hash, state_hash, expires_at, key_id"


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
    secure("connect_sessions")
    op.execute(f"GRANT SELECT ({SEEN}) ON connect_sessions TO {LOOKUP}")
    for lookup in LOOKUPS:
        make_lookup(*lookup)


def downgrade() -> None:
    """Drop them; consents that are being given have to be begun again."""
    for signature, _, _ in LOOKUPS:
        op.execute(f"DROP FUNCTION {signature}")
    op.drop_table("connect_sessions")
    op.drop_index("connections_single", "connections")
    op.drop_column("connections", "is_single")

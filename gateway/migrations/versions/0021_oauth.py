"""OAuth for integrators: clients and their access tokens.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from gateway.migrations.row_security import LOOKUP, make_lookup, secure

revision = "0021"
down_revision = "0020"

_OWNERS = {
    "ledgerlane_owner_of_client(uuid)": "SELECT tenant_id FROM oauth_clients WHERE id = $1",
    "ledgerlane_owner_of_token(bytea)": "SELECT tenant_id FROM oauth_tokens WHERE digest = $1",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "oauth_clients",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("scopes", ARRAY(sa.Text), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "oauth_tokens",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("client_id", sa.Uuid, sa.ForeignKey("oauth_clients.id"), nullable=False),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("scopes", ARRAY(sa.Text), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
    )
    op.create_index("oauth_tokens_client", "oauth_tokens", ["client_id", "expires_at"])
    for table in ("oauth_clients", "oauth_tokens"):
        secure(table)
    # Not the digests: whose a client or token is can be told without them.
    op.execute(
        "GRANT SELECT (id, name, tenant_id, scopes, created_at, revoked_at)"
        f" ON oauth_clients TO {LOOKUP}"
    )
    op.execute(f"GRANT SELECT (digest, tenant_id) ON oauth_tokens TO {LOOKUP}")
    for signature, query in _OWNERS.items():
        make_lookup(signature, "text", query)


def downgrade() -> None:
    """Drop them: integrators are let in no more."""
    for signature in _OWNERS:
        op.execute(f"DROP FUNCTION {signature}")
    op.drop_table("oauth_tokens")
    op.drop_table("oauth_clients")

"""What people were told about connections.

Revision ID: 0018
Revises: 0017
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

from gateway.migrations.row_security import LOOKUP, make_lookup, secure

revision = "0018"
down_revision = "0017"

TIME = sa.DateTime(timezone=True)

# What is asked over all tenants: signature, result, query. Each tells ids, times or numbers.
_LOOKUPS: Final = (
    (
        "ledgerlane_tenants_to_watch(timestamptz, timestamptz)",
        "SETOF text",
        """
        SELECT c.tenant_id FROM connections c LEFT JOIN grants g ON g.id = c.grant_id
         WHERE c.state IN ('expired', 'error')
            OR c.state = 'connected'
               AND (g.refresh_expires_at < $1 OR g.consent_expires_at < $2)
         UNION
        SELECT tenant_id FROM connection_alerts WHERE closed_at IS NULL
        """,
    ),
    (
        "ledgerlane_open_alerts()",
        "TABLE (provider text, code text, alerts bigint)",
        "SELECT provider, code, count(*) FROM connection_alerts WHERE closed_at IS NULL"
        " GROUP BY 1, 2",
    ),
    (
        "ledgerlane_next_ends()",
        "TABLE (provider text, refresh_at timestamptz, consent_at timestamptz)",
        """
        SELECT c.provider, min(g.refresh_expires_at), min(g.consent_expires_at)
          FROM connections c JOIN grants g ON g.id = c.grant_id
         WHERE c.state = 'connected' GROUP BY 1
        """,
    ),
    (
        "ledgerlane_tenants_with_old_connection_alerts(timestamptz, integer)",
        "SETOF text",
        "SELECT DISTINCT tenant_id FROM (SELECT tenant_id FROM connection_alerts"
        " WHERE closed_at < $1 ORDER BY closed_at LIMIT $2) AS oldest",
    ),
)


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
    op.execute(f"GRANT SELECT ON connection_alerts TO {LOOKUP}")
    secure("connection_alerts")
    for lookup in _LOOKUPS:
        make_lookup(*lookup)


def downgrade() -> None:
    """Drop it, and the functions that read it."""
    for signature, _, _ in _LOOKUPS:
        op.execute(f"DROP FUNCTION {signature}")
    op.drop_table("connection_alerts")

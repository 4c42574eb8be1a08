"""When a consent ends for good, and when an idle one is to be used.

Revision ID: 0017
Revises: 0016
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

from gateway.migrations.row_security import LOOKUP, make_lookup

revision = "0017"
down_revision = "0016"

TIME = sa.DateTime(timezone=True)

# A grant was stored when its consent was given: Intuit counts its five years from then.
ENDS_AT_INTUIT: Final = """
    UPDATE grants SET consent_expires_at = created_at + interval '1825 days'
     WHERE provider = 'qbo'
"""
# As later tokens have it: when between a half and two thirds of the refresh token's life are
# over, spread by chance. What is over already is due at once.
KEEP_ALIVE: Final = """
    UPDATE grants
       SET keep_alive_at = updated_at
                         + (refresh_expires_at - updated_at) * (1 / 2.0 + random() / 6)
     WHERE consent_expires_at IS NULL
        OR refresh_expires_at < consent_expires_at - interval '1 day'
"""

# When tokens end is no secret: the functions over all tenants need it.
COLUMNS: Final = "(provider, refresh_expires_at, consent_expires_at, keep_alive_at)"
# Of a consent that serves several companies any that is connected will do. One under which none
# is connected any more is not used: whoever connects again brings a new one.
IDLE: Final = (
    "ledgerlane_idle_grants(text, timestamptz)",
    "TABLE (tenant_id text, connection_id uuid)",
    """
    SELECT g.tenant_id, c.id
      FROM grants g
      JOIN LATERAL (SELECT id FROM connections
                     WHERE grant_id = g.id AND state = 'connected' LIMIT 1) AS c ON TRUE
     WHERE g.provider = $1 AND g.keep_alive_at <= $2
     ORDER BY g.keep_alive_at LIMIT 20
    """,
)


def upgrade() -> None:
    """Add both columns, with what they hold for the grants that are there."""
    op.add_column("grants", sa.Column("consent_expires_at", TIME))
    op.add_column("grants", sa.Column("keep_alive_at", TIME))
    # Forced, its policies bind the owner as well, who would find no row to change.
    op.execute("ALTER TABLE grants NO FORCE ROW LEVEL SECURITY")
    op.execute(ENDS_AT_INTUIT)
    op.execute(KEEP_ALIVE)
    op.execute("ALTER TABLE grants FORCE ROW LEVEL SECURITY")
    op.create_index(
        "grants_keep_alive",
        "grants",
        ["provider", "keep_alive_at"],
        postgresql_where=sa.text("keep_alive_at IS NOT NULL"),
    )
    op.execute(f"GRANT SELECT {COLUMNS} ON grants TO {LOOKUP}")
    make_lookup(*IDLE)


def downgrade() -> None:
    """Drop both columns."""
    op.execute(f"DROP FUNCTION {IDLE[0]}")
    op.execute(f"REVOKE SELECT {COLUMNS} ON grants FROM {LOOKUP}")  # noqa: S608 - ours
    op.drop_index("grants_keep_alive", "grants")
    op.drop_column("grants", "keep_alive_at")
    op.drop_column("grants", "consent_expires_at")

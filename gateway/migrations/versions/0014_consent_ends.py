"""When a consent ends for good, and when an idle one is to be used.

Revision ID: 0014
Revises: 0013
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

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


def upgrade() -> None:
    """Add both columns, with what they hold for the grants that are there."""
    op.add_column("grants", sa.Column("consent_expires_at", TIME))
    op.add_column("grants", sa.Column("keep_alive_at", TIME))
    op.execute(ENDS_AT_INTUIT)
    op.execute(KEEP_ALIVE)
    op.create_index(
        "grants_keep_alive",
        "grants",
        ["provider", "keep_alive_at"],
        postgresql_where=sa.text("keep_alive_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop both columns."""
    op.drop_index("grants_keep_alive", "grants")
    op.drop_column("grants", "keep_alive_at")
    op.drop_column("grants", "consent_expires_at")

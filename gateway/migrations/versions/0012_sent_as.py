"""By what a create in doubt can be found again, whatever was changed since.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column; writes that are under way are looked up as they are by now."""
    op.add_column(
        "intents",
        sa.Column("sent_as", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")),
    )


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("intents", "sent_as")

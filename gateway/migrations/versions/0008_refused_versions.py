"""The version of a document that intake refused, beside its record.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"

# What an older release would take for a record that was born in the ledger.
NEVER_ANNOUNCED = """
    (SELECT record_id FROM sync_records
      WHERE refused_version IS NOT NULL AND desired IS NULL AND observed IS NULL
        AND external_id IS NULL)
"""
OF_A_RECORD = ("tasks", "intents", "dependencies", "sync_records")
# Without the refused version the records agree again, if they did before.
RELEASE = """
    UPDATE sync_records SET state = 'pending', reason = NULL, updated_at = now()
     WHERE refused_version IS NOT NULL AND state = 'held'
"""


def upgrade() -> None:
    """Add the columns; no version was refused before that is still known."""
    op.add_column("sync_records", sa.Column("refused_version", sa.BigInteger()))
    op.add_column("sync_records", sa.Column("refusal", JSONB()))


def downgrade() -> None:
    """Delete records of which every version was refused, and go on with the other ones."""
    for table in OF_A_RECORD:
        op.execute(f"DELETE FROM {table} WHERE record_id IN {NEVER_ANNOUNCED}")  # noqa: S608
    op.execute(RELEASE)
    op.drop_column("sync_records", "refusal")
    op.drop_column("sync_records", "refused_version")

"""The ledger's side of a sync record, and the revision that rises with a change of either.

Revision ID: 0006
Revises: 0005
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

revision = "0006"
down_revision = "0005"

NUMBER = sa.BigInteger()
ADDED: dict[str, TypeEngine[Any]] = {
    "observed": JSONB(),
    "observed_version": NUMBER,
    "observed_presence": sa.Text(),
    "base_ledger_version": NUMBER,
}
DESIRED = ("desired", "desired_version", "desired_at")

# The older release knows no record without the platform's side. Tasks of one can't be kept
# either: they lead to the record.
LEDGER_BORN = "(SELECT record_id FROM sync_records WHERE desired IS NULL)"
OF_A_RECORD = ("tasks", "intents", "dependencies", "sync_records")
# What the downgrade of 0008 set aside is the platform's. Its link and its doubts stay, and the
# next version that is announced replaces the empty document.
KEEP_SET_ASIDE = """
    UPDATE sync_records
       SET desired = jsonb_build_object('id', document_id),
           desired_version = COALESCE(desired_version, -1),
           desired_at = COALESCE(desired_at, updated_at)
     WHERE desired IS NULL
       AND (desired_version IS NOT NULL OR reason ->> 'code' = 'invalid_document')
"""


def upgrade() -> None:
    """Add the columns; a record may be without the platform's side from here on."""
    first = sa.Column("revision", NUMBER, nullable=False, server_default=sa.text("1"))
    op.add_column("sync_records", first)
    for name, kind in ADDED.items():
        op.add_column("sync_records", sa.Column(name, kind))
    for name in DESIRED:
        op.alter_column("sync_records", name, nullable=True)


def downgrade() -> None:
    """Delete records that were born in the ledger, and drop the columns."""
    op.execute(KEEP_SET_ASIDE)
    for table in OF_A_RECORD:
        op.execute(f"DELETE FROM {table} WHERE record_id IN {LEDGER_BORN}")  # noqa: S608
    for name in DESIRED:
        op.alter_column("sync_records", name, nullable=False)
    for name in ("revision", *ADDED):
        op.drop_column("sync_records", name)

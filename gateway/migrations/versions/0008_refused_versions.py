"""The version of a document that intake refused, beside its record.

Since this revision documents are accepted that the release before it can't read. Going back
holds what is still to be written of them until it is announced again, and forgets what was
agreed of the others, so that their next version is written whole.

Revision ID: 0008
Revises: 0007
"""

import json
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from gateway.migrations.older_documents import is_surely_read

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

PAGE = 1_000
READ = sa.text("""
    SELECT record_id, document_type, desired::text AS desired, base::text AS base,
           observed::text AS observed
      FROM sync_records WHERE record_id > :after ORDER BY record_id LIMIT :limit
""")
FORGET = {
    "base": sa.text("UPDATE sync_records SET base = NULL WHERE record_id = ANY(:ids)"),
    "observed": sa.text("UPDATE sync_records SET observed = NULL WHERE record_id = ANY(:ids)"),
    "desired": sa.text("""
        UPDATE sync_records SET desired = NULL
         WHERE record_id = ANY(:ids) AND state IN ('agreed', 'skipped')
    """),
}
# Without a version, so that the same one is taken when it is announced again.
HOLD = sa.text("""
    UPDATE sync_records
       SET desired = NULL, desired_version = NULL, desired_at = NULL, state = 'held',
           reason = CAST(:reason AS jsonb), next_attempt_at = NULL, updated_at = now()
     WHERE record_id = ANY(:ids) AND state NOT IN ('agreed', 'skipped')
""")
REASON = {
    "code": "invalid_document",
    "category": "validation",
    "cause": "The document was stored by a newer release, and this one may not read it.",
    "fix": "Announce the document again, or install the newer release and announce it there.",
    "solver": "platform",
    "provider_code": "",
    "link": "docs/errors.md#invalid_document",
}


def upgrade() -> None:
    """Add the columns; no version was refused before that is still known."""
    op.add_column("sync_records", sa.Column("refused_version", sa.BigInteger()))
    op.add_column("sync_records", sa.Column("refusal", JSONB()))


def downgrade() -> None:
    """Delete records of which every version was refused, and set aside what can't be read."""
    for table in OF_A_RECORD:
        op.execute(f"DELETE FROM {table} WHERE record_id IN {NEVER_ANNOUNCED}")  # noqa: S608
    op.execute(RELEASE)
    _set_unreadable_aside(op.get_bind())
    op.drop_column("sync_records", "refusal")
    op.drop_column("sync_records", "refused_version")


def _set_unreadable_aside(connection: sa.Connection) -> None:
    """Take documents out of the rows that the older release may not read, page by page."""
    after = UUID(int=0)
    while page := connection.execute(READ, {"after": after, "limit": PAGE}).mappings().all():
        after = page[-1]["record_id"]
        for name, forget in FORGET.items():
            connection.execute(forget, {"ids": _unreadable(page, name)})
        held = {"ids": _unreadable(page, "desired"), "reason": json.dumps(REASON)}
        connection.execute(HOLD, held)


def _unreadable(page: Sequence[sa.RowMapping], name: str) -> list[UUID]:
    """Return the records of which the older release may not read this document."""
    return [
        row["record_id"]
        for row in page
        if row[name] is not None and not is_surely_read(row["document_type"], row[name])
    ]

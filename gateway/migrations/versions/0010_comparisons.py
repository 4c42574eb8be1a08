"""What contradicts what: the revision that was compared, and payments by what they settle.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

INDEX = "sync_records_settling"
SETTLED = sa.text("(desired -> 'allocations') jsonb_path_ops")
# Going back forgets with what each was compared, so that no newer version would wake it.
COMPARE_ANEW = """
    UPDATE sync_records SET state = 'pending', reason = NULL, updated_at = now()
     WHERE state = 'held' AND reason ->> 'code' IN (
           'exchange_rate_contradicts', 'exchange_rate_for_several_currencies',
           'exchange_rate_not_carried', 'names_out_of_use', 'other_realm',
           'party_currency_differs', 'payment_currency_differs', 'payment_exceeds_open_amount',
           'payment_party_differs', 'settles_draft', 'settles_voided', 'wrong_direction')
"""


def upgrade() -> None:
    """Add the column and the index, and compare anew what was held before a downgrade."""
    op.add_column("dependencies", sa.Column("revision", sa.BigInteger()))
    op.create_index(
        INDEX,
        "sync_records",
        [SETTLED],
        postgresql_using="gin",
        postgresql_where=sa.text("document_type = 'payment'"),
    )
    op.execute(COMPARE_ANEW)


def downgrade() -> None:
    """Drop both; the older release would take a comparison for a wait."""
    op.drop_index(INDEX, "sync_records")
    op.execute("DELETE FROM dependencies WHERE revision IS NOT NULL")
    op.drop_column("dependencies", "revision")

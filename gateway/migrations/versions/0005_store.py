"""The sync records have one unique key, so that intakes can add the same documents at once.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"

DOCUMENT = ["connection_id", "document_type", "document_id"]


def upgrade() -> None:
    """Leave uniqueness to the primary key, which is a hash of the same columns."""
    op.drop_index("sync_records_document", "sync_records")
    op.create_index("sync_records_document", "sync_records", DOCUMENT)


def downgrade() -> None:
    """Say it twice again."""
    op.drop_index("sync_records_document", "sync_records")
    op.create_index("sync_records_document", "sync_records", DOCUMENT, unique=True)

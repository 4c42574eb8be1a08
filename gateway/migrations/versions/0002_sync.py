"""Sync records, waits, intents, leases and dead letters.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables of the consumers."""
    _create_sync_records()
    _index_sync_records()
    _create_waits()
    _create_intents()
    _create_leases()
    _create_dead_letters()


def downgrade() -> None:
    """Drop everything, with all that is in it."""
    for table in ("dead_letters", "leases", "intents", "waits", "sync_records"):
        op.drop_table(table)


def _create_sync_records() -> None:
    op.create_table(
        "sync_records",
        sa.Column("record_id", sa.Uuid, primary_key=True),
        sa.Column("connection_id", sa.Uuid, nullable=False),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("realm_id", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("document_type", sa.Text, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("desired", JSONB, nullable=False),
        sa.Column("desired_version", sa.BigInteger, nullable=False),
        sa.Column("desired_at", TIME, nullable=False),
        sa.Column("base", JSONB),
        sa.Column("base_version", sa.BigInteger),
        sa.Column("observed", JSONB),
        sa.Column("external_id", sa.Text),
        sa.Column("external_code", sa.Text),
        sa.Column("sync_token", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", JSONB),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("tries", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("next_attempt_at", TIME),
        sa.Column("synced_at", TIME),
        sa.Column("updated_at", TIME, nullable=False),
    )


def _index_sync_records() -> None:
    op.create_index(
        "sync_records_document",
        "sync_records",
        ["connection_id", "document_type", "document_id"],
        unique=True,
    )
    op.create_index(
        "sync_records_external",
        "sync_records",
        ["connection_id", "document_type", "external_id"],
        unique=True,
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.create_index(
        "sync_records_open",
        "sync_records",
        ["connection_id", "priority", "desired_at"],
        postgresql_where=sa.text("state IN ('pending', 'retrying')"),
    )
    op.create_index(
        "sync_records_stuck",
        "sync_records",
        ["connection_id", "state"],
        postgresql_where=sa.text("state IN ('held', 'waiting', 'dead')"),
    )


def _create_waits() -> None:
    op.create_table(
        "waits",
        sa.Column("record_id", sa.Uuid, primary_key=True),
        sa.Column("awaited_id", sa.Uuid, primary_key=True),
        sa.Column("agreed", sa.Boolean, nullable=False),
    )
    op.create_index("waits_awaited", "waits", ["awaited_id"])


def _create_intents() -> None:
    op.create_table(
        "intents",
        sa.Column("record_id", sa.Uuid, primary_key=True),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("idempotency_key", sa.Uuid, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("started_at", TIME, nullable=False),
    )


def _create_leases() -> None:
    op.create_table(
        "leases",
        sa.Column("provider", sa.Text, primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("taken_at", TIME, nullable=False),
    )


def _create_dead_letters() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("record_id", sa.Uuid),
        sa.Column("connection_id", sa.Uuid),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("realm_id", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("document_type", sa.Text, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("reason", JSONB, nullable=False),
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.Column("documents", JSONB, nullable=False),
        sa.Column("original_topic", sa.Text, nullable=False),
        sa.Column("original_partition", sa.Integer, nullable=False),
        sa.Column("original_offset", sa.BigInteger, nullable=False),
        sa.Column("original_headers", JSONB, nullable=False),
        sa.Column("original_value", sa.LargeBinary, nullable=False),
        sa.Column("died_at", TIME, nullable=False),
        sa.Column("replayed_at", TIME),
    )
    op.create_index(
        "dead_letters_open",
        "dead_letters",
        ["died_at"],
        postgresql_where=sa.text("replayed_at IS NULL"),
    )
    op.create_index("dead_letters_realm", "dead_letters", ["tenant_id", "realm_id"])

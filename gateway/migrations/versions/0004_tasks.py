"""Tasks, the time at which a record's trouble was over, and indexes of what may be deleted.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TIME = sa.DateTime(timezone=True)

# What stopped before there were tasks has one too.
TASKS_OF_STOPPED_RECORDS = """
    INSERT INTO tasks (
        id, record_id, connection_id, tenant_id, realm_id, provider, document_type, document_id,
        version, code, category, cause, fix, solver, provider_code, opened_at, last_seen_at)
    SELECT gen_random_uuid(), record_id, connection_id, tenant_id, realm_id, provider,
           document_type, document_id, desired_version, reason ->> 'code',
           reason ->> 'category', reason ->> 'cause', reason ->> 'fix',
           CASE reason ->> 'solver' WHEN 'nobody' THEN 'tenant_admin'
                                    ELSE reason ->> 'solver' END,
           reason ->> 'provider_code', updated_at, updated_at
      FROM sync_records
     WHERE state IN ('held', 'dead') AND reason IS NOT NULL
"""
# The trouble of those was over by then at the latest.
RESOLVED_BEFORE = """
    UPDATE sync_records SET resolved_at = synced_at WHERE state = 'agreed' AND tries > 0
"""


def upgrade() -> None:
    """Create the table, and open a task for each record that is stopped."""
    op.add_column("sync_records", sa.Column("resolved_at", TIME))
    op.execute(RESOLVED_BEFORE)
    _create_tasks()
    op.execute(TASKS_OF_STOPPED_RECORDS)
    op.create_index(
        "dead_letters_record",
        "dead_letters",
        ["record_id"],
        postgresql_where=sa.text("replayed_at IS NULL"),
    )
    op.create_index(
        "dead_letters_replayed",
        "dead_letters",
        ["replayed_at"],
        postgresql_where=sa.text("replayed_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop it all: the records keep their states and reasons."""
    op.drop_index("dead_letters_replayed", "dead_letters")
    op.drop_index("dead_letters_record", "dead_letters")
    op.drop_table("tasks")
    op.drop_column("sync_records", "resolved_at")


def _create_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("record_id", sa.Uuid, nullable=False),
        sa.Column("connection_id", sa.Uuid, nullable=False),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("realm_id", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("document_type", sa.Text, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("fix", sa.Text, nullable=False),
        sa.Column("solver", sa.Text, nullable=False),
        sa.Column("provider_code", sa.Text, nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("last_seen_at", TIME, nullable=False),
        sa.Column("times_seen", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("note", sa.Text),
        sa.Column("noted_at", TIME),
        sa.Column("closed_at", TIME),
        sa.Column("closed_by", sa.Text),
    )
    open_ones, closed = sa.text("closed_at IS NULL"), sa.text("closed_at IS NOT NULL")
    op.create_index(
        "tasks_cause", "tasks", ["record_id", "code"], unique=True, postgresql_where=open_ones
    )
    op.create_index("tasks_open", "tasks", ["opened_at", "id"], postgresql_where=open_ones)
    op.create_index("tasks_closed", "tasks", ["closed_at"], postgresql_where=closed)

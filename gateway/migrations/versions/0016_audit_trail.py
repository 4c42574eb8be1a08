"""The audit trail: entries that are only appended, and the end of each chain.

Revision ID: 0016
Revises: 0015
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

from gateway.migrations.row_security import APP, LOOKUP, secure

revision = "0016"
down_revision = "0015"

_TRIGGERS: Final = (
    """
    CREATE FUNCTION trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION USING
            ERRCODE = 'integrity_constraint_violation',
            MESSAGE = TG_TABLE_NAME || ' is append-only: ' || TG_OP || ' is refused';
    END
    $$
    """,
    """
    CREATE FUNCTION trail_head_moves_by_one() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.tenant_id <> OLD.tenant_id OR NEW.seq <> OLD.seq + 1 THEN
            RAISE EXCEPTION USING
                ERRCODE = 'integrity_constraint_violation',
                MESSAGE = 'trail_heads: the end of a chain moves by one entry at a time';
        END IF;
        RETURN NEW;
    END
    $$
    """,
    """
    CREATE TRIGGER trail_entries_append_only
        BEFORE UPDATE OR DELETE OR TRUNCATE ON trail_entries
        FOR EACH STATEMENT EXECUTE FUNCTION trail_is_append_only()
    """,
    """
    CREATE TRIGGER trail_heads_append_only BEFORE DELETE OR TRUNCATE ON trail_heads
        FOR EACH STATEMENT EXECUTE FUNCTION trail_is_append_only()
    """,
    """
    CREATE TRIGGER trail_heads_move_by_one BEFORE UPDATE ON trail_heads
        FOR EACH ROW EXECUTE FUNCTION trail_head_moves_by_one()
    """,
)

_RIGHTS: Final = (
    f"REVOKE UPDATE, DELETE ON trail_entries FROM {APP}",
    f"REVOKE DELETE ON trail_heads FROM {APP}",
    f"GRANT SELECT ON trail_entries, trail_heads TO {LOOKUP}",
)


def upgrade() -> None:
    """Create the tables, and the triggers that keep them as they were written."""
    op.create_table(
        "trail_entries",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who_id", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
    )
    op.create_index("trail_entries_at", "trail_entries", ["at"])
    op.create_table(
        "trail_heads",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
    )
    for statement in (*_TRIGGERS, *_RIGHTS):
        op.execute(statement)
    secure("trail_entries")
    secure("trail_heads")


def downgrade() -> None:
    """Drop them with all entries: keep a copy of the database first."""
    op.drop_table("trail_entries")
    op.drop_table("trail_heads")
    op.execute("DROP FUNCTION trail_is_append_only")
    op.execute("DROP FUNCTION trail_head_moves_by_one")

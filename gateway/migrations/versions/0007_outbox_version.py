"""Version 2 of the gateway's own outbox.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

from ledgerlane_outbox import install_sync

revision = "0007"
down_revision = "0006"

VERSION_1 = (
    "ALTER TABLE ledgerlane_outbox_parked RENAME COLUMN decision TO verdict",
    """
    ALTER TABLE ledgerlane_outbox_parked
        RENAME CONSTRAINT ledgerlane_outbox_parked_decision_check
        TO ledgerlane_outbox_parked_verdict_check
    """,
    "ALTER INDEX ledgerlane_outbox_decided RENAME TO ledgerlane_outbox_judged",
    "ALTER FUNCTION ledgerlane_outbox_notify() RENAME TO ledgerlane_outbox_ring",
    """
    ALTER TRIGGER ledgerlane_outbox_wakeup ON ledgerlane_outbox
        RENAME TO ledgerlane_outbox_doorbell
    """,
    """
    CREATE OR REPLACE FUNCTION ledgerlane_outbox_ring() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF pg_try_advisory_lock_shared(TG_RELID::integer, 2) THEN
            PERFORM pg_advisory_unlock_shared(TG_RELID::integer, 2);
        ELSIF current_setting('ledgerlane.doorbell', true) IS DISTINCT FROM 'off' THEN
            PERFORM pg_notify('ledgerlane_outbox', '');
        END IF;
        RETURN NULL;
    END
    $$
    """,
    # Version 1 appends events of any size, and has no function that measures them.
    r"""
    DO $$
    DECLARE
        appends regproc;
    BEGIN
        FOREACH appends IN ARRAY ARRAY['ledgerlane_append', 'ledgerlane_emit']::regproc[] LOOP
            EXECUTE regexp_replace(pg_get_functiondef(appends),
                                   '\n *PERFORM ledgerlane_outbox_check_size[^;]*;', '');
        END LOOP;
        DROP FUNCTION ledgerlane_outbox_check_size;
    END
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION ledgerlane_outbox_version() RETURNS integer
    LANGUAGE sql IMMUTABLE RETURN 1
    """,
)


def upgrade() -> None:
    """Upgrade the outbox in place, unless revision 0001 has made it as it is now."""
    install_sync(op.get_bind())


def downgrade() -> None:
    """Restore the names of version 1; its rows and cursors stay."""
    for statement in VERSION_1:
        op.execute(statement)

-- Adds the attributes of an event as columns, to an outbox of version 2 whose functions have been
-- replaced by those of this version, by `schema.py` or by hand. Rows, cursors, parked rows and
-- decisions stay as they are, and no table is rewritten or read: the constraints are not checked
-- for rows that are there, which have all of it in `headers`.
--
-- A relay of version 2 must not read beside it: it would publish headers that a new row has not.
-- With a lease it shares this lock. One that has read the version, and takes its lease only
-- after the upgrade, fails at its next statement, before it reads a row: the cursor has no
-- column `last_seq` any more. At its next start it is refused for the version.
DO $$
BEGIN
    IF NOT pg_try_advisory_xact_lock('ledgerlane_outbox'::regclass::oid::integer, 1) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_in_use',
            MESSAGE = 'ledgerlane_outbox: relays still read this outbox, so it is not upgraded',
            HINT = 'Stop every relay of it, each finishes what is under way, then upgrade again; '
                || 'appends go on meanwhile.';
    END IF;
END
$$;

ALTER TABLE ledgerlane_outbox_cursor RENAME COLUMN last_seq TO target_seq;

-- From PostgreSQL 18 on.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_constraint
                WHERE conrelid = 'ledgerlane_outbox_cursor'::regclass
                  AND conname = 'ledgerlane_outbox_cursor_last_seq_not_null')
    THEN
        ALTER TABLE ledgerlane_outbox_cursor
            RENAME CONSTRAINT ledgerlane_outbox_cursor_last_seq_not_null
            TO ledgerlane_outbox_cursor_target_seq_not_null;
    END IF;
END
$$;

ALTER TABLE ledgerlane_outbox
    ADD COLUMN type text,
    ADD COLUMN source text,
    ADD COLUMN tenant_id text,
    ADD COLUMN subject text,
    ADD COLUMN entity_version bigint,
    ADD COLUMN "time" timestamptz,
    ALTER COLUMN headers DROP NOT NULL,
    ADD CONSTRAINT ledgerlane_outbox_attributes CHECK (ledgerlane_outbox_check_attributes(
        headers, type, source, tenant_id, subject, entity_version, "time")) NOT VALID;

ALTER TABLE ledgerlane_outbox_parked
    ADD COLUMN type text,
    ADD COLUMN source text,
    ADD COLUMN tenant_id text,
    ADD COLUMN subject text,
    ADD COLUMN entity_version bigint,
    ADD COLUMN "time" timestamptz,
    ALTER COLUMN headers DROP NOT NULL,
    ADD CONSTRAINT ledgerlane_outbox_parked_attributes CHECK (ledgerlane_outbox_check_attributes(
        headers, type, source, tenant_id, subject, entity_version, "time")) NOT VALID;

-- A publication that a relay of the log made names the columns. It is altered and not made anew:
-- so the replication slot goes on, with the events in it that have no row. What the log has from
-- before this transaction is still decoded with the old columns.
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_publication_rel JOIN pg_publication AS p ON p.oid = prpubid
         WHERE pubname = 'ledgerlane_outbox' AND prrelid = 'ledgerlane_outbox'::regclass
           AND prattrs IS NOT NULL)
    THEN
        ALTER PUBLICATION ledgerlane_outbox DROP TABLE ledgerlane_outbox;
        ALTER PUBLICATION ledgerlane_outbox ADD TABLE ledgerlane_outbox
            (xid, seq, topic, partition_key, headers, payload,
             event_id, type, source, tenant_id, subject, entity_version, "time");
    END IF;
END
$$;

-- Version 1 has none.
DROP FUNCTION IF EXISTS ledgerlane_outbox_check_size(text, text, json, bytea);

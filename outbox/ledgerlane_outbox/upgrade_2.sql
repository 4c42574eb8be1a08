-- Renames what version 1 of the outbox names otherwise; `schema.py` then replaces the functions,
-- among them those that refuse events that are too large, which version 1 appends.
-- Rows, cursors and indexes stay as they are. Version 1 was also installed with the newer names,
-- by revisions between the two: there nothing is left to rename.
DO $$
BEGIN
    IF to_regprocedure('ledgerlane_outbox_ring()') IS NULL THEN
        RETURN;
    END IF;
    ALTER TABLE ledgerlane_outbox_parked RENAME COLUMN verdict TO decision;
    ALTER TABLE ledgerlane_outbox_parked
        RENAME CONSTRAINT ledgerlane_outbox_parked_verdict_check
        TO ledgerlane_outbox_parked_decision_check;
    ALTER INDEX ledgerlane_outbox_judged RENAME TO ledgerlane_outbox_decided;
    ALTER FUNCTION ledgerlane_outbox_ring() RENAME TO ledgerlane_outbox_notify;
    ALTER TRIGGER ledgerlane_outbox_doorbell ON ledgerlane_outbox
        RENAME TO ledgerlane_outbox_wakeup;
END
$$;

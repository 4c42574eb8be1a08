"""Every statement on the outbox's tables but the writer's INSERT, for relays.

Parameters are PostgreSQL's own, ``$1``; snapshots and transaction ids travel as text. How far
the relay is, the cursor, is explained beside its table in `ddl.sql`.
"""

from typing import Final, TypeAlias

OutboxRow: TypeAlias = tuple[int, str, str, dict[str, str], bytes]
"""One row as a poll returns it: seq, topic, partition key, headers, payload."""

CHANNEL: Final = "ledgerlane_outbox"
"""Where the doorbell rings."""

# The lease. It belongs to the session: when the session ends, the next relay gets it, and no
# statement of the old one can move the cursor any more.
TAKE_LEASE: Final = (
    "SELECT pg_try_advisory_lock('ledgerlane_outbox'::regclass::oid::integer, 1)"
)

# While this lock is held, writers ring. To try is enough: a writer holds it for an instant.
FALL_ASLEEP: Final = (
    "SELECT pg_try_advisory_lock('ledgerlane_outbox'::regclass::oid::integer, 2)"
)
WAKE_UP: Final = "SELECT pg_advisory_unlock('ledgerlane_outbox'::regclass::oid::integer, 2)"

# Every writer that still believes the relay to be awake has an older transaction id than this.
LATEST_XID: Final = "SELECT pg_current_xact_id()::text"

# The timeline is read from the log's current file: the control file is late after a promotion,
# and neither can be asked on a standby.
STANDBY: Final = "SELECT pg_is_in_recovery()"
IDENTITY: Final = """
    SELECT system_identifier, substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)
      FROM pg_control_system()
"""

LOAD_CURSOR: Final = """
    SELECT done::text, target::text, last_seq, low_seq, system_identifier, timeline,
           pg_snapshot_xmax(done) > pg_snapshot_xmax(pg_current_snapshot()) AS ahead
      FROM ledgerlane_outbox_cursor
"""

# A first start is a backlog of everything.
CREATE_CURSOR: Final = """
    INSERT INTO ledgerlane_outbox_cursor
           (done, target, last_seq, low_seq, probe_xid, probe_seq, system_identifier, timeline)
    VALUES ('1:1:', pg_current_snapshot(), 0, 0, pg_current_xact_id(), 0, $1, $2)
"""

# After a restore the rows' transaction ids are those of another life. Below the oldest open
# transaction they can't be mistaken for one of this life; the others are set to PostgreSQL's
# first ordinary id, which every snapshot sees. Rows of open writers are untouched,
# and the next snapshot difference finds them. Only here is a row ever updated.
FORGET_XIDS: Final = """
    UPDATE ledgerlane_outbox SET xid = '3'
     WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())
"""
RESUME_BY_SEQ: Final = """
    UPDATE ledgerlane_outbox_cursor
       SET done = '1:1:', target = pg_current_snapshot(), last_seq = low_seq,
           probe_xid = pg_current_xact_id(), probe_seq = low_seq,
           system_identifier = $1, timeline = $2, updated_at = now()
"""

SNAPSHOT: Final = """
    SELECT pg_current_snapshot()::text, CASE WHEN is_called THEN last_value ELSE 0 END
      FROM ledgerlane_outbox_seq
"""

# The rows that $2 sees and $1 did not: exact whatever the commit order, and it waits for
# nobody. `seq` orders them, because it is taken at the INSERT, after the entity's own lock; the
# transaction id is taken earlier and is not in order. The sum keeps the planner
# from walking the index on seq, through all that is published already, to spare the sort.
DIFFERENCE: Final = """
    SELECT seq, topic, partition_key, headers, payload
      FROM (SELECT xid, seq, topic, partition_key, headers, payload FROM ledgerlane_outbox
             WHERE xid >= (SELECT pg_snapshot_xmax($1::text::pg_snapshot))
             UNION ALL
            SELECT xid, seq, topic, partition_key, headers, payload FROM ledgerlane_outbox
             WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::text::pg_snapshot)))) AS unseen
     WHERE pg_visible_in_snapshot(xid, (SELECT $2::text::pg_snapshot))
     ORDER BY seq + 0
     LIMIT $3
"""

# The same rows in pages, when there are many: from $3 on, along the index on seq.
PAGE: Final = """
    SELECT seq, topic, partition_key, headers, payload
      FROM ledgerlane_outbox
     WHERE seq > $3
       AND NOT pg_visible_in_snapshot(xid, (SELECT $1::text::pg_snapshot))
       AND pg_visible_in_snapshot(xid, (SELECT $2::text::pg_snapshot))
     ORDER BY seq
     LIMIT $4
"""

# $4 was read before this transaction has an id, so whoever holds a number up to it has a
# smaller id, and is finished once `done` has no transaction as old.
SAVE_CURSOR: Final = """
    UPDATE ledgerlane_outbox_cursor
       SET done = $1::text::pg_snapshot, target = $2::text::pg_snapshot, last_seq = $3,
           updated_at = now(),
           (low_seq, probe_seq, probe_xid) = (
               SELECT CASE WHEN passed THEN greatest(low_seq, probe_seq) ELSE low_seq END,
                      CASE WHEN passed THEN $4 ELSE probe_seq END,
                      CASE WHEN passed THEN pg_current_xact_id() ELSE probe_xid END
                 FROM (SELECT probe_xid < pg_snapshot_xmin($1::text::pg_snapshot)) AS p (passed)
           )
"""

# A repeat after a crash may come upon its own parked row.
PARK: Final = """
    INSERT INTO ledgerlane_outbox_parked
           (seq, created_at, event_id, topic, partition_key, headers, payload,
            reason, holds_key)
    SELECT o.seq, created_at, event_id, topic, partition_key, headers, payload,
           p.reason, p.holds_key
      FROM ledgerlane_outbox AS o
      JOIN unnest($1::bigint[], $2::text[], $3::boolean[]) AS p (seq, reason, holds_key)
        ON o.seq = p.seq
        ON CONFLICT DO NOTHING
"""

HELD_KEYS: Final = """
    SELECT DISTINCT topic, partition_key FROM ledgerlane_outbox_parked WHERE holds_key
"""

# What the relay has yet to publish.
BACKLOG: Final = """
    SELECT count(*), min(created_at)
      FROM (SELECT xid, seq, created_at FROM ledgerlane_outbox
             WHERE xid >= (SELECT pg_snapshot_xmax(done) FROM ledgerlane_outbox_cursor)
             UNION ALL
            SELECT xid, seq, created_at FROM ledgerlane_outbox
             WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(done)
                                      FROM ledgerlane_outbox_cursor))) AS unseen
     WHERE seq > (SELECT last_seq FROM ledgerlane_outbox_cursor)
        OR (SELECT target FROM ledgerlane_outbox_cursor) IS NULL
        OR NOT pg_visible_in_snapshot(xid, (SELECT target FROM ledgerlane_outbox_cursor))
"""

"""Every statement on the outbox's tables but the writer's INSERT, for relays.

Parameters are PostgreSQL's own, ``$1``; snapshots and transaction ids travel as text. How far
the relay is, the cursor, is explained beside its table in `ddl.sql`.
"""

from typing import Final, TypeAlias

OutboxRow: TypeAlias = tuple[int, str, str, str, bytes]
"""One row as a poll returns it: seq, topic, partition key, headers as JSON text, payload."""

CHANNEL: Final = "ledgerlane_outbox"
"""Where the doorbell rings."""

# Advisory locks under the table's own number: 1 the layout, 2 the doorbell, 3 the roster, and
# from 16 on the leases of the shards. They belong to a session: when it ends, the next relay
# gets its lease, and no statement of the old one can move the cursor any more. Whoever has a
# lease shares the layout, so that it changes only when nobody reads by it.
TAKE_LEASE: Final = """
    SELECT pg_try_advisory_lock_shared('ledgerlane_outbox'::regclass::oid::integer, 1)
       AND pg_try_advisory_lock('ledgerlane_outbox'::regclass::oid::integer, 16 + $1::integer)
"""
CHANGE_LAYOUT: Final = (
    "SELECT pg_try_advisory_lock('ledgerlane_outbox'::regclass::oid::integer, 1)"
)
LAYOUT_CHANGED: Final = (
    "SELECT pg_advisory_unlock('ledgerlane_outbox'::regclass::oid::integer, 1)"
)

MEMBERS_CHANNEL: Final = "ledgerlane_outbox_members"
"""Where a relay tells the others that it joined the roster or gave something back."""

# Every process that relays from here is on the roster, with a lease or without.
JOIN_MEMBERS: Final = """
    SELECT pg_advisory_lock_shared('ledgerlane_outbox'::regclass::oid::integer, 3),
           pg_notify('ledgerlane_outbox_members', '')
"""
# The locks go at once, the word with the end of this statement's transaction.
GIVE_BACK: Final = """
    SELECT pg_advisory_unlock_all(), pg_notify('ledgerlane_outbox_members', ''),
           pg_notify('ledgerlane_outbox', '')
"""
MEMBERS: Final = """
    SELECT objid::integer - 16 AS shard, pid = pg_backend_pid() AS own
      FROM pg_locks
     WHERE locktype = 'advisory' AND granted AND objsubid = 2
       AND classid = 'ledgerlane_outbox'::regclass
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND (objid = 3 OR objid >= 16)
     ORDER BY pid
"""

# While this lock is held, writers ring. One sleeper holds it for all that sleep. Who gets it
# not even shared sleeps under another's watch; a writer holds it for an instant, and shared.
FALL_ASLEEP: Final = """
    SELECT CASE WHEN pg_try_advisory_lock('ledgerlane_outbox'::regclass::oid::integer, 2)
                THEN 'keeps watch'
                WHEN pg_try_advisory_lock_shared('ledgerlane_outbox'::regclass::oid::integer, 2)
                THEN CASE WHEN pg_advisory_unlock_shared(
                                    'ledgerlane_outbox'::regclass::oid::integer, 2)
                          THEN 'awake' END
                ELSE 'watched' END
"""
WAKE_UP: Final = "SELECT pg_advisory_unlock('ledgerlane_outbox'::regclass::oid::integer, 2)"
WAKE_ALL: Final = """
    SELECT pg_advisory_unlock('ledgerlane_outbox'::regclass::oid::integer, 2),
           pg_notify('ledgerlane_outbox', '')
"""

# Every writer that still believes the relay to be awake has an older transaction id than this.
LATEST_XID: Final = "SELECT pg_current_xact_id()::text"

# The timeline is read from the log's current file: the control file is late after a promotion,
# and neither can be asked on a standby.
STANDBY: Final = "SELECT pg_is_in_recovery()"
IDENTITY: Final = """
    SELECT system_identifier, substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)
      FROM pg_control_system()
"""

CURSORS: Final = """
    SELECT shard, shards, layout::text, done::text, target::text, last_seq, low_seq,
           system_identifier, timeline,
           pg_snapshot_xmax(done) > pg_snapshot_xmax(pg_current_snapshot()) AS ahead
      FROM ledgerlane_outbox_cursor
     ORDER BY shard
"""

# After a restore the rows' transaction ids are those of another life. Below the oldest open
# transaction they can't be mistaken for one of this life; the others are set to PostgreSQL's
# first ordinary id, which every snapshot sees. Rows of open writers are untouched,
# and the next snapshot difference finds them. Only here is a row ever updated.
FORGET_XIDS: Final = """
    UPDATE ledgerlane_outbox SET xid = '3'
     WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())
"""

# A new layout: the old cursors go, and all new ones start from the same place.
DROP_CURSORS: Final = "DELETE FROM ledgerlane_outbox_cursor"
CREATE_CURSORS: Final = """
    INSERT INTO ledgerlane_outbox_cursor
           (shard, shards, layout, done, target, last_seq, low_seq, probe_xid, probe_seq,
            system_identifier, timeline)
    SELECT shard, $1::integer, layout, $2::text::pg_snapshot, $3::text::pg_snapshot, $4::bigint,
           $5::bigint, pg_current_xact_id(), $5, $6, $7
      FROM gen_random_uuid() AS layout, generate_series(0, $1::integer - 1) AS shard
"""

SNAPSHOT: Final = """
    SELECT pg_current_snapshot()::text, CASE WHEN is_called THEN last_value ELSE 0 END
      FROM ledgerlane_outbox_seq
"""

# The rows that this statement sees and $1 did not, and its own snapshot beside each, or alone
# where there are none: exact whatever the commit order, and it waits for
# nobody. `seq` orders them, because it is taken at the INSERT, after the entity's own lock; the
# transaction id is taken earlier and is not in order. The sum keeps the planner
# from walking the index on seq, through all that is published already, to spare the sort.
DIFFERENCE: Final = """
    SELECT seq, topic, partition_key, headers, payload, snapshot, newest_seq
      FROM (SELECT pg_current_snapshot()::text, CASE WHEN is_called THEN last_value ELSE 0 END
              FROM ledgerlane_outbox_seq) AS here (snapshot, newest_seq)
      LEFT JOIN LATERAL (
           SELECT seq, topic, partition_key, headers, payload
             FROM (SELECT seq, topic, partition_key, headers, payload FROM ledgerlane_outbox
                    WHERE xid >= (SELECT pg_snapshot_xmax($1::text::pg_snapshot))
                    UNION ALL
                   SELECT seq, topic, partition_key, headers, payload FROM ledgerlane_outbox
                    WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::text::pg_snapshot)))
                  ) AS unseen
            WHERE true
            ORDER BY seq + 0
            LIMIT $2) AS fresh ON true
     ORDER BY seq
"""

# The same rows in pages, when there are many, as $2 sees them: from $3 on, along the index on
# seq.
PAGE: Final = """
    SELECT seq, topic, partition_key, headers, payload
      FROM ledgerlane_outbox
     WHERE seq > $3
       AND NOT pg_visible_in_snapshot(xid, (SELECT $1::text::pg_snapshot))
       AND pg_visible_in_snapshot(xid, (SELECT $2::text::pg_snapshot))
     ORDER BY seq
     LIMIT $4
"""

# Of one shard among several. The others' rows are read and left out, so shards cost reading.
DIFFERENCE_OF_SHARD: Final = DIFFERENCE.replace(
    "WHERE true", "WHERE ledgerlane_outbox_shard(topic, partition_key, $3) = $4"
)
PAGE_OF_SHARD: Final = PAGE.replace(
    "ORDER BY", "AND ledgerlane_outbox_shard(topic, partition_key, $5) = $6 ORDER BY"
)

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
     WHERE shard = $5
"""

# A commit that waits for the disk, and so for all commits before it. The setting is this
# transaction's alone.
MAKE_DURABLE: Final = """
    UPDATE ledgerlane_outbox_cursor
       SET updated_at = now()
     WHERE shard = $1 AND set_config('synchronous_commit', 'on', true) = 'on'
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

# What the relays have yet to publish, of all shards; nothing before the first has run.
BACKLOG: Final = """
    SELECT count(*), min(created_at)
      FROM ledgerlane_outbox_cursor AS c
     CROSS JOIN LATERAL (
           SELECT xid, seq, created_at, topic, partition_key FROM ledgerlane_outbox
            WHERE xid >= pg_snapshot_xmax(c.done)
            UNION ALL
           SELECT xid, seq, created_at, topic, partition_key FROM ledgerlane_outbox
            WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(c.done)))) AS unseen
     WHERE (seq > c.last_seq OR c.target IS NULL OR NOT pg_visible_in_snapshot(xid, c.target))
       AND (c.shards = 1
            OR ledgerlane_outbox_shard(topic, partition_key, c.shards) = c.shard)
"""
BACKLOG_OF_SHARD: Final = BACKLOG + "AND c.shard = $1"

"""The statements of the relay on the outbox's tables.

Parameters are PostgreSQL's own, ``$1``; snapshots and transaction ids are passed as text. The
cursor is explained beside its table in `ddl.sql`.
"""

from typing import Final, TypeAlias
from uuid import UUID

OutboxRow: TypeAlias = tuple[
    int,
    str,
    str,
    str | None,
    bytes,
    UUID | None,
    str | None,
    str | None,
    str | None,
    str | None,
    int | None,
    int | None,
]
"""A row as a poll returns it, with the columns that :data:`ROW_COLUMNS` names.

These are seq, topic, partition key, headers as JSON text, payload, event id, type, source,
tenant, subject, entity version and time, the last in microseconds from the beginning of 2000 in
UTC, as PostgreSQL itself has it. Where the type is None, so are the attributes behind it, and
the headers are all that the record has; otherwise they are what it has beside its attributes,
as a rule None.
"""

ROW_COLUMNS: Final = (
    "seq, topic, partition_key, headers, payload, event_id,"
    ' type, source, tenant_id, subject, entity_version, "time"'
)
"""The columns of an :data:`OutboxRow`, for a SELECT."""

CHANNEL: Final = "ledgerlane_outbox"
"""The channel on which writers wake a sleeping relay."""

# Advisory locks under the table's object id: 1 is the layout, 2 the wakeup lock, 3 the members,
# and from 16 on the leases of the shards. They belong to a session: when it ends, the next
# relay gets the lease, and no statement of the old one can move the cursor any more. A relay
# with a lease shares the layout's lock, so that the layout changes only when no relay uses it.
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
"""The channel on which a relay announces that it became a member or released a lease."""

# Every process that relays from this outbox is a member, with a lease or without.
JOIN_MEMBERS: Final = """
    SELECT pg_advisory_lock_shared('ledgerlane_outbox'::regclass::oid::integer, 3),
           pg_notify('ledgerlane_outbox_members', '')
"""
# The locks are released at once, the notifications are sent when the statement commits.
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

# While this lock is held, writers send notifications. One sleeping relay holds it for all. A
# relay that does not get it even in shared mode sleeps under another's lock; a writer holds it
# for an instant only, in shared mode.
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

# Every writer that found the relay awake has an older transaction id than this one.
LATEST_XID: Final = "SELECT pg_current_xact_id()::text"

# The timeline is read from the name of the log's current file: the control file is updated late
# after a promotion. Neither can be read on a standby.
STANDBY: Final = "SELECT pg_is_in_recovery()"
IDENTITY: Final = """
    SELECT system_identifier, substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)
      FROM pg_control_system()
"""

CURSORS: Final = """
    SELECT shard, shards, layout::text, done::text, target::text, target_seq, low_seq,
           system_identifier, timeline,
           pg_snapshot_xmax(done) > pg_snapshot_xmax(pg_current_snapshot()) AS ahead
      FROM ledgerlane_outbox_cursor
     ORDER BY shard
"""

# After a restore the rows' transaction ids are those of another life of the database. Ids below
# the oldest open transaction can't be confused with one of this life; the others are set to
# PostgreSQL's first ordinary id, which every snapshot shows. Rows of open writers are invisible
# here and unchanged, and the next snapshot difference finds them. No other statement updates
# rows.
FORGET_XIDS: Final = """
    UPDATE ledgerlane_outbox SET xid = '3'
     WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())
"""

# A new layout: the old cursors are deleted, and all new ones start at the same place.
DROP_CURSORS: Final = "DELETE FROM ledgerlane_outbox_cursor"
CREATE_CURSORS: Final = """
    INSERT INTO ledgerlane_outbox_cursor
           (shard, shards, layout, done, target, target_seq, low_seq, probe_xid, probe_seq,
            system_identifier, timeline)
    SELECT shard, $1::integer, layout, $2::text::pg_snapshot, $3::text::pg_snapshot, $4::bigint,
           $5::bigint, pg_current_xact_id(), $5, $6, $7
      FROM gen_random_uuid() AS layout, generate_series(0, $1::integer - 1) AS shard
"""

SNAPSHOT: Final = """
    SELECT pg_current_snapshot()::text, CASE WHEN is_called THEN last_value ELSE 0 END
      FROM ledgerlane_outbox_seq
"""

# The rows that this statement's snapshot shows and $1 did not, each with that snapshot; the
# snapshot alone if there are no rows. This is exact in whatever order transactions commit, and
# waits for none of them. `seq` gives the order, because it is drawn at the INSERT, after the
# entity's own lock; the transaction id is drawn earlier and is not in order. The sum keeps the
# planner from walking the index on `seq`, through all published rows, to avoid the sort.
_DIFFERENCE: Final = """
    SELECT {columns}, snapshot, newest_seq
      FROM (SELECT pg_current_snapshot()::text, CASE WHEN is_called THEN last_value ELSE 0 END
              FROM ledgerlane_outbox_seq) AS here (snapshot, newest_seq)
      LEFT JOIN LATERAL (
           SELECT {columns}
             FROM (SELECT {columns} FROM ledgerlane_outbox
                    WHERE xid >= (SELECT pg_snapshot_xmax($1::text::pg_snapshot))
                    UNION ALL
                   SELECT {columns} FROM ledgerlane_outbox
                    WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::text::pg_snapshot)))
                  ) AS unseen
            WHERE true
            ORDER BY seq + 0
            LIMIT $2) AS fresh ON true
     ORDER BY seq
"""
DIFFERENCE: Final = _DIFFERENCE.format(columns=ROW_COLUMNS)

# The same rows in pages, if there are many: those that $2 shows, from $3 on, along the index on
# `seq`.
_PAGE: Final = """
    SELECT {columns}
      FROM ledgerlane_outbox
     WHERE seq > $3
       AND NOT pg_visible_in_snapshot(xid, (SELECT $1::text::pg_snapshot))
       AND pg_visible_in_snapshot(xid, (SELECT $2::text::pg_snapshot))
     ORDER BY seq
     LIMIT $4
"""
PAGE: Final = _PAGE.format(columns=ROW_COLUMNS)

# The same for one shard of several. Rows of other shards are read and left out.
DIFFERENCE_OF_SHARD: Final = DIFFERENCE.replace(
    "WHERE true", "WHERE ledgerlane_outbox_shard(topic, partition_key, $3) = $4"
)
PAGE_OF_SHARD: Final = PAGE.replace(
    "ORDER BY", "AND ledgerlane_outbox_shard(topic, partition_key, $5) = $6 ORDER BY"
)

# $4 was read before this transaction has an id, so every transaction that drew a number up to
# $4 has a smaller id, and has ended once `done` has no transaction as old open.
SAVE_CURSOR: Final = """
    UPDATE ledgerlane_outbox_cursor
       SET done = $1::text::pg_snapshot, target = $2::text::pg_snapshot, target_seq = $3,
           updated_at = now(),
           (low_seq, probe_seq, probe_xid) = (
               SELECT CASE WHEN passed THEN greatest(low_seq, probe_seq) ELSE low_seq END,
                      CASE WHEN passed THEN $4 ELSE probe_seq END,
                      CASE WHEN passed THEN pg_current_xact_id() ELSE probe_xid END
                 FROM (SELECT probe_xid < pg_snapshot_xmin($1::text::pg_snapshot)) AS p (passed)
           )
     WHERE shard = $5
"""

# A commit that waits for the disk, and therefore for all commits before it. The setting applies
# to this transaction only.
MAKE_DURABLE: Final = """
    UPDATE ledgerlane_outbox_cursor
       SET updated_at = now()
     WHERE shard = $1 AND set_config('synchronous_commit', 'on', true) = 'on'
"""

# A repeat after a crash may find its row parked already.
_PARK: Final = """
    INSERT INTO ledgerlane_outbox_parked
           ({columns}, created_at, reason, holds_key)
    SELECT {columns}, created_at, reason, holds_key
      FROM ledgerlane_outbox
      JOIN unnest($1::bigint[], $2::text[], $3::boolean[]) AS p (seq, reason, holds_key)
     USING (seq)
        ON CONFLICT DO NOTHING
"""
PARK: Final = _PARK.format(columns=ROW_COLUMNS)

HELD_KEYS: Final = """
    SELECT DISTINCT topic, partition_key FROM ledgerlane_outbox_parked WHERE holds_key
"""

# The rows of all shards that are not published yet; none before a relay has run.
BACKLOG: Final = """
    SELECT count(*), min(created_at)
      FROM ledgerlane_outbox_cursor AS c
     CROSS JOIN LATERAL (
           SELECT xid, seq, created_at, topic, partition_key FROM ledgerlane_outbox
            WHERE xid >= pg_snapshot_xmax(c.done)
            UNION ALL
           SELECT xid, seq, created_at, topic, partition_key FROM ledgerlane_outbox
            WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(c.done)))) AS unseen
     WHERE (seq > c.target_seq OR c.target IS NULL OR NOT pg_visible_in_snapshot(xid, c.target))
       AND (c.shards = 1
            OR ledgerlane_outbox_shard(topic, partition_key, c.shards) = c.shard)
"""
BACKLOG_OF_SHARD: Final = BACKLOG + "AND c.shard = $1"

"""The statements that read the ring of slots and truncate one of them.

TRUNCATE deletes no row one by one and leaves no dead rows behind.
Parameters are PostgreSQL's own, ``$1``.
"""

from typing import Final

SLOTS: Final = 8
"""The number of slots; each day uses the slot of the day eight days before."""

# Whether the slot has a row that the cursor of its shard has not passed: one that is newer than
# the cursor's snapshot, or of a transaction that was open then. Without a cursor, or with one
# of another life of the database, no row counts as passed. Rows that a cursor has passed on its
# way to a target do not count either, which keeps the answer to a few index probes.
_UNPUBLISHED: Final = """
    (NOT EXISTS (SELECT FROM ledgerlane_outbox_cursor)
     OR EXISTS (
        SELECT FROM ledgerlane_outbox_cursor AS c, pg_control_system() AS here
         WHERE c.system_identifier <> here.system_identifier
            OR c.timeline <> substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)
            OR pg_snapshot_xmax(c.done) > pg_snapshot_xmax(pg_current_snapshot())
            OR EXISTS (SELECT FROM {table} AS o WHERE xid >= pg_snapshot_xmax(c.done) AND {own})
            OR EXISTS (SELECT FROM {table} AS o
                        WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(c.done))) AND {own})))
"""
_OWN: Final = "ledgerlane_outbox_shard(o.topic, o.partition_key, c.shards) = c.shard"

_AGE: Final = """
    mod(mod(floor(date_part('epoch', clock_timestamp()) / 86400)::integer, 8) - {slot} + 8, 8)
"""

_SLOT: Final = """
    SELECT {slot}, {age}, pg_total_relation_size('{table}'), pg_relation_size('{table}') > 0,
           pg_stat_get_live_tuples('{table}'::regclass),
           (SELECT created_at FROM {table} ORDER BY seq LIMIT 1),
           CASE WHEN {age} > $1 THEN {unpublished} ELSE false END,
           ARRAY(SELECT DISTINCT pid FROM pg_locks
                  WHERE relation = '{table}'::regclass AND granted AND pid <> pg_backend_pid()
                    AND database = (SELECT oid FROM pg_database
                                     WHERE datname = current_database())),
           pg_current_snapshot()::text
"""

# A published row stays published. Hence it is enough to check, under the lock, whether rows
# have become visible since the snapshot in which all were published. An open transaction with
# a row in the slot, also a prepared one, has a lock on it: then this statement ends by its
# lock_timeout. That is also the longest time for which a poll of the relay, which reads all
# slots, queues behind it. Writers lock only the slot of their own day. It is one statement, so
# that no client that is dead or frozen holds the lock.
_TRUNCATE: Final = """
    DO $$
    BEGIN
        SET LOCAL lock_timeout = '50ms';
        LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
        IF {age} > 1
           AND NOT EXISTS (SELECT FROM {table}
                            WHERE xid >= pg_snapshot_xmax('{snapshot}'::pg_snapshot))
           AND NOT EXISTS (SELECT FROM {table} WHERE xid = ANY (
                               ARRAY(SELECT pg_snapshot_xip('{snapshot}'::pg_snapshot))))
        THEN
            TRUNCATE {table};
        END IF;
    END
    $$
"""

IS_EMPTY: Final = "SELECT pg_relation_size($1::text::regclass) = 0"


def partition_of(slot: int) -> str:
    """Return the name of the table of a slot."""
    return f"ledgerlane_outbox_{slot}"


def _filled_in(template: str, slot: int, **also: str) -> str:
    table = partition_of(slot)
    return template.format(slot=slot, table=table, age=_AGE.format(slot=slot), **also)


def _state_of(slot: int) -> str:
    unpublished = _UNPUBLISHED.format(table=partition_of(slot), own=_OWN)
    return _filled_in(_SLOT, slot, unpublished=unpublished)


# For each slot: its number, the days since writers used it, its size with indexes, whether its
# table has pages, the estimated number of rows, the time of the first row, whether a row is
# unpublished (only determined if the slot is older than $1 days), the backends that have a lock
# on it, and the snapshot in which all this was read.
RING: Final = " UNION ALL ".join(_state_of(slot) for slot in range(SLOTS))


def truncate_statement(slot: int, *, snapshot: str) -> str:
    """Return the statement that truncates a slot unless rows have come since a snapshot.

    It has to run outside a transaction. It fails with PostgreSQL's `lock_not_available` if
    another session has a lock on the slot for 50 ms.

    Args:
        slot: The number of the slot, from 0 to 7.
        snapshot: A snapshot in which all rows of the slot were published.
    """
    return _filled_in(_TRUNCATE, slot, snapshot=snapshot)

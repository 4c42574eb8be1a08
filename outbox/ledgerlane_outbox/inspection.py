"""The read-only statements of the diagnostics.

Of the advisory locks under the outbox's number, :data:`WAKEUP_LOCK` is held while relays sleep,
and those from :data:`FIRST_LEASE` on are the leases of the shards; `store.py` explains the
others.
"""

from typing import Final

WAKEUP_LOCK: Final = 2
FIRST_LEASE: Final = 16

IS_STANDBY: Final = "SELECT pg_is_in_recovery()"
IS_INSTALLED: Final = "SELECT to_regprocedure('ledgerlane_outbox_version()') IS NOT NULL"
VERSION: Final = "SELECT ledgerlane_outbox_version()"

LOCKS: Final = """
    SELECT objid::bigint, pid, application_name, coalesce(host(client_addr), 'local'),
           backend_start
      FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND objsubid = 2 AND mode = 'ExclusiveLock' AND granted
       AND classid = 'ledgerlane_outbox'::regclass::oid
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
     ORDER BY objid
"""

OLDEST_TRANSACTION: Final = """
    SELECT pid, usename, application_name, query_start, xact_start
      FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL)
     ORDER BY xact_start
     LIMIT 1
"""

# The cursor and backlog of each shard; takes time in proportion to the backlog.
CURSORS: Final = """
    SELECT c.shard, c.shards, c.updated_at,
           (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ledgerlane_outbox_seq),
           c.low_seq,
           c.system_identifier <> here.system_identifier
              OR c.timeline <> substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)
              OR pg_snapshot_xmax(c.done) > pg_snapshot_xmax(pg_current_snapshot()),
           unpublished.rows, unpublished.oldest_at
      FROM ledgerlane_outbox_cursor AS c
     CROSS JOIN pg_control_system() AS here
     CROSS JOIN LATERAL (
        SELECT count(*) AS rows, min(created_at) AS oldest_at
          FROM (SELECT xid, seq, created_at, topic, partition_key FROM ledgerlane_outbox
                 WHERE xid >= pg_snapshot_xmax(c.done)
                 UNION ALL
                SELECT xid, seq, created_at, topic, partition_key FROM ledgerlane_outbox
                 WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(c.done)))) AS unseen
         WHERE ledgerlane_outbox_shard(topic, partition_key, c.shards) = c.shard
           AND (c.target IS NULL OR seq > c.target_seq
                OR NOT pg_visible_in_snapshot(xid, c.target))) AS unpublished
     ORDER BY c.shard
"""

PREPARED: Final = """
    SELECT gid, owner, prepared FROM pg_prepared_xacts
     WHERE database = current_database() ORDER BY prepared
"""

REPLICATION_SLOTS: Final = """
    SELECT slot_name, active, coalesce(wal_status, 'unknown'),
           coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint
      FROM pg_replication_slots
     WHERE slot_name LIKE 'ledgerlane%' AND database = current_database()
     ORDER BY slot_name
"""

# The rights that a relay's role needs and this role lacks.
MISSING_RIGHTS: Final = """
    SELECT format('%s on %s', privilege, relation)
      FROM (SELECT 'ledgerlane_outbox', unnest('{SELECT,INSERT,UPDATE}'::text[])
             UNION ALL
            SELECT 'ledgerlane_outbox_cursor',
                   unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[])
             UNION ALL
            SELECT 'ledgerlane_outbox_parked',
                   unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[])
             UNION ALL
            SELECT 'ledgerlane_outbox_' || slot, unnest('{SELECT,TRUNCATE}'::text[])
              FROM generate_series(0, 7) AS slot) AS needed (relation, privilege)
     WHERE NOT has_table_privilege(relation, privilege)
     UNION ALL
    SELECT 'SELECT on ledgerlane_outbox_seq'
     WHERE NOT has_sequence_privilege('ledgerlane_outbox_seq', 'SELECT')
     UNION ALL
    SELECT 'EXECUTE on pg_control_system()'
     WHERE NOT has_function_privilege('pg_control_system()', 'EXECUTE')
     UNION ALL
    SELECT 'the role pg_read_all_stats, to see the sessions of others'
     WHERE NOT pg_has_role('pg_read_all_stats', 'USAGE')
"""

"""The statements on parked rows, for operators and for the relay.

The first row of a held key is the one at fault, its head; the rows behind it wait in the order
in which they were parked. Of a key that goes on, every row is a head. An operator records a
decision on a head, and the relay that reads the shard carries it out between two batches: only
then are all rows that wait in the table. Parameters are PostgreSQL's own, ``$1``.
"""

from typing import Final

from ledgerlane_outbox.store import ROW_COLUMNS

_HEAD: Final = """
    NOT EXISTS (
        SELECT FROM ledgerlane_outbox_parked AS other
         WHERE other.holds_key
           AND (other.topic, other.partition_key) = (p.topic, p.partition_key)
           AND (NOT p.holds_key OR (other.parked_at, other.seq) < (p.parked_at, p.seq)))
"""

COUNT_PARKED: Final = """
    SELECT count(*), count(DISTINCT (topic, partition_key)) FILTER (WHERE holds_key),
           min(parked_at),
           (SELECT reason FROM ledgerlane_outbox_parked ORDER BY parked_at, seq LIMIT 1)
      FROM ledgerlane_outbox_parked
"""

# A condition applies if its parameter is not null.
LIST_PARKED: Final = """
    SELECT seq, event_id, topic, partition_key, created_at, parked_at, reason, head, decision
      FROM (SELECT *, CASE WHEN holds_key
                           THEN 1 = row_number() OVER (
                                PARTITION BY topic, partition_key, holds_key
                                ORDER BY parked_at, seq)
                           ELSE NOT bool_or(holds_key) OVER (
                                PARTITION BY topic, partition_key)
                      END AS head
              FROM ledgerlane_outbox_parked) AS p
     WHERE coalesce(topic = $1::text, true)
       AND coalesce(partition_key = $2::text, true)
       AND coalesce(seq = $3::bigint, true)
       AND (head OR NOT $4::boolean)
     ORDER BY parked_at, seq
     LIMIT $5
"""

_DECIDE: Final = """
    UPDATE ledgerlane_outbox_parked AS p
       SET decision = $2, note = $3
     WHERE seq = ANY ($1::bigint[]) AND decision IS NULL AND {head}
 RETURNING seq
"""
DECIDE: Final = _DECIDE.format(head=_HEAD)

# Answered by the index on rows with a decision, which is empty almost always.
HAS_DECISIONS: Final = (
    "SELECT EXISTS (SELECT FROM ledgerlane_outbox_parked WHERE decision IS NOT NULL)"
)

# The row behind a dropped one is retried next.
DROP_DECIDED: Final = """
    WITH dropped AS (
        DELETE FROM ledgerlane_outbox_parked AS p
         WHERE decision = 'drop'
           AND ledgerlane_outbox_shard(p.topic, p.partition_key, $1) = $2
        RETURNING *
    ), next AS (
        SELECT DISTINCT ON (p.topic, p.partition_key) p.seq
          FROM ledgerlane_outbox_parked AS p
          JOIN dropped AS d USING (topic, partition_key)
         WHERE p.holds_key AND d.holds_key AND p.decision IS NULL
         ORDER BY p.topic, p.partition_key, p.parked_at, p.seq
    ), tried AS (
        UPDATE ledgerlane_outbox_parked AS p SET decision = 'retry'
          FROM next WHERE p.seq = next.seq
    )
    SELECT seq, event_id, topic, partition_key, reason, note, holds_key FROM dropped
"""

# The rows to publish now: those to retry, and all rows behind them. A row of a key that went
# on, but is held since then, waits until the key is free.
_UNPARKED: Final = """
    SELECT {columns}
      FROM (SELECT seq AS head, topic AS head_topic, partition_key AS head_key,
                   holds_key AS head_holds
              FROM ledgerlane_outbox_parked AS p
             WHERE decision = 'retry'
               AND ledgerlane_outbox_shard(topic, partition_key, $1) = $2
               AND (holds_key OR NOT EXISTS (
                   SELECT FROM ledgerlane_outbox_parked AS other
                    WHERE other.holds_key AND (other.topic, other.partition_key)
                                            = (p.topic, p.partition_key)))
             ORDER BY seq LIMIT $3) AS decided
     CROSS JOIN LATERAL (
            SELECT * FROM ledgerlane_outbox_parked AS p
             WHERE (p.topic, p.partition_key) = (head_topic, head_key)
               AND p.holds_key = head_holds
               AND (p.holds_key OR p.seq = head)
             ORDER BY parked_at, seq LIMIT $3) AS unparked
     ORDER BY parked_at, seq
     LIMIT $3
"""
UNPARKED: Final = _UNPARKED.format(columns=ROW_COLUMNS)

REMOVE_PUBLISHED: Final = """
    DELETE FROM ledgerlane_outbox_parked WHERE seq = ANY ($1::bigint[])
"""

PARK_AGAIN: Final = """
    UPDATE ledgerlane_outbox_parked AS p
       SET reason = again.reason, holds_key = again.holds_key, decision = NULL, note = NULL
      FROM unnest($1::bigint[], $2::text[], $3::boolean[]) AS again (seq, reason, holds_key)
     WHERE p.seq = again.seq
"""

# A key with more waiting rows than fit into one batch continues with the next of them.
_TRY_NEXT: Final = """
    UPDATE ledgerlane_outbox_parked AS p
       SET decision = 'retry'
      FROM unnest($1::text[], $2::text[]) AS key (topic, partition_key)
     WHERE (p.topic, p.partition_key) = (key.topic, key.partition_key)
       AND p.holds_key AND {head}
"""
TRY_NEXT: Final = _TRY_NEXT.format(head=_HEAD)

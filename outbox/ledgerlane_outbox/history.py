"""The statements that publish rows again that are still in the table.

A replay appends old rows once more, with their event ids and headers, and the relay publishes
them as any other row. So a replay needs no lease and can't overtake the relay. Parameters are
PostgreSQL's own, ``$1``.
"""

from typing import Final

from ledgerlane_outbox.store import ROW_COLUMNS

# All but the number, which each append draws anew.
_APPENDED: Final = ROW_COLUMNS.removeprefix("seq, ")

# The slots restrict the plan to their partitions. Rows that are parked have not been published
# and would be parked again. The tenant is in its column, or in the headers of a row that a
# writer of version 1 or 2 appended.
_WANTED: Final = """
      FROM ledgerlane_outbox AS o
     WHERE slot = ANY ($1::smallint[])
       AND created_at >= $2 AND created_at < $3
       AND coalesce(topic = $4::text, true)
       AND coalesce(partition_key = $5::text, true)
       AND coalesce(coalesce(tenant_id, headers ->> 'ce_tenantid') = $6::text, true)
       AND NOT EXISTS (SELECT FROM ledgerlane_outbox_parked AS p WHERE p.seq = o.seq)
"""

_COUNT: Final = "SELECT count(*) {wanted}"

_APPEND: Final = """
    WITH page AS (
        SELECT seq, {columns}
        {wanted}
           AND seq > $7 AND seq <= $8
         ORDER BY seq
         LIMIT $9
    ), appended AS (
        INSERT INTO ledgerlane_outbox ({columns})
        SELECT {columns} FROM page ORDER BY seq
    )
    SELECT count(*), coalesce(max(seq), 0) FROM page
"""

OLDEST_ROW: Final = "SELECT created_at FROM ledgerlane_outbox ORDER BY seq LIMIT 1"

COUNT_WANTED: Final = _COUNT.format(wanted=_WANTED)

# A replay ends where the table ended when it began, before the rows that it appends itself.
NEWEST_SEQ: Final = """
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ledgerlane_outbox_seq
"""

# One page in the order of the rows' numbers, which is the order within each key.
APPEND_AGAIN: Final = _APPEND.format(columns=_APPENDED, wanted=_WANTED)

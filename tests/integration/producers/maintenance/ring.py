"""Rows of other days, as they would lie in the ring."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

ADD = text("""
    INSERT INTO ledgerlane_outbox
           (slot, created_at, event_id, topic, partition_key, headers, payload)
    SELECT mod(floor(date_part('epoch', at) / 86400)::integer, 8), at, gen_random_uuid(),
           'events', 'key-' || n % :keys, json_build_object('ce_tenantid', 't-' || n % 2),
           convert_to('row ' || n, 'UTF8')
      FROM (SELECT clock_timestamp() - make_interval(days => :days) AS at) AS day,
           generate_series(1, :rows) AS n
""")

SLOT_OF = text(
    "SELECT mod(floor(date_part('epoch', clock_timestamp()) / 86400)::integer - :days + 8, 8)"
)


async def add_rows(
    connection: AsyncConnection, *, days_ago: int, rows: int = 100, keys: int = 7
) -> None:
    """Append rows of so many keys as if it had been so many days ago."""
    await connection.execute(ADD, {"days": days_ago, "rows": rows, "keys": keys})


async def rows_of(engine: AsyncEngine, *, days_ago: int) -> int:
    """Count the rows in the slot of so many days ago."""
    async with engine.connect() as connection:
        slot = await connection.scalar(SLOT_OF, {"days": days_ago % 8})
        found = await connection.scalar(
            text("SELECT count(*) FROM ledgerlane_outbox WHERE slot = :slot"), {"slot": slot}
        )
    return int(found or 0)

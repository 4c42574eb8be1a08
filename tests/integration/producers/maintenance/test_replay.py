from collections import defaultdict
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from producers.maintenance.replay import Stock, Wanted, replay, take_stock
from producers.maintenance.session import Connection
from producers.sources.snapshot.source import SnapshotSource
from tests.contracts.source import drain, first_batch
from tests.outbox_rows import PARK_ROWS, POLLED_ROWS

START = datetime(2026, 3, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)

# One event every ten minutes for three days, whose payload says when it was. Some have their
# attributes in columns, others were appended before there were any.
THREE_DAYS = text("""
    INSERT INTO ledgerlane_outbox
           (slot, created_at, event_id, topic, partition_key, headers, payload,
            type, source, tenant_id, subject, entity_version, time)
    SELECT mod(floor(date_part('epoch', at) / 86400)::integer, 8), at, gen_random_uuid(),
           CASE WHEN n % 5 = 0 THEN 'other' ELSE 'events' END, 'key-' || n % 3,
           CASE WHEN old THEN json_build_object('ce_tenantid', 't-' || n % 2)
                WHEN n % 7 = 3 THEN json_build_object('ce_realmid', 'r') END,
           convert_to(n::text, 'UTF8'), type, CASE WHEN new THEN '/s' END,
           CASE WHEN new THEN 't-' || n % 2 END, CASE WHEN new THEN 'n/' || n END,
           CASE WHEN new THEN n END, CASE WHEN new THEN at END
      FROM (SELECT n, CAST(:start AS timestamptz) + n * interval '10 minutes' AS at,
                   n % 7 < 3 AS old, n % 7 >= 3 AS new,
                   CASE WHEN n % 7 >= 3 THEN 'a.b.v1' END AS type
              FROM generate_series(0, 431) AS n) AS events
     ORDER BY n
""")


@pytest_asyncio.fixture
async def published(engine: AsyncEngine, database_url: str) -> dict[int, UUID]:
    """Three days that have been relayed: event ids by number."""
    async with engine.begin() as connection:
        await connection.execute(THREE_DAYS, {"start": START})
        found = await connection.execute(
            text(
                "SELECT convert_from(payload, 'UTF8')::integer AS number, event_id"
                "  FROM ledgerlane_outbox"
            )
        )
        ids = {row.number: row.event_id for row in found}
    async with SnapshotSource(database_url, name="test").session() as session:
        await drain(session, limit=1_000)
    return ids


async def relayed(database_url: str) -> list[int]:
    async with SnapshotSource(database_url, name="test").session() as session:
        return [int(payload) for payload in await drain(session)]


async def newest_ids(session: Connection, rows: int) -> list[UUID]:
    found = await session.fetch(
        "SELECT event_id FROM ledgerlane_outbox ORDER BY seq DESC LIMIT $1", rows
    )
    return [row[0] for row in found][::-1]


@pytest.mark.accepts("GWY-08")
async def test_an_hour_is_published_again_exactly_and_under_its_own_ids(
    database_url: str, session: Connection, published: dict[int, UUID]
) -> None:
    wanted = Wanted(START + 30 * HOUR, START + 31 * HOUR)
    assert await take_stock(session, wanted) == Stock(6, START)
    assert await replay(session, wanted) == 6
    assert await newest_ids(session, 6) == [published[n] for n in range(180, 186)]
    assert await relayed(database_url) == list(range(180, 186))


async def test_what_is_published_again_has_the_headers_it_had(
    database_url: str, session: Connection, published: dict[int, UUID]
) -> None:
    found = await session.fetch(f"{POLLED_ROWS} ORDER BY seq LIMIT 12")
    first = [tuple(row) for row in found]
    await replay(session, Wanted(START, START + 2 * HOUR))
    async with SnapshotSource(database_url, name="test").session() as source:
        again = (await first_batch(source, 100)).rows
    assert [tuple(row)[1:] for row in again] == [row[1:] for row in first]
    assert {row[6] for row in first} == {None, "a.b.v1"}


async def test_a_replay_of_everything_keeps_the_order_of_each_key_and_ends(
    database_url: str, session: Connection, published: dict[int, UUID]
) -> None:
    far_ahead = datetime.now(UTC) + timedelta(days=1)
    assert await replay(session, Wanted(START, far_ahead)) == len(published)
    by_key = defaultdict(list)
    for number in await relayed(database_url):
        by_key[number % 3].append(number)
    assert all(numbers == sorted(numbers) for numbers in by_key.values())
    assert sum(map(len, by_key.values())) == len(published)


async def test_a_replay_takes_only_what_is_asked_for(
    database_url: str, session: Connection, published: dict[int, UUID]
) -> None:
    wanted = Wanted(START, START + 6 * HOUR, topic="events", key="key-1", tenant="t-0")
    expected = [n for n in range(36) if n % 5 and n % 3 == 1 and n % 2 == 0]
    assert await take_stock(session, wanted) == Stock(len(expected), START)
    await replay(session, wanted)
    assert await relayed(database_url) == expected


async def test_a_replay_leaves_parked_rows_out(
    engine: AsyncEngine, session: Connection, published: dict[int, UUID]
) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text(f"{PARK_ROWS} WHERE payload = '7'"), {"reason": "too large"}
        )
    assert await replay(session, Wanted(START, START + 2 * HOUR)) == 11


async def test_an_empty_outbox_has_nothing(engine: AsyncEngine, session: Connection) -> None:
    wanted = Wanted(START, datetime.now(UTC))
    assert await take_stock(session, wanted) == Stock(0, None)
    assert await replay(session, wanted) == 0


async def test_what_the_replay_appends_can_be_replayed_too(
    database_url: str, session: Connection, published: dict[int, UUID]
) -> None:
    """It is an event of now: a second replay of the old hour still finds the old rows only."""
    wanted = Wanted(START, START + HOUR)
    assert [await replay(session, wanted) for _ in range(2)] == [6, 6]
    assert await relayed(database_url) == [*range(6), *range(6)]

"""How long our poll takes when many rows lie above the oldest open transaction.

They are published and acknowledged; each poll is to find its one new row beside them.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg

from gateway.embedded.run import Run
from producers.sources.snapshot.source import SnapshotSource
from producers.sources.source import SourceSession
from tests.benchmarks.figures import percentile
from tests.benchmarks.relay.contestant import Place, key, payload
from tests.benchmarks.relay.contestants import ours
from tests.benchmarks.relay.database import Database, fresh_database

POLLS: Final = 500
_FILL_ROWS: Final = 100_000
_BATCH_ROWS: Final = 20_000


@dataclass(frozen=True, slots=True)
class PollTimes:
    """How long polls took, in milliseconds."""

    p50_ms: float
    p99_ms: float


async def poll_times(run: Run, server_url: str, bootstrap: str, rows: int) -> PollTimes:
    """Time polls that find one row each, above an open writer with so many rows above it."""
    async with fresh_database(server_url, "bench_rows_above") as database:
        place = Place(run, database.url, database.dsn, bootstrap, ours.TOPIC)
        await ours.lay_out(place)
        async with _open_writer(database):
            await _fill(database, rows)
            async with SnapshotSource(database.url, name="bench").session() as session:
                await _publish_all(session, rows)
                times = [await _poll_of_one(database, session, n) for n in range(POLLS)]
    return PollTimes(percentile(times, 50), percentile(times, 99))


@asynccontextmanager
async def _open_writer(database: Database) -> AsyncIterator[None]:
    """Have a transaction that appended an event and does not end while the body runs."""
    connection = await asyncpg.connect(database.dsn)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(ours.APPEND, key(0), payload(0))
    try:
        yield
    finally:
        await transaction.rollback()
        await connection.close()


async def _fill(database: Database, rows: int) -> None:
    """Append rows, a transaction for each portion, and let the planner know of them."""
    for first in range(0, rows, _FILL_ROWS):
        await database.fill(ours.FILL, min(_FILL_ROWS, rows - first))
    await database.session.execute("ANALYZE ledgerlane_outbox")


async def _publish_all(session: SourceSession, rows: int) -> None:
    while rows > 0:
        batch = await session.poll(_BATCH_ROWS)
        rows -= len(batch.rows)
        await batch.acknowledge()


async def _poll_of_one(database: Database, session: SourceSession, n: int) -> float:
    await database.session.execute(ours.APPEND, key(n), payload(n))
    await asyncio.sleep(0)
    started = time.perf_counter()
    batch = await session.poll(_BATCH_ROWS)
    took_ms = (time.perf_counter() - started) * 1000
    if len(batch.rows) != 1:
        raise ValueError(f"a poll found {len(batch.rows)} rows, not the one that was new")
    await batch.acknowledge()
    return took_ms

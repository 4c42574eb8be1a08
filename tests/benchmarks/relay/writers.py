"""Clients that append events, a transaction for each; run in a process of their own."""

import asyncio
import time
from dataclasses import dataclass

import asyncpg

from tests.benchmarks.relay.contestant import key, payload


@dataclass(frozen=True, slots=True)
class Pace:
    """An open loop: event ``n`` is due at ``start + n / per_s``, whatever became of others.

    Attributes:
        start: On the machine's monotonic clock, which all its processes share.
    """

    start: float
    per_s: float
    events: int

    def due(self, n: int) -> float:
        """When event ``n``, from 0, is to be appended."""
        return self.start + n / self.per_s


def write_at_pace(dsn: str, append: str, clients: int, pace: Pace) -> list[float]:
    """Append each event when it is due; gives when each was committed."""
    return asyncio.run(_write_at_pace(dsn, append, clients, pace))


async def _write_at_pace(dsn: str, append: str, clients: int, pace: Pace) -> list[float]:
    committed = [0.0] * pace.events

    async def one_client(first: int) -> None:
        connection = await asyncpg.connect(dsn)
        for n in range(first, pace.events, clients):
            await asyncio.sleep(max(0.0, pace.due(n) - time.monotonic()))
            await connection.execute(append, key(n), payload(n))
            committed[n] = time.monotonic()
        await connection.close()

    async with asyncio.TaskGroup() as group:
        for first in range(clients):
            group.create_task(one_client(first))
    return committed


def write_flat_out(dsn: str, append: str, clients: int, for_s: float) -> float:
    """Append without a pause for so long; gives commits a second."""
    return asyncio.run(_write_flat_out(dsn, append, clients, for_s))


async def _write_flat_out(dsn: str, append: str, clients: int, for_s: float) -> float:
    connections = [await asyncpg.connect(dsn) for _ in range(clients)]
    started = time.monotonic()
    commits = 0

    async def one_client(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        nonlocal commits
        while time.monotonic() - started < for_s:
            commits += 1
            await connection.execute(append, key(commits), payload(commits))

    async with asyncio.TaskGroup() as group:
        for connection in connections:
            group.create_task(one_client(connection))
    took_s = time.monotonic() - started
    for connection in connections:
        await connection.close()
    return commits / took_s

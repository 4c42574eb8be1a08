"""Relays of a test: as members in this process, and as a process of their own."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from producers.relay import Relay
from producers.relay_policy import RelayPolicy
from producers.shards import ShardedRelay
from producers.sources.snapshot.relay_membership import SharedDatabase
from producers.sources.snapshot.source import SnapshotSource
from producers.sources.source import Shard
from tests.eventually import eventually
from tests.fakes.publisher import MemoryPublisher


class Member:
    """A sharded relay; ``at_work`` are the shards that it has, or tries to have."""

    def __init__(self, url: str, publisher: MemoryPublisher, shards: int) -> None:
        self._url = url
        self._publisher = publisher
        self.at_work: set[int] = set()
        self.relay = ShardedRelay(
            SharedDatabase(url, name="test"), self._open_relay, shards=shards
        )

    @asynccontextmanager
    async def _open_relay(self, shard: Shard) -> AsyncIterator[Relay]:
        source = SnapshotSource(self._url, name="test", shard=shard)
        self.at_work.add(shard.number)
        yield Relay(source, self._publisher, RelayPolicy())
        self.at_work.discard(shard.number)


@asynccontextmanager
async def running(member: Member) -> AsyncIterator[Member]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(member.relay.run(stop))
        try:
            yield member
        finally:
            stop.set()


async def until(fact: Callable[[], bool], *, within_s: float = 5.0) -> None:
    async def check() -> bool:
        return fact()

    await eventually(check, within_s=within_s)


async def until_published(
    publisher: MemoryPublisher, count: int, *, within_s: float = 5.0
) -> None:
    """Wait until so many events have been published, repeats included."""
    await until(lambda: len(publisher.payloads("events")) >= count, within_s=within_s)


@asynccontextmanager
async def relay_process(environ: Mapping[str, str]) -> AsyncIterator[Process]:
    """Start a relay as a process of its own and kill it at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.producers.relay_process"),
        env={"PATH": os.defpath, **environ},
        stdout=DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()

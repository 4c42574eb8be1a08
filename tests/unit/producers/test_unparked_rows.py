"""What the relay does with parked rows that an operator let go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from producers.errors import BrokerUnavailable
from producers.relay import Relay
from producers.relay_policy import RelayPolicy
from tests.eventually import eventually
from tests.fakes.publisher import MemoryPublisher
from tests.fakes.source import MemorySource

HELD = ("missing", "k")


@asynccontextmanager
async def running(source: MemorySource, publisher: MemoryPublisher) -> AsyncIterator[None]:
    stop = asyncio.Event()
    relay = Relay(source, publisher, RelayPolicy(batch_rows=2))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(relay.run(stop))
        yield
        stop.set()


async def until_parked(source: MemorySource, rows: int) -> None:
    async def check() -> bool:
        return len(source.parked) == rows

    await eventually(check)


@pytest.mark.accepts("GWY-06")
async def test_unparked_rows_are_published_before_what_comes_after_them() -> None:
    source, publisher = MemorySource(), MemoryPublisher("events")
    for n in range(5):
        source.append("missing", "k", b"%d" % n)
    async with running(source, publisher):
        await until_parked(source, 5)
        publisher.topics["missing"] = []
        source.let_go.add(HELD)
        await until_parked(source, 0)
        source.append("missing", "k", b"5")

        async def is_published() -> bool:
            return b"5" in publisher.payloads("missing")

        await eventually(is_published)
    assert publisher.payloads("missing") == [b"%d" % n for n in range(6)]
    assert source.let_go == set()


@pytest.mark.accepts("GWY-06")
async def test_a_row_that_is_refused_again_holds_its_key_again() -> None:
    source, publisher = MemorySource(), MemoryPublisher("events")
    source.append("missing", "k", b"0")
    source.append("events", "k", b"other")
    async with running(source, publisher):
        await until_parked(source, 1)
        source.let_go.add(HELD)

        async def is_refused() -> bool:
            return not source.let_go

        await eventually(is_refused)
        source.append("missing", "k", b"1")
        await until_parked(source, 2)
    assert [row.seq for row in source.parked] == [1, 3]
    assert publisher.payloads("events") == [b"other"]


async def test_unparked_rows_outlast_a_broker_that_is_away() -> None:
    source, publisher = MemorySource(), MemoryPublisher("events")
    for n in range(4):
        source.append("missing", "k", b"%d" % n)
    async with running(source, publisher):
        await until_parked(source, 4)
        publisher.topics["missing"] = []
        publisher.failures.append(BrokerUnavailable("away"))
        source.let_go.add(HELD)
        await until_parked(source, 0)
    assert list(dict.fromkeys(publisher.payloads("missing"))) == [b"%d" % n for n in range(4)]

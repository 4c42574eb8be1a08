"""Parked rows: decided by an operator, carried out by a relay that knows nothing of it yet."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledgerlane_outbox import append
from producers.maintenance.parked import (
    Decision,
    ParkedFilter,
    ParkedRow,
    count_parked,
    decide,
    list_parked,
)
from producers.maintenance.session import Connection
from producers.relay import Relay
from producers.relay_policy import PoisonPolicy, RelayPolicy
from producers.sources.snapshot.source import SnapshotSource
from producers.sources.source import Shard
from tests.contracts.publisher import TOO_LARGE
from tests.eventually import eventually
from tests.fakes.publisher import MemoryPublisher
from tests.integration.producers.events import event

HEADS = ParkedFilter(heads_only=True)


async def commit(
    engine: AsyncEngine, *payloads: bytes, key: str = "k", topic: str = "events"
) -> None:
    async with engine.begin() as connection:
        await append(connection, *(event(p, key, topic=topic) for p in payloads))


@asynccontextmanager
async def relaying(
    database_url: str,
    publisher: MemoryPublisher,
    *,
    poison: PoisonPolicy = PoisonPolicy.HOLD_KEY,
    batch_rows: int = 100,
    shard: Shard | None = None,
) -> AsyncIterator[None]:
    stop = asyncio.Event()
    source = SnapshotSource(database_url, name="test", shard=shard or Shard())
    relay = Relay(source, publisher, RelayPolicy(batch_rows, poison))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(relay.run(stop))
        yield
        stop.set()


async def until_parked(session: Connection, rows: int) -> None:
    async def check() -> bool:
        return (await count_parked(session)).rows == rows

    await eventually(check)


async def parked(session: Connection, wanted: ParkedFilter = HEADS) -> list[ParkedRow]:
    return await list_parked(session, wanted, limit=1_000)


@pytest.mark.accepts("GWY-06")
async def test_a_retried_row_and_those_behind_it_are_published_in_order(
    engine: AsyncEngine, database_url: str, session: Connection
) -> None:
    publisher = MemoryPublisher("events")
    async with relaying(database_url, publisher, batch_rows=3):
        await commit(engine, *(b"%d" % n for n in range(4)), topic="new")
        await commit(engine, *(b"%d" % n for n in range(4, 8)), topic="new")
        await commit(engine, b"other")
        await until_parked(session, 8)
        publisher.topics["new"] = []
        (head,) = await parked(session)
        assert await decide(session, [head.seq], Decision.RETRY) == {head.seq}
        await until_parked(session, 0)
        await commit(engine, b"8", topic="new")

        async def is_published() -> bool:
            return b"8" in publisher.payloads("new")

        await eventually(is_published)
    assert publisher.payloads("new") == [b"%d" % n for n in range(9)]


@pytest.mark.accepts("GWY-06")
async def test_a_dropped_row_is_gone_with_a_note_and_those_behind_it_go_on(
    engine: AsyncEngine,
    database_url: str,
    session: Connection,
    logged: list[MutableMapping[str, Any]],
) -> None:
    publisher = MemoryPublisher("events")
    async with relaying(database_url, publisher):
        await commit(engine, TOO_LARGE, b"1", TOO_LARGE, b"2")
        await until_parked(session, 4)
        (head,) = await parked(session)
        await decide(session, [head.seq], Decision.DROP, note="agreed with crm")
        await until_parked(session, 2)
        assert publisher.payloads("events") == [b"1"]
        (dropped,) = [one for one in logged if one["event"] == "outbox.parked_row_dropped"]
        assert (dropped["seq"], dropped["event_id"]) == (head.seq, str(head.event_id))
        assert dropped["note"] == "agreed with crm"
        (second,) = await parked(session)
        await decide(session, [second.seq], Decision.DROP, note="as well")
        await until_parked(session, 0)
        await commit(engine, b"3")

        async def is_published() -> bool:
            return b"3" in publisher.payloads("events")

        await eventually(is_published)
    assert publisher.payloads("events") == [b"1", b"2", b"3"]


async def test_dropping_the_only_row_of_a_key_frees_the_key(
    engine: AsyncEngine, database_url: str, session: Connection
) -> None:
    publisher = MemoryPublisher("events")
    async with relaying(database_url, publisher):
        await commit(engine, TOO_LARGE)
        await until_parked(session, 1)
        (head,) = await parked(session)
        await decide(session, [head.seq], Decision.DROP)
        await until_parked(session, 0)
        await commit(engine, b"1")

        async def is_published() -> bool:
            return publisher.payloads("events") == [b"1"]

        await eventually(is_published)
    assert await parked(session) == []


async def test_a_row_that_is_refused_again_stays_with_its_new_reason(
    engine: AsyncEngine, database_url: str, session: Connection
) -> None:
    publisher = MemoryPublisher("events")
    async with relaying(database_url, publisher):
        await commit(engine, b"1", TOO_LARGE, b"2", topic="new")
        await until_parked(session, 3)
        publisher.topics["new"] = []
        (head,) = await parked(session)
        await decide(session, [head.seq], Decision.RETRY)
        await until_parked(session, 2)
    (second,) = await parked(session)
    assert (second.reason, second.decision) == ("record too large", None)
    assert second.seq == head.seq + 1
    assert publisher.payloads("new") == [b"1"]


async def test_only_the_head_of_a_key_is_decided_on_and_only_once(
    engine: AsyncEngine, database_url: str, session: Connection
) -> None:
    async with relaying(database_url, MemoryPublisher("events")):
        await commit(engine, TOO_LARGE, b"1", b"2")
        await until_parked(session, 3)
    found = await parked(session, ParkedFilter())
    assert [row.head for row in found] == [True, False, False]
    seqs = [row.seq for row in found]
    assert await decide(session, seqs, Decision.RETRY) == {seqs[0]}
    assert await decide(session, seqs, Decision.DROP) == set()
    assert [row.decision for row in await parked(session, ParkedFilter())] == [
        Decision.RETRY,
        None,
        None,
    ]


async def test_rows_of_keys_that_go_on_are_decided_on_one_by_one(
    engine: AsyncEngine, database_url: str, session: Connection
) -> None:
    publisher = MemoryPublisher("events")
    async with relaying(database_url, publisher, poison=PoisonPolicy.GO_ON):
        await commit(engine, TOO_LARGE, b"1")
        await commit(engine, b"lost", b"lost too", topic="new")
        await until_parked(session, 3)
        publisher.topics["new"] = []
        heads = await parked(session)
        assert [row.topic for row in heads] == ["events", "new", "new"]
        await decide(session, [heads[2].seq], Decision.RETRY)
        await until_parked(session, 2)
    assert publisher.payloads("new") == [b"lost too"]
    assert publisher.payloads("events") == [b"1"]


async def test_a_decision_outlasts_the_relay_and_is_carried_out_by_the_next(
    engine: AsyncEngine, database_url: str, session: Connection
) -> None:
    publisher = MemoryPublisher("events")
    async with relaying(database_url, publisher):
        await commit(engine, *(b"%d" % n for n in range(5)), topic="new")
        await until_parked(session, 5)
    publisher.topics["new"] = []
    (head,) = await parked(session)
    await decide(session, [head.seq], Decision.RETRY)
    await commit(engine, b"5", topic="new")
    async with relaying(database_url, publisher, batch_rows=2):

        async def is_published() -> bool:
            return b"5" in publisher.payloads("new")

        await eventually(is_published)
    assert publisher.payloads("new") == [b"%d" % n for n in range(6)]


async def test_a_shard_carries_out_its_own_decisions_only(
    engine: AsyncEngine, database_url: str, session: Connection
) -> None:
    publisher = MemoryPublisher("events")
    keys = [f"key-{n}" for n in range(20)]
    own = await rows_of_shard(session, keys, 0)
    assert 0 < own < len(keys)
    for key in keys:
        await commit(engine, key.encode(), key=key, topic="new")
    for number, rows in ((0, own), (1, len(keys))):
        async with relaying(database_url, publisher, shard=Shard(number, 2)):
            await until_parked(session, rows)
    publisher.topics["new"] = []
    await decide(session, [row.seq for row in await parked(session)], Decision.RETRY)
    async with relaying(database_url, publisher, shard=Shard(0, 2)):
        await until_parked(session, len(keys) - own)
    assert len(publisher.payloads("new")) == own
    decisions = {row.partition_key: row.decision for row in await parked(session)}
    assert decisions == dict.fromkeys(
        set(keys) - {payload.decode() for payload in publisher.payloads("new")}, Decision.RETRY
    )


async def rows_of_shard(session: Connection, keys: list[str], number: int) -> int:
    """Count the keys that belong to one of two shards."""
    shards = await session.fetch(
        "SELECT ledgerlane_outbox_shard('new', key, 2) FROM unnest($1::text[]) AS key", keys
    )
    return sum(shard == number for (shard,) in shards)

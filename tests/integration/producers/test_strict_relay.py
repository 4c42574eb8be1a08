"""The strict relay between real servers: what readers of committed records see."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ledgerlane_outbox import append
from producers.publishers.kafka import KafkaPublisher
from producers.publishers.transactional import TransactionalPublisher
from producers.relay import Relay
from producers.relay_policy import PoisonPolicy, RelayPolicy
from producers.sources.snapshot.source import SnapshotSource
from producers.sources.source import Shard
from producers.sources.strict import StrictSource
from tests.contracts.publisher import TOO_LARGE
from tests.eventually import eventually
from tests.integration.producers.events import append_unmeasured, event
from tests.integration.producers.kafka import new_topic, read_topic

KEYS = [f"key-{n}" for n in range(4)]
POINTS = ["after_poll_before_publish", "after_publish_before_cursor", "after_cursor"]
COMMITTED = "after_commit_before_cursor"
POLICY = RelayPolicy(batch_rows=50, poison=PoisonPolicy.HOLD_KEY)


class Killed(BaseException):
    """The process died: no supervisor catches it."""


class Deadly:
    """Dies when it gets to a point for the nth time, from 1."""

    def __init__(self, point: str = "", nth: int = 1) -> None:
        self._point = point
        self._left = nth

    def __call__(self, point: str) -> None:
        self._left -= point == self._point
        if point == self._point and not self._left:
            raise Killed


class Ground:
    """A database, a topic for its events and one for the cursors of its relays."""

    def __init__(self, url: str, engine: AsyncEngine, bootstrap: str, *topics: str) -> None:
        self.url = url
        self.engine = engine
        self.bootstrap = bootstrap
        self.events, self.cursors = topics
        self._appended: list[tuple[str, bytes]] = []

    async def strict(
        self,
        stop: asyncio.Event,
        crash_point: Deadly,
        *,
        shard: Shard = Shard(),  # noqa: B008 - immutable
    ) -> None:
        """Relay as a process of its own would, with its own connections."""
        source = SnapshotSource(self.url, name=self.events, shard=shard)
        async with TransactionalPublisher(
            self.bootstrap, name=source.name, cursors_topic=self.cursors
        ) as publisher:
            committing = StrictSource(source, publisher, crash_point=crash_point)
            await Relay(committing, publisher, POLICY, crash_point=crash_point).run(stop)

    async def at_least_once(self, stop: asyncio.Event, crash_point: Deadly) -> None:
        source = SnapshotSource(self.url, name=self.events)
        async with KafkaPublisher(self.bootstrap) as publisher:
            await Relay(source, publisher, POLICY, crash_point=crash_point).run(stop)

    async def append(self, *payloads: bytes) -> None:
        rows = [(key, payload) for payload in payloads for key in KEYS]
        async with self.engine.begin() as connection:
            await append(connection, *(event(p, k, topic=self.events) for k, p in rows))
        self._appended += rows

    async def seen(self) -> list[tuple[str, bytes]]:
        return [(m.key, m.payload) for m in await read_topic(self.bootstrap, self.events)]

    async def until_all_seen(self) -> Counter[tuple[str, bytes]]:
        """Wait for all that was appended; return how often each is there, in order by key."""

        async def there() -> bool:
            return set(await self.seen()) >= set(self._appended)

        await eventually(there)
        seen = await self.seen()
        for key in KEYS:
            first_times = list(dict.fromkeys(p for k, p in seen if k == key))
            assert first_times == [p for k, p in self._appended if k == key]
        return Counter(seen)


@pytest_asyncio.fixture
async def ground(
    database_url: str, engine: AsyncEngine, kafka_bootstrap: str
) -> AsyncIterator[Ground]:
    async with (
        new_topic(kafka_bootstrap) as events,
        new_topic(kafka_bootstrap, partitions=1, compacted=True) as cursors,
    ):
        yield Ground(database_url, engine, kafka_bootstrap, events, cursors)


@asynccontextmanager
async def running(ground: Ground) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ground.strict(stop, Deadly()))
        try:
            yield
        finally:
            stop.set()


@pytest.mark.parametrize("point", [*POINTS, COMMITTED])
async def test_readers_of_committed_records_see_each_event_once_wherever_a_relay_was_killed(
    ground: Ground, point: str
) -> None:
    for n in range(3):
        await ground.append(*(b"%d.%d" % (n, m) for m in range(30)))
        with pytest.raises(Killed):
            await ground.strict(asyncio.Event(), Deadly(point, nth=n % 2 + 1))
    async with running(ground):
        seen = await ground.until_all_seen()
    assert set(seen.values()) == {1}


async def test_without_transactions_a_relay_killed_before_its_cursor_moved_repeats(
    ground: Ground,
) -> None:
    await ground.append(*(b"%d" % n for n in range(30)))
    with pytest.raises(Killed):
        await ground.at_least_once(asyncio.Event(), Deadly("after_publish_before_cursor"))
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ground.at_least_once(stop, Deadly()))
        await ground.until_all_seen()
        stop.set()
    seen = Counter(await ground.seen())
    assert set(seen.values()) == {1, 2}


async def test_cancelled_at_any_await_it_repeats_nothing(ground: Ground) -> None:
    for n in range(10):
        await ground.append(*(b"%d.%d" % (n, m) for m in range(20)))
        task = asyncio.ensure_future(ground.strict(asyncio.Event(), Deadly()))
        await asyncio.wait({task}, timeout=0.15 + n * 0.05)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    async with running(ground):
        seen = await ground.until_all_seen()
    assert set(seen.values()) == {1}


async def test_what_was_parked_in_a_batch_that_only_kafka_knows_of_is_parked_by_the_next(
    ground: Ground,
) -> None:
    await ground.append(b"1")
    async with ground.engine.begin() as connection:
        large = [event(p, "large", topic=ground.events) for p in (b"1", TOO_LARGE, b"2")]
        await append_unmeasured(connection, *large)
    with pytest.raises(Killed):
        await ground.strict(asyncio.Event(), Deadly(COMMITTED))
    async with running(ground):
        await ground.append(b"2")
        seen = await ground.until_all_seen()
    async with ground.engine.connect() as connection:
        found = await connection.execute(
            text("SELECT octet_length(payload) FROM ledgerlane_outbox_parked ORDER BY seq")
        )
        assert found.scalars().all() == [len(TOO_LARGE), 1]
    assert set(seen.values()) == {1}
    assert seen["large", b"1"] == 1


async def test_the_cursor_of_the_database_wins_where_it_is_further(ground: Ground) -> None:
    await ground.append(b"1")
    async with running(ground):
        await ground.until_all_seen()
    await ground.append(b"2")
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ground.at_least_once(stop, Deadly()))
        await ground.until_all_seen()
        stop.set()
    await ground.append(b"3")
    async with running(ground):
        seen = await ground.until_all_seen()
    assert set(seen.values()) == {1}


async def test_another_number_of_shards_begins_at_the_databases_cursor_and_loses_nothing(
    ground: Ground,
) -> None:
    await ground.append(b"1")
    with pytest.raises(Killed):
        await ground.strict(asyncio.Event(), Deadly(COMMITTED))
    await ground.append(b"2")
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for n in range(2):
            tasks.create_task(ground.strict(stop, Deadly(), shard=Shard(n, 2)))
        await ground.until_all_seen()
        stop.set()


async def test_a_fenced_relay_stands_by_and_takes_over_again(
    ground: Ground, logged: list[MutableMapping[str, Any]]
) -> None:
    await ground.append(b"1")
    async with running(ground):
        await ground.until_all_seen()
        async with TransactionalPublisher(
            ground.bootstrap, name=ground.events, cursors_topic=ground.cursors
        ) as intruder:
            await intruder.take_over()
        await ground.append(b"2")
        seen = await ground.until_all_seen()
    assert set(seen.values()) == {1}
    assert "relay.standing_by" in {entry["event"] for entry in logged}
    assert not any(entry["log_level"] == "error" for entry in logged)

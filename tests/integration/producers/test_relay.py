"""The relay from a real database to a real broker."""

import asyncio
import itertools
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledgerlane_outbox import append, append_sync
from producers.publishers.kafka import KafkaPublisher
from producers.relay import Relay, no_crash
from producers.relay_policy import RelayPolicy
from producers.sources.snapshot.source import SnapshotSource
from tests.contracts.publisher import TOO_LARGE
from tests.eventually import eventually
from tests.integration.producers.events import append_unmeasured, event
from tests.integration.producers.kafka import new_topic, read_topic

CRASH_POINTS = ["after_poll_before_publish", "after_publish_before_cursor", "after_cursor"]


class Killed(BaseException):
    """The process died: no supervisor catches it."""


class Relaying:
    """A database and a topic, and what is needed to relay between them."""

    def __init__(self, url: str, engine: AsyncEngine, bootstrap: str, topic: str) -> None:
        self.url = url
        self.engine = engine
        self.topic = topic
        self._bootstrap = bootstrap

    async def run(
        self, stop: asyncio.Event, *, crash_point: Callable[[str], None] = no_crash
    ) -> None:
        """Relay as a process of its own would, with its own connections."""
        async with KafkaPublisher(self._bootstrap) as publisher:
            source = SnapshotSource(self.url, name="test")
            await Relay(
                source, publisher, RelayPolicy(batch_rows=50), crash_point=crash_point
            ).run(stop)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.run(stop))
            yield
            stop.set()

    async def append(self, *payloads: bytes, key: str = "k") -> None:
        async with self.engine.begin() as connection:
            await self.add(connection, *payloads, key=key)

    async def add(self, connection: AsyncConnection, *payloads: bytes, key: str = "k") -> None:
        await append(connection, *(event(p, key, topic=self.topic) for p in payloads))

    async def published(self, *, key: str = "k") -> list[bytes]:
        """The payloads of a key in the order in which they first came, repeats left out."""
        stored = await read_topic(self._bootstrap, self.topic)
        return list(dict.fromkeys(m.payload for m in stored if m.key == key))

    async def until_published(self, *payloads: bytes, key: str = "k") -> None:
        """Wait for a last event, behind which nothing more of the key can come."""

        async def is_there() -> bool:
            return payloads[-1] in await self.published(key=key)

        await eventually(is_there)
        assert await self.published(key=key) == list(payloads)


@pytest_asyncio.fixture
async def relaying(
    database_url: str, engine: AsyncEngine, kafka_bootstrap: str
) -> AsyncIterator[Relaying]:
    async with new_topic(kafka_bootstrap) as topic:
        yield Relaying(database_url, engine, kafka_bootstrap, topic)


@pytest.mark.accepts("GWY-01")
async def test_what_is_committed_is_published_and_what_is_rolled_back_never(
    relaying: Relaying,
) -> None:
    async with relaying.running():
        await relaying.append(b"1")
        async with relaying.engine.connect() as connection:
            await relaying.add(connection, b"never")
            await connection.rollback()
        await relaying.append(b"2")
        await relaying.until_published(b"1", b"2")


@pytest.mark.accepts("GWY-01")
async def test_synchronous_appends_are_published_as_well(relaying: Relaying) -> None:
    url = make_url(relaying.url).set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    with engine.connect() as connection:
        append_sync(connection, event(b"never", topic=relaying.topic))
        connection.rollback()
        append_sync(connection, event(b"1", topic=relaying.topic))
        connection.commit()
    engine.dispose()
    async with relaying.running():
        await relaying.until_published(b"1")


@pytest.mark.accepts("GWY-01", "RUN-02")
@pytest.mark.parametrize("crash_point", CRASH_POINTS)
async def test_a_relay_killed_at_a_crash_point_loses_nothing_and_keeps_the_order(
    relaying: Relaying, crash_point: str
) -> None:
    def die(point: str) -> None:
        if point == crash_point:
            raise Killed

    for n in range(3):
        await relaying.append(*(b"%d.%d" % (n, m) for m in range(60)))
        with pytest.raises(Killed):
            await relaying.run(asyncio.Event(), crash_point=die)
    async with relaying.running():
        await relaying.until_published(
            *(b"%d.%d" % (n, m) for n in range(3) for m in range(60))
        )


@pytest.mark.accepts("GWY-01", "RUN-02")
async def test_a_relay_cancelled_at_any_await_loses_nothing_and_keeps_the_order(
    relaying: Relaying,
) -> None:
    chance = random.Random(4711)  # noqa: S311 - not for secrets
    written: list[bytes] = []
    for n in range(12):
        batch = [b"%d.%d" % (n, m) for m in range(chance.randrange(1, 200))]
        await relaying.append(*batch)
        written += batch
        task = asyncio.ensure_future(relaying.run(asyncio.Event()))
        await asyncio.wait({task}, timeout=chance.uniform(0.02, 0.25))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with relaying.running():
        await relaying.until_published(*written)


async def test_the_relay_outlives_a_lost_database_connection(relaying: Relaying) -> None:
    async with relaying.running():
        await relaying.append(b"1")
        await relaying.until_published(b"1")
        async with relaying.engine.begin() as connection:
            ended = await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
                    " application_name = 'ledgerlane-relay' AND datname = current_database()"
                )
            )
            assert ended.scalars().all() == [True]
        await relaying.append(b"2")
        await relaying.until_published(b"1", b"2")


@pytest.mark.accepts("DRV-30")
async def test_a_row_too_large_is_parked_with_its_reason_and_by_default_later_ones_go_on(
    relaying: Relaying,
) -> None:
    rows = [event(payload, topic=relaying.topic) for payload in (b"1", TOO_LARGE, b"2")]
    async with relaying.engine.begin() as connection:
        await append_unmeasured(connection, *rows)
    await relaying.append(b"other", key="other")
    async with relaying.running():
        await relaying.until_published(b"other", key="other")
        await relaying.until_published(b"1", b"2")
    async with relaying.engine.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT octet_length(payload), reason, holds_key FROM ledgerlane_outbox_parked"
                " ORDER BY seq"
            )
        )
        ((large, reason, holds),) = found.all()
    assert large == len(TOO_LARGE)
    assert "large" in reason.lower()
    assert not holds


async def _write_restlessly(
    relaying: Relaying, seed: int, committed: list[list[bytes]]
) -> None:
    """Write to locked keys as awkwardly as the database allows; note each commit's events."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    numbers = itertools.count()
    for _ in range(25):
        key = f"key-{chance.randrange(4)}"
        async with relaying.engine.connect() as connection:
            if chance.random() < 0.5:  # take the transaction's id long before the row's number
                await connection.execute(text("SELECT pg_current_xact_id()"))
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": key}
            )
            kept = []
            for _ in range(chance.randrange(1, 4)):
                payload = f"{key} {seed}.{next(numbers)}".encode()
                savepoint = await connection.begin_nested()
                await relaying.add(connection, payload, key=key)
                if chance.random() < 0.25:
                    await savepoint.rollback()
                else:
                    await savepoint.commit()
                    kept.append(payload)
            await asyncio.sleep(chance.choice([0, 0, 0.01, 0.05]))
            if chance.random() < 0.2:
                await connection.rollback()
                continue
            committed.append(kept)  # in the key's order: its lock is still ours
            await connection.commit()


@pytest.mark.accepts("GWY-04")
@pytest.mark.parametrize("seed", range(3))
async def test_every_committed_event_comes_once_in_the_order_of_its_key_whatever_writers_do(
    relaying: Relaying, seed: int
) -> None:
    committed: list[list[bytes]] = []
    async with relaying.engine.connect() as open_for_long:
        await relaying.add(open_for_long, b"long 0", key="long")
        async with relaying.running():
            async with asyncio.TaskGroup() as writers:
                for n in range(6):
                    writers.create_task(_write_restlessly(relaying, seed * 10 + n, committed))
            await open_for_long.commit()
            await relaying.until_published(b"long 0", key="long")
    expected = defaultdict(list)
    for payload in itertools.chain.from_iterable(committed):
        expected[payload.split()[0].decode()].append(payload)
    for key, payloads in expected.items():
        assert await relaying.published(key=key) == payloads

"""The wakeup between a real database and a real broker: when writers notify, and when not."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from statistics import median

import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ledgerlane_outbox import append
from ledgerlane_outbox.store import CHANNEL, OutboxRow
from producers.publisher import Rejection
from producers.publishers.kafka import KafkaPublisher
from producers.relay import Relay
from producers.relay_policy import RelayPolicy
from producers.sources.snapshot.source import SnapshotSource
from producers.sources.snapshot.wakeup import FLOOR_S
from producers.sources.source import SourceSession
from tests.contracts.source import drain
from tests.eventually import eventually
from tests.integration.producers.events import event
from tests.integration.producers.kafka import new_topic
from tests.integration.producers.naps import ASLEEP_FROM_S, LONGEST_NAP_S, WOKEN_WITHIN_S

IS_ASLEEP = text("""
    SELECT EXISTS (SELECT FROM pg_locks
                    WHERE locktype = 'advisory' AND objsubid = 2 AND objid = 2 AND granted
                      AND mode = 'ExclusiveLock' AND classid = 'ledgerlane_outbox'::regclass
                      AND database = (SELECT oid FROM pg_database
                                       WHERE datname = current_database()))
""")


WRITERS = 8
STOP_S = 0.05  # half the time after which a relay falls asleep where no rows come


class TimedPublisher:
    """Publishes, and notes when the broker had acknowledged which payload."""

    def __init__(self, publisher: KafkaPublisher) -> None:
        self._publisher = publisher
        self.acknowledged_at: dict[bytes, float] = {}

    async def publish(self, rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        rejections = await self._publisher.publish(rows)
        self.acknowledged_at |= {row[4]: time.monotonic() for row in rows}
        return rejections


class Relayed:
    """A database whose outbox is relayed to a topic."""

    def __init__(self, engine: AsyncEngine, topic: str, publisher: TimedPublisher) -> None:
        self.engine = engine
        self._topic = topic
        self.acknowledged_at = publisher.acknowledged_at

    async def commit(self, payload: bytes) -> float:
        """Commit one event; return the time at which that was done."""
        async with self.engine.begin() as connection:
            await append(connection, event(payload, topic=self._topic))
        return time.monotonic()

    async def until_acknowledged(self, payload: bytes) -> None:
        async def there() -> bool:
            return payload in self.acknowledged_at

        await eventually(there)

    async def until_asleep(self) -> None:
        async def asleep() -> bool:
            async with self.engine.connect() as connection:
                return bool(await connection.scalar(IS_ASLEEP))

        await eventually(asleep)


@pytest_asyncio.fixture
async def relayed(
    database_url: str, engine: AsyncEngine, kafka_bootstrap: str
) -> AsyncIterator[Relayed]:
    stop = asyncio.Event()
    async with (
        new_topic(kafka_bootstrap) as topic,
        KafkaPublisher(kafka_bootstrap) as confluent,
        asyncio.TaskGroup() as tasks,
    ):
        publisher = TimedPublisher(confluent)
        source = SnapshotSource(database_url, name="test", longest_nap_s=LONGEST_NAP_S)
        relay = Relay(source, publisher, RelayPolicy())
        tasks.create_task(relay.run(stop))
        yield Relayed(engine, topic, publisher)
        stop.set()


@asynccontextmanager
async def listening(engine: AsyncEngine) -> AsyncIterator[list[object]]:
    """Collect all notifications; the list is complete afterwards."""
    notified: list[object] = []

    def hear(*note: object) -> None:
        notified.append(note)

    async with engine.connect() as listener:
        raw = (await listener.get_raw_connection()).driver_connection
        assert raw is not None
        await raw.add_listener(CHANNEL, hear)
        yield notified
        await raw.execute("SELECT 1")  # what was sent before has come by its answer
        await raw.remove_listener(CHANNEL, hear)


async def test_an_idle_commit_is_acknowledged_by_the_broker_without_waiting_for_a_poll(
    relayed: Relayed,
) -> None:
    """Of waits for a poll, one in two would take longer than half of the longest nap."""
    chance = random.Random(1)  # noqa: S311 - not for secrets
    await relayed.commit(b"first")
    await relayed.until_acknowledged(b"first")
    delays = []
    for n in range(15):
        await relayed.until_asleep()
        await asyncio.sleep(chance.uniform(0, LONGEST_NAP_S / 3))  # anywhere between two polls
        committed_at = await relayed.commit(b"%d" % n)
        await relayed.until_acknowledged(b"%d" % n)
        delays.append(relayed.acknowledged_at[b"%d" % n] - committed_at)
    assert max(delays) < WOKEN_WITHIN_S
    assert median(delays) < FLOOR_S / 10


async def test_under_load_no_writer_notifies(relayed: Relayed) -> None:
    """But for one notification of each, where the machine made all of them stop at once."""
    loaded = asyncio.Event()
    committed_at: list[float] = []

    async def write(writer: int) -> None:
        n = 0
        while not loaded.is_set():
            committed_at.append(await relayed.commit(b"%d.%d" % (writer, n := n + 1)))

    async def until_more(count: int) -> None:
        wanted = len(relayed.acknowledged_at) + count

        async def there() -> bool:
            return len(relayed.acknowledged_at) >= wanted

        await eventually(there, within_s=60)

    await relayed.until_asleep()
    async with asyncio.TaskGroup() as writers:
        for writer in range(WRITERS):
            writers.create_task(write(writer))
        await until_more(100)  # by then all writers are at work, and the relay is awake
        committed_at.clear()
        async with listening(relayed.engine) as notified:
            await until_more(2_000)
        loaded.set()
    stops = sum(later - earlier > STOP_S for earlier, later in pairwise(committed_at))
    assert len(notified) <= WRITERS * stops


async def append_one(engine: AsyncEngine, payload: bytes) -> None:
    async with engine.begin() as connection:
        await append(connection, event(payload))


@pytest_asyncio.fixture
async def rarely_polling(
    database_url: str, engine: AsyncEngine
) -> AsyncIterator[SourceSession]:
    source = SnapshotSource(database_url, name="test", longest_nap_s=LONGEST_NAP_S)
    async with source.session() as session:
        yield session


async def test_no_notification_is_lost_however_a_commit_meets_the_falling_asleep(
    engine: AsyncEngine, rarely_polling: SourceSession
) -> None:
    chance = random.Random(1)  # noqa: S311 - not for secrets
    came: set[bytes] = set()

    async def read() -> None:
        while len(came) < 60:
            batch = await rarely_polling.poll(10)
            came.update(row[4] for row in batch.rows)
            if not batch.rows:
                await rarely_polling.wait()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(read())
        for n in range(60):
            payload = b"%d" % n
            await asyncio.sleep(chance.uniform(0.08, 0.14))  # as it falls asleep
            async with engine.begin() as connection:
                await append(connection, event(payload))
                await asyncio.sleep(chance.choice([0, 0.001, 0.02]))

            async def has_come(payload: bytes = payload) -> bool:
                return payload in came

            # The next commit would wake the relay for this one, too: so it waits for this one.
            await eventually(has_come, within_s=WOKEN_WITHIN_S)


async def test_a_writer_that_is_too_early_to_notify_is_looked_for(
    engine: AsyncEngine, rarely_polling: SourceSession
) -> None:
    loop = asyncio.get_running_loop()
    naps: list[float] = []

    async def read_or_nap() -> bool:
        if (await rarely_polling.poll(10)).rows:
            return True
        began = loop.time()
        await rarely_polling.wait()
        naps.append(loop.time() - began)
        return False

    await append_one(engine, b"1")
    assert await read_or_nap()
    async with engine.connect() as silent:
        await append(silent, event(b"2"))
        while sum(naps) < 0.6:
            assert not await read_or_nap()
        await silent.commit()
    while not await read_or_nap():
        pass
    assert max(naps) < WOKEN_WITHIN_S


async def test_waiting_is_ended_by_the_writers_notification_and_not_by_the_clock(
    engine: AsyncEngine, rarely_polling: SourceSession
) -> None:
    loop = asyncio.get_running_loop()
    naps = []
    for n in range(3):
        waited_s = 0.0
        while waited_s < ASLEEP_FROM_S:
            began = loop.time()
            await rarely_polling.wait()
            waited_s = loop.time() - began
            assert not (await rarely_polling.poll(10)).rows
        asleep = asyncio.ensure_future(rarely_polling.wait())
        await asyncio.sleep(0)
        began = loop.time()
        await append_one(engine, b"%d" % n)
        await asleep
        naps.append(loop.time() - began)
        assert await drain(rarely_polling) == [b"%d" % n]
    assert max(naps) < WOKEN_WITHIN_S

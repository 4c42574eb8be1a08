"""Relays as processes: what one has that dies, freezes, is cut off or stops, another takes."""

import logging
import signal
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from ledgerlane_outbox import append
from ledgerlane_outbox.store import MEMBERS
from producers.sources.postgres import libpq_url
from tests.contracts.publisher import Stored
from tests.eventually import PATIENCE_S, eventually
from tests.fakes.environment import environment
from tests.integration.producers.events import event
from tests.integration.producers.kafka import new_topic, read_topic
from tests.integration.producers.members import relay_process
from tests.integration.producers.network_partition import NetworkLink, link_to

_log = logging.getLogger(__name__)

KEYS = [f"key-{n}" for n in range(12)]
TAKEOVER_S = 10.0
HAND_OVER_S = 3.0

Fault = Callable[[Process, NetworkLink], None]


class Relayed:
    """A database that processes relay to a topic."""

    def __init__(self, url: str, engine: AsyncEngine, bootstrap: str, topic: str) -> None:
        self.url = url
        self._engine = engine
        self._bootstrap = bootstrap
        self._topic = topic
        self._round = 0

    @asynccontextmanager
    async def process(self, *, shards: int, url: str = "") -> AsyncIterator[Process]:
        environ = environment(
            DATABASE_URL=url or self.url,
            KAFKA_BOOTSTRAP=self._bootstrap,
            RELAY_SHARDS=f"gateway={shards}",
        )
        async with relay_process(environ) as process:
            yield process

    async def append_to_all_keys(self) -> None:
        self._round += 1
        payload = b"%d" % self._round
        async with self._engine.begin() as connection:
            await append(connection, *(event(payload, k, topic=self._topic) for k in KEYS))

    async def until_all_published(self, *, within_s: float = PATIENCE_S) -> float:
        """Wait for each key's events of all rounds; return when the last one was published.

        Repeats left out, they are in order.
        """
        last = b"%d" % self._round
        stored: list[Stored] = []

        async def all_there() -> bool:
            stored[:] = await read_topic(self._bootstrap, self._topic)
            return {m.key for m in stored if m.payload == last} == set(KEYS)

        await eventually(all_there, within_s=within_s)
        first_times = {(m.key, m.payload): m.at_s for m in reversed(stored)}
        in_order = list(dict.fromkeys((m.key, m.payload) for m in stored))
        for key in KEYS:
            expected = [b"%d" % (n + 1) for n in range(self._round)]
            assert [payload for k, payload in in_order if k == key] == expected
        return max(at_s for (_, payload), at_s in first_times.items() if payload == last)

    async def until_members(self, count: int, *, leases: int) -> None:
        """Wait until so many processes are members, and so many shards have a relay."""
        connection = await asyncpg.connect(libpq_url(self.url))

        async def there() -> bool:
            found = [shard for shard, _ in await connection.fetch(MEMBERS)]
            return (found.count(-13), sum(n >= 0 for n in found)) == (count, leases)

        await eventually(there)
        await connection.close()


@pytest_asyncio.fixture
async def relayed(
    database_url: str, engine: AsyncEngine, kafka_bootstrap: str
) -> AsyncIterator[Relayed]:
    async with new_topic(kafka_bootstrap) as topic:
        yield Relayed(database_url, engine, kafka_bootstrap, topic)


def kill(process: Process, link: NetworkLink) -> None:
    process.kill()


def freeze(process: Process, link: NetworkLink) -> None:
    process.send_signal(signal.SIGSTOP)


def cut_off(process: Process, link: NetworkLink) -> None:
    link.cut()


def stop(process: Process, link: NetworkLink) -> None:
    process.terminate()


@pytest.mark.accepts("GWY-07")
@pytest.mark.parametrize("shards", [1, 4])
@pytest.mark.parametrize(
    ("fault", "within_s"),
    [(kill, TAKEOVER_S), (freeze, TAKEOVER_S), (cut_off, TAKEOVER_S), (stop, HAND_OVER_S)],
)
async def test_what_a_relay_leaves_another_has_within_ten_seconds(
    relayed: Relayed,
    fault: Fault,
    within_s: float,
    shards: int,
) -> None:
    async with (
        link_to(relayed.url) as (link, through_link),
        relayed.process(shards=shards, url=through_link) as first,
    ):
        await relayed.append_to_all_keys()
        await relayed.until_all_published()
        async with relayed.process(shards=shards):
            await relayed.until_members(2, leases=shards)
            await relayed.append_to_all_keys()
            await relayed.until_all_published()
            fault(first, link)
            fault_at = time.time()
            await relayed.append_to_all_keys()
            published_at = await relayed.until_all_published()
            _log.info("%s, %d shards: %.2f s", fault.__name__, shards, published_at - fault_at)
            assert published_at - fault_at < within_s


@pytest.mark.accepts("GWY-07")
async def test_a_relay_that_thaws_after_the_takeover_spoils_nothing(relayed: Relayed) -> None:
    async with relayed.process(shards=2) as frozen, relayed.process(shards=2) as other:
        await relayed.until_members(2, leases=2)
        await relayed.append_to_all_keys()
        await relayed.until_all_published()
        frozen.send_signal(signal.SIGSTOP)
        for _ in range(3):
            await relayed.append_to_all_keys()
        await relayed.until_all_published(within_s=TAKEOVER_S)
        frozen.send_signal(signal.SIGCONT)
        await relayed.until_members(2, leases=2)
        await relayed.append_to_all_keys()
        await relayed.until_all_published()
        other.kill()
        await relayed.append_to_all_keys()
        await relayed.until_all_published(within_s=TAKEOVER_S)

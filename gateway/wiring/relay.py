"""The relay: every source to Kafka."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

from gateway.config.settings import Settings
from gateway.config.variables import OutboxSource
from gateway.errors import NotMigrated
from gateway.http.dependencies import Check
from gateway.runtime.lifecycle import crash_hook
from producers.publishers.kafka import KafkaPublisher
from producers.publishers.transactional import TransactionalPublisher
from producers.relay import Relay
from producers.relay_policy import RelayPolicy
from producers.shards import OpenRelay, ShardedRelay
from producers.sources.snapshot.relay_membership import SharedDatabase
from producers.sources.snapshot.source import SnapshotSource
from producers.sources.source import Shard
from producers.sources.strict import StrictSource
from producers.sources.wal.source import WalSource
from schemas.topics import RELAY_CURSORS


def relays_of(settings: Settings) -> Sequence[ShardedRelay]:
    """Return a relay for each source; each of its shards has a publisher of its own."""
    crash_point = crash_hook(settings.crash_point)
    return [
        ShardedRelay(
            SharedDatabase(source.url, name=source.name),
            _opener(settings, source, crash_point),
            shards=source.shards,
        )
        for source in settings.relay_sources
    ]


def _opener(
    settings: Settings, source: OutboxSource, crash_point: Callable[[str], None]
) -> OpenRelay:
    policy = RelayPolicy(poison=settings.relay_poison)

    @asynccontextmanager
    async def at_least_once(shard: Shard) -> AsyncIterator[Relay]:
        reading = _reading(source, shard)
        async with KafkaPublisher(settings.kafka_bootstrap) as publisher:
            yield Relay(reading, publisher, policy, crash_point=crash_point)

    @asynccontextmanager
    async def strict(shard: Shard) -> AsyncIterator[Relay]:
        reading = SnapshotSource(source.url, name=source.name, shard=shard)
        async with TransactionalPublisher(
            settings.kafka_bootstrap, name=reading.name, cursors_topic=RELAY_CURSORS
        ) as publisher:
            committing = StrictSource(reading, publisher, crash_point=crash_point)
            yield Relay(committing, publisher, policy, crash_point=crash_point)

    return strict if settings.relay_strict else at_least_once


def _reading(source: OutboxSource, shard: Shard) -> SnapshotSource | WalSource:
    """Return the reader of a source; a log is never read in shards, by the settings' checks."""
    if source.reads_log:
        return WalSource(source.url, name=source.name)
    return SnapshotSource(source.url, name=source.name, shard=shard)


def version_checks(relays: Sequence[ShardedRelay]) -> dict[str, Check]:
    """Return a check for each source: it fails while the version of its outbox is refused."""
    return {f"outbox_version:{relay.name}": partial(_check_version, relay) for relay in relays}


async def _check_version(relay: ShardedRelay) -> None:
    if relay.refusal:
        raise NotMigrated(relay.refusal)


async def run_relays(relays: Sequence[ShardedRelay], stop: asyncio.Event) -> None:
    """Relay from all sources until ``stop`` is set; each finishes its current batch."""
    async with asyncio.TaskGroup() as group:
        for relay in relays:
            group.create_task(relay.run(stop))

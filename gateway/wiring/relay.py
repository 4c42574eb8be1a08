"""The relay: every source to Kafka."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from gateway.running import crash_hook
from gateway.settings import Settings
from producers.publisher import ConfluentPublisher
from producers.relay import Relay, RelayPolicy
from producers.sources.snapshot import SnapshotSource


@asynccontextmanager
async def open_relays(settings: Settings) -> AsyncIterator[list[Relay]]:
    """Have a relay for each source, with a publisher of its own."""
    async with AsyncExitStack() as stack:
        relays = []
        for source in settings.relay_sources:
            publisher = ConfluentPublisher(settings.kafka_bootstrap)
            await stack.enter_async_context(publisher)
            relays.append(
                Relay(
                    SnapshotSource(source.url, name=source.name),
                    publisher,
                    RelayPolicy(),
                    crash_point=crash_hook(settings.crash_point),
                )
            )
        yield relays


async def run_relays(relays: list[Relay], stop: asyncio.Event) -> None:
    """Relay from all sources until told to stop; each finishes the batch under way."""
    async with asyncio.TaskGroup() as group:
        for relay in relays:
            group.create_task(relay.run(stop))

"""The upkeep of every source's outbox, beside its relay."""

import asyncio

from gateway.settings import Settings
from producers.upkeep.retention import Retention
from producers.upkeep.ring import RetentionPolicy

RETENTION = RetentionPolicy()
"""How long published events are kept in the outboxes."""


async def run_retention(settings: Settings, stop: asyncio.Event) -> None:
    """Empty old slots of all sources until told to stop."""
    async with asyncio.TaskGroup() as group:
        for source in settings.relay_sources:
            retention = Retention(source.url, RETENTION, name=source.name)
            group.create_task(retention.run(stop))

"""The retention of every source's outbox, which runs beside its relay."""

import asyncio

from gateway.config.settings import Settings
from producers.maintenance.retention import Retention
from producers.maintenance.ring import RetentionPolicy


def retention_policy(settings: Settings) -> RetentionPolicy:
    """Return how long published events are kept in all outboxes."""
    return RetentionPolicy(settings.relay_retention_days)


async def run_retention(settings: Settings, stop: asyncio.Event) -> None:
    """Empty old slots of all sources until ``stop`` is set."""
    policy = retention_policy(settings)
    async with asyncio.TaskGroup() as group:
        for source in settings.relay_sources:
            retention = Retention(source.url, policy, name=source.name)
            group.create_task(retention.run(stop))

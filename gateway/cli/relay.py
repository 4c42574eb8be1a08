"""`ledgerlane relay`: move events from outboxes to Kafka."""

import asyncio

import typer

from gateway.role import checks_of, playing, showing_health
from gateway.settings import Settings
from gateway.topics import check_topics
from gateway.wiring.relay import open_relays, run_relays
from providers.registry import PROVIDERS
from schemas.topics import catalogue


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(relay)


def relay() -> None:
    """Relay events from every source's outbox to Kafka, until stopped."""
    asyncio.run(_relay(Settings.from_environ()))


async def _relay(settings: Settings) -> None:
    async with playing("relay", settings) as stop:
        await check_topics(settings.kafka_bootstrap, catalogue(tuple(PROVIDERS)))
        async with (
            showing_health(settings, checks_of(settings)),
            open_relays(settings) as relays,
        ):
            await run_relays(relays, stop)

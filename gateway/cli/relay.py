"""`ledgerlane relay`: move events from outboxes to Kafka, and maintain the outboxes."""

import asyncio

import typer

from gateway.cli import relay_parked
from gateway.cli.relay_doctor import doctor
from gateway.cli.relay_replay import replay
from gateway.config.settings import Settings
from gateway.runtime.broker import check_topics
from gateway.runtime.lifecycle import running_beside
from gateway.wiring.relay import relays_of, run_relays, version_checks
from gateway.wiring.retention import run_retention
from gateway.wiring.role import checks_of, role_lifecycle, showing_health
from providers.registry import PROVIDERS
from schemas.topics import catalogue

group = typer.Typer(invoke_without_command=True)
group.command()(doctor)
group.command()(replay)
group.add_typer(relay_parked.app, name="parked")


def register(app: typer.Typer) -> None:
    """Add the command and those below it."""
    app.add_typer(group, name="relay")


@group.callback()
def relay(context: typer.Context) -> None:
    """Relay events from every source's outbox to Kafka, until stopped."""
    if context.invoked_subcommand is None:
        asyncio.run(_relay(Settings.from_environ()))


async def _relay(settings: Settings) -> None:
    async with role_lifecycle("relay", settings) as stop:
        await check_topics(settings.kafka_bootstrap, catalogue(tuple(PROVIDERS)))
        relays = relays_of(settings)
        async with (
            showing_health(settings, checks_of(settings) | version_checks(relays)),
            running_beside(run_retention(settings, stop)),
        ):
            await run_relays(relays, stop)

"""`ledgerlane worker`: intake, and the lanes of a provider."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

import typer

from gateway.config.settings import Settings
from gateway.runtime.broker import check_topics
from gateway.wiring.role import checks_of, role_lifecycle, showing_health
from gateway.wiring.worker import run_intake, run_lanes
from providers.base import Provider
from providers.registry import PROVIDERS
from schemas.ids import ProviderName
from schemas.topics import catalogue

INTAKE = "intake"
KINDS = (INTAKE, *PROVIDERS)

Run = Callable[[Settings, asyncio.Event], Awaitable[None]]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(worker)


def worker(
    kind: Annotated[str, typer.Argument(help=f"One of: {', '.join(KINDS)}.")],
) -> None:
    """Take work from Kafka until stopped: platform events, or one provider's signals."""
    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is not one of: {', '.join(KINDS)}")
    asyncio.run(_worker(kind, Settings.from_environ()))


async def _worker(kind: str, settings: Settings) -> None:
    role = f"worker {kind}"
    async with role_lifecycle(role, settings, enabled=settings.worker_enabled) as stop:
        if not settings.worker_enabled:
            return
        await check_topics(settings.kafka_bootstrap, catalogue(tuple(PROVIDERS)))
        async with showing_health(settings, checks_of(settings)):
            await _runner(kind)(settings, stop)


def _runner(kind: str) -> Run:
    if kind == INTAKE:
        return run_intake
    return partial(_run_provider, PROVIDERS[ProviderName(kind)])


async def _run_provider(provider: Provider, settings: Settings, stop: asyncio.Event) -> None:
    await run_lanes(settings, provider, stop)

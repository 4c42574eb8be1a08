"""`ledgerlane up`: every role on this machine, with embedded services where none are given."""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Final

import typer

from gateway.embedded.errors import Exited
from gateway.embedded.services import Services, services
from gateway.migrate import upgrade
from gateway.roles import Roles
from gateway.running import stop_signals
from gateway.settings import PREFIX, Settings, environment
from gateway.topics import apply_topics
from gateway.vault import new_key
from providers.registry import PROVIDERS
from schemas.topics import catalogue

_PULSE_S: Final = 1.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)


def up() -> None:
    """Run every role until Ctrl-C: API, relay, intake, and a worker for each provider.

    Starts PostgreSQL and Kafka, or uses LEDGERLANE_DATABASE_URL and
    LEDGERLANE_KAFKA_BOOTSTRAP. What it started itself ends with it, data included.
    """
    asyncio.run(_up(environment()))


async def _up(said: Mapping[str, str]) -> None:
    async with (
        stop_signals() as stop,
        services(
            database_url=said.get(f"{PREFIX}DATABASE_URL", ""),
            kafka_bootstrap=said.get(f"{PREFIX}KAFKA_BOOTSTRAP", ""),
        ) as here,
    ):
        environ = _completed(said, here)
        settings = Settings.from_environ(environ)
        await upgrade(settings.database_url)
        await apply_topics(settings.kafka_bootstrap, catalogue(tuple(PROVIDERS)))
        roles = Roles(here.run, _ports(settings), environ=environ)
        await roles.start_all()
        _tell(settings, here)
        await _until(stop, roles)


def _completed(said: Mapping[str, str], here: Services) -> dict[str, str]:
    """Fill in what a first run needs and nobody has set."""
    needed = {
        f"{PREFIX}VAULT_KEYS": f"up:{new_key()}",
        f"{PREFIX}API_KEYS": f"up:{secrets.token_urlsafe(32)}",
    }
    addresses = {
        f"{PREFIX}DATABASE_URL": here.database_url,
        f"{PREFIX}KAFKA_BOOTSTRAP": here.kafka_bootstrap,
    }
    return needed | dict(said) | addresses


def _roles(settings: Settings) -> Iterator[tuple[str, str]]:
    """Give every role, and why it does not run; empty for those that do."""
    yield "api", ""
    yield "relay", ""
    switched_off = "" if settings.worker_enabled else f"disabled by {PREFIX}WORKER_ENABLED"
    yield "worker intake", switched_off
    for name in PROVIDERS:
        missing = "" if settings.providers[name].configured else "not configured"
        yield f"worker {name}", switched_off or missing


def _ports(settings: Settings) -> dict[str, int]:
    """Give where each role that runs shows its health."""
    names = [name for name, why_not in _roles(settings) if not why_not and name != "api"]
    others = zip(names, count(settings.metrics_port), strict=False)
    return {"api": settings.api_port, **dict(others)}


def _tell(settings: Settings, here: Services) -> None:
    for name, why_not in _roles(settings):
        typer.echo(f"{name}: {why_not or 'started'}")
    typer.echo(f"API: http://{settings.listen_host}:{settings.api_port}/docs")
    typer.echo(f"API keys: {', '.join(one.name for one in settings.api_keys)}")
    typer.echo(f"Kafka: {settings.kafka_bootstrap}")
    typer.echo(f"PostgreSQL: {here.database_url}")
    typer.echo(f"logs: {here.run.logs}")
    typer.echo("Everything stays up until Ctrl-C.")


async def _until(stop: asyncio.Event, roles: Roles) -> None:
    """Wait until told to stop.

    Raises:
        Exited: a role ended by itself.
    """
    while not stop.is_set():
        if ended := roles.ended():
            raise Exited(f"{', '.join(ended)} ended without being told to")
        try:
            async with asyncio.timeout(_PULSE_S):
                await stop.wait()
        except TimeoutError:
            continue

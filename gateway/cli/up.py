"""`ledgerlane up`: every role on this machine, with embedded services unless given."""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Final

import typer

from gateway.cli.stoppable import run_stoppable
from gateway.config.settings import PREFIX, Settings, environment
from gateway.config.settings_file import without_password, write_settings_file
from gateway.database.migrate import upgrade
from gateway.embedded.errors import Exited
from gateway.embedded.role_processes import RoleProcesses
from gateway.embedded.services import Services, services
from gateway.runtime.broker import apply_topics
from gateway.vault import new_key
from providers.registry import PROVIDERS
from schemas.topics import catalogue

_CHECK_EVERY_S: Final = 1.0
_OWN_KEY: Final = "up"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)


def up() -> None:
    """Run every role until Ctrl-C: API, relay, intake, and a worker for each provider.

    Starts PostgreSQL and Kafka, or uses LEDGERLANE_DATABASE_URL and
    LEDGERLANE_KAFKA_BOOTSTRAP. Services that it started end with it, data included.
    """
    run_stoppable(_up(environment()))


async def _up(said: Mapping[str, str]) -> None:
    async with services(
        database_url=said.get(f"{PREFIX}DATABASE_URL", ""),
        kafka_bootstrap=said.get(f"{PREFIX}KAFKA_BOOTSTRAP", ""),
    ) as here:
        environ = _completed(said, here)
        settings = Settings.from_environ(environ)
        await upgrade(settings.owner_url)
        await apply_topics(settings.kafka_bootstrap, catalogue(tuple(PROVIDERS)))
        roles = RoleProcesses(here.run, _ports(settings), environ=environ)
        await roles.start_all()
        _print_addresses(settings, here, write_settings_file(here.run.data, environ))
        await _watch(roles)


def _completed(said: Mapping[str, str], here: Services) -> dict[str, str]:
    """Return the variables, completed by what a first run needs and is not set."""
    needed = {
        f"{PREFIX}VAULT_KEYS": f"up:{new_key()}",
        f"{PREFIX}API_KEYS": f"{_OWN_KEY}:{secrets.token_urlsafe(32)}",
    }
    addresses = {
        f"{PREFIX}DATABASE_URL": here.database_url,
        f"{PREFIX}KAFKA_BOOTSTRAP": here.kafka_bootstrap,
    }
    return needed | dict(said) | addresses


def roles_of(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield every role with the reason why it does not run, empty for a role that runs."""
    yield "api", ""
    yield "relay", ""
    switched_off = "" if settings.worker_enabled else f"disabled by {PREFIX}WORKER_ENABLED"
    yield "worker intake", switched_off
    for name in PROVIDERS:
        missing = "" if settings.providers[name].configured else "not configured"
        yield f"worker {name}", switched_off or missing


def _ports(settings: Settings) -> dict[str, int]:
    """Return the port of each running role's health."""
    names = [name for name, why_not in roles_of(settings) if not why_not and name != "api"]
    others = zip(names, count(settings.metrics_port), strict=False)
    return {"api": settings.api_port, **dict(others)}


def _print_addresses(settings: Settings, here: Services, settings_file: Path) -> None:
    """Print what runs and where; of the secrets only the API key that was made for this run."""
    for name, why_not in roles_of(settings):
        typer.echo(f"{name}: {why_not or 'started'}")
    typer.echo(f"API: http://{settings.listen_host}:{settings.api_port}/v1")
    for one in settings.api_keys:
        if one.name == _OWN_KEY:
            typer.echo(f"API key, made for this run: {one.key}")
    typer.echo(f"Kafka: {settings.kafka_bootstrap}")
    typer.echo(f"PostgreSQL: {without_password(here.database_url)}")
    typer.echo(f"logs: {here.run.logs}")
    typer.echo(f"For other commands, first in their shell: . {settings_file}")
    typer.echo("Everything stays up until Ctrl-C.")


async def _watch(roles: RoleProcesses) -> None:
    """Wait until cancelled.

    Raises:
        Exited: a role ended unexpectedly.
    """
    try:
        while not (ended := roles.ended()):  # noqa: ASYNC110  other processes
            await asyncio.sleep(_CHECK_EVERY_S)
    except asyncio.CancelledError:
        return
    raise Exited(f"{', '.join(ended)} ended unexpectedly")

"""`ledgerlane api`: the HTTP API."""

import asyncio

import typer

from gateway.config.settings import Settings
from gateway.http.serving import serving
from gateway.wiring.api import open_api
from gateway.wiring.role import role_lifecycle


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(api)


def api() -> None:
    """Serve the HTTP API, health and metrics, until stopped."""
    asyncio.run(_api(Settings.from_environ()))


async def _api(settings: Settings) -> None:
    async with (
        role_lifecycle("api", settings) as stop,
        open_api(settings) as app,
        serving(app, settings.listen_host, settings.api_port),
    ):
        await stop.wait()

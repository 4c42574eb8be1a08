"""`ledgerlane simulate`: a provider's simulator over HTTP."""

import asyncio
from typing import Annotated

import typer

from gateway.config.settings import LogLevel
from gateway.runtime.lifecycle import stop_signals
from gateway.runtime.telemetry import set_up_logging
from providers.registry import PROVIDERS
from schemas.ids import ProviderName


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    provider: Annotated[str, typer.Argument(help="qbo or xero.")],
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for any.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    companies: Annotated[
        int, typer.Option(min=1, help="The number of companies it starts with.")
    ] = 1,
) -> None:
    """Serve the simulator of a provider, with its rules and quotas, until stopped."""
    if provider not in PROVIDERS:
        raise typer.BadParameter(f"{provider!r} is not one of: {', '.join(PROVIDERS)}")
    set_up_logging(LogLevel.WARNING)
    asyncio.run(_simulate(ProviderName(provider), companies, host, port))


async def _simulate(provider: ProviderName, companies: int, host: str, port: int) -> None:
    # Every command loads this module, and only this one needs all that a simulator is made of.
    from gateway.wiring.simulators import simulating

    async with (
        stop_signals() as stop,
        simulating(provider, companies, host=host, port=port) as found,
    ):
        typer.echo(f"{provider} simulator at http://{host}:{found}")
        await stop.wait()

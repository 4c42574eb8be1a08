"""`ledgerlane migrate`: bring the database to a revision."""

import asyncio
from typing import Annotated

import typer

from gateway.config.settings import Settings
from gateway.database.engine import open_database
from gateway.database.migrate import NEWEST, downgrade, revision_of, upgrade


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(migrate)


def migrate(
    to: Annotated[str, typer.Option(help="Revision to bring it up to.")] = NEWEST,
    down: Annotated[
        str,
        typer.Option(help="Revision to take it back to; `base` empties the database."),
    ] = "",
) -> None:
    """Bring the database up to the newest revision, or to another one."""
    typer.echo(f"at revision {asyncio.run(_migrate(Settings.from_environ(), to, down))}")


async def _migrate(settings: Settings, to: str, down: str) -> str:
    if down:
        await downgrade(settings.owner_url, down)
    else:
        await upgrade(settings.owner_url, to)
    async with open_database(settings.owner_url) as engine:
        return await revision_of(engine)

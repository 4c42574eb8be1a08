"""The option `--source`, and a session on the database that it names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from gateway.config.settings import Settings
from gateway.config.variables import OutboxSource
from gateway.errors import DatabaseUnreachable
from producers.errors import SourceUnavailable
from producers.maintenance.session import Connection, open_session

SourceName = Annotated[
    str, typer.Option("--source", help="Name of the outbox's database; `gateway` is our own.")
]


def named_source(settings: Settings, name: str) -> OutboxSource:
    """Return a source by its name.

    Raises:
        BadParameter: no source has the name.
    """
    sources = {source.name: source for source in settings.relay_sources}
    if name not in sources:
        raise typer.BadParameter(f"{name!r} is not one of: {', '.join(sources)}")
    return sources[name]


@asynccontextmanager
async def session_on(source: OutboxSource) -> AsyncIterator[Connection]:
    """Yield a maintenance session, and close it at the end.

    Raises:
        DatabaseUnreachable: the database is away, or refused what was asked.
    """
    try:
        async with open_session(source.url) as connection:
            yield connection
    except SourceUnavailable as exc:
        raise DatabaseUnreachable(f"source {source.name}: {exc}") from exc

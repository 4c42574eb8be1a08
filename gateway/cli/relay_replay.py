"""`ledgerlane relay replay`: publish again what is still in an outbox."""

import asyncio
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.cli.recorded import recorded
from gateway.cli.source import SourceName, named_source, session_on
from gateway.config.settings import Settings
from gateway.config.variables import OutboxSource
from gateway.output import Json, print_json
from gateway.runtime.lifecycle import utc_now
from producers.maintenance import replay as maintenance
from producers.maintenance.replay import Stock, Wanted


def _time(text: str) -> datetime:
    """Return a time; one without a zone is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a time: write 2026-01-31T12:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


Since = Annotated[
    datetime,
    typer.Option(
        parser=_time,
        metavar="TIME",
        help="Events appended at or after this time; UTC unless it has a zone.",
    ),
]
Until = Annotated[
    datetime | None,
    typer.Option(
        parser=_time, metavar="TIME", help="Events appended before this time; now by default."
    ),
]


def replay(
    source: SourceName,
    since: Since,
    until: Until = None,
    topic: Annotated[str, typer.Option(help="Only events for this topic.")] = "",
    key: Annotated[str, typer.Option(help="Only events of this partition key.")] = "",
    tenant: Annotated[str, typer.Option(help="Only events of this tenant.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count the events.")] = False,
    json: Json = False,
) -> None:
    """Publish the events of a period again, under their own ids, while they are kept.

    Consumers drop what they have handled by the event's id, and an old state by its version.
    """
    now = utc_now()
    wanted = Wanted(since, min(until or now, now), topic or None, key or None, tenant or None)
    settings = Settings.from_environ()
    found = named_source(settings, source)
    writes = recorded(settings, "relay replay", source, tenant=tenant)
    with nullcontext() if dry_run else writes:
        stock = asyncio.run(_replay(found, wanted, dry_run=dry_run))
    if json:
        print_json({"rows": stock.rows, "kept_since": stock.kept_since, "dry_run": dry_run})
    else:
        typer.echo(_summary(stock, wanted, dry_run=dry_run))


async def _replay(source: OutboxSource, wanted: Wanted, *, dry_run: bool) -> Stock:
    async with session_on(source) as connection:
        stock = await maintenance.take_stock(connection, wanted)
        if dry_run:
            return stock
        return Stock(await maintenance.replay(connection, wanted), stock.kept_since)


def _summary(stock: Stock, wanted: Wanted, *, dry_run: bool) -> str:
    line = f"{'would replay' if dry_run else 'replayed'}: {stock.rows} events"
    if stock.kept_since is None:
        return f"{line}; the outbox is empty"
    line += f"; the outbox has events from {stock.kept_since:%Y-%m-%d %H:%M:%S} UTC on"
    return f"{line}, older ones have been deleted" if wanted.since < stock.kept_since else line

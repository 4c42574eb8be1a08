"""`ledgerlane relay parked`: list parked rows, and have the relay retry or drop them."""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from typing import Annotated

import typer

from gateway.cli.recorded import recorded
from gateway.cli.source import SourceName, named_source, session_on
from gateway.config.settings import Settings
from gateway.config.variables import OutboxSource
from gateway.output import Json, print_json, print_table
from gateway.runtime.telemetry import mask
from producers.maintenance.parked import Decision, ParkedFilter, ParkedRow, decide, list_parked
from producers.maintenance.session import Connection

app = typer.Typer(help="List parked rows, and have the relay retry or drop them.")

Topic = Annotated[str, typer.Option(help="Only rows for this topic.")]
Key = Annotated[str, typer.Option(help="Only rows of this partition key.")]
Seq = Annotated[int | None, typer.Option(help="Only the row with this number.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="The most rows to list.")]
Yes = Annotated[
    bool,
    typer.Option("--yes", help="Record the decision; without this option, only list the rows."),
]
Note = Annotated[str, typer.Option(help="The reason; it goes into the relay's log.")]

TITLES = ("seq", "parked_at", "topic", "key", "event", "state", "reason")


@app.command("list")
def list_rows(
    source: SourceName,
    topic: Topic = "",
    key: Key = "",
    seq: Seq = None,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """List parked rows in the order in which they were parked."""
    wanted = ParkedFilter(topic or None, key or None, seq)
    _print(asyncio.run(_list(_source(source), wanted, limit)), json=json)


@app.command()
def retry(
    source: SourceName,
    topic: Topic = "",
    key: Key = "",
    seq: Seq = None,
    limit: Limit = 100,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Publish rows again that are at fault, and in order those that wait behind them.

    The relay does it within seconds; a row that is refused again is parked again.
    """
    wanted = ParkedFilter(topic or None, key or None, seq, heads_only=True)
    _decide(_source(source), wanted, limit, Decision.RETRY, yes=yes, json=json)


@app.command()
def drop(
    source: SourceName,
    note: Note,
    topic: Topic = "",
    key: Key = "",
    seq: Seq = None,
    limit: Limit = 100,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Discard rows that are at fault, and publish in order those that wait behind them.

    The relay does it within seconds, and logs each row with its event's id and the note.
    """
    wanted = ParkedFilter(topic or None, key or None, seq, heads_only=True)
    _decide(_source(source), wanted, limit, Decision.DROP, note=note, yes=yes, json=json)


def _source(name: str) -> OutboxSource:
    return named_source(Settings.from_environ(), name)


def _decide(
    source: OutboxSource,
    wanted: ParkedFilter,
    limit: int,
    decision: Decision,
    *,
    note: str = "",
    yes: bool,
    json: bool,
) -> None:
    chosen = decision if yes else None
    command = f"relay parked {decision}"
    with recorded(Settings.from_environ(), command, source.name) if yes else nullcontext():
        rows = asyncio.run(_find_or_decide(source, wanted, limit, chosen, note))
    _print(rows, json=json)
    if not json:
        typer.echo(f"{'will' if yes else 'would'} {decision} {len(rows)} row(s)")


async def _list(source: OutboxSource, wanted: ParkedFilter, limit: int) -> list[ParkedRow]:
    async with session_on(source) as connection:
        return await _list_masked(connection, wanted, limit)


async def _find_or_decide(
    source: OutboxSource, wanted: ParkedFilter, limit: int, decision: Decision | None, note: str
) -> list[ParkedRow]:
    """Decide on the wanted rows and return them; without a decision, only find them."""
    async with session_on(source) as connection:
        found = await _list_masked(connection, wanted, limit)
        if decision is None:
            return found
        decided = await decide(connection, [row.seq for row in found], decision, note=note)
        return [row for row in found if row.seq in decided]


async def _list_masked(
    connection: Connection, wanted: ParkedFilter, limit: int
) -> list[ParkedRow]:
    """Return the rows; a reason may be the text of a driver or a broker."""
    found = await list_parked(connection, wanted, limit=limit)
    return [replace(row, reason=mask(row.reason)) for row in found]


def _print(rows: Sequence[ParkedRow], *, json: bool) -> None:
    if json:
        print_json([asdict(row) for row in rows])
    else:
        print_table(TITLES, [_cells(row) for row in rows])


def _cells(row: ParkedRow) -> tuple[str, ...]:
    state = row.decision or ("at fault" if row.head else "waits")
    return (
        str(row.seq),
        f"{row.parked_at:%Y-%m-%d %H:%M:%S}",
        row.topic,
        row.partition_key,
        str(row.event_id),
        state,
        row.reason[:80],
    )

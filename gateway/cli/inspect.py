"""`ledgerlane inspect`: how many records stand how, by realm."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from consumers.operations import counts
from consumers.valves import listed
from gateway.cli.output import Json, print_json, print_table
from gateway.db import open_database
from gateway.migrate import check_migrated
from gateway.settings import Settings

Rows = Sequence[Mapping[str, Any]]

COLUMNS = ("tenant_id", "provider", "realm_id", "document_type", "state", "records")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(inspect)


def inspect(
    tenant: Annotated[str, typer.Option(help="Only this tenant.")] = "", json: Json = False
) -> None:
    """Count sync records by tenant, realm, document type and state; name lanes at rest."""
    found, valves = asyncio.run(_counts(Settings.from_environ()))
    rows = [row for row in found if tenant in ("", row["tenant_id"])]
    shut = [row for row in valves if tenant in ("", row["tenant_id"])]
    if json:
        total = sum(row["records"] for row in rows)
        print_json({"records": rows, "total": total, "valves": [_plain(row) for row in shut]})
        return
    print_table(COLUMNS, [[str(row[name]) for name in COLUMNS] for row in rows])
    for row in shut:
        realm = f"{row['tenant_id']} {row['provider']} {row['realm_id']}"
        typer.echo(f"at rest: {realm}, {row['deaths']} deaths by {row['code']}; see `valves`")


def _plain(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**row, "shut_at": row["shut_at"].isoformat()}


async def _counts(settings: Settings) -> tuple[Rows, Rows]:
    async with open_database(settings.database_url) as engine:
        await check_migrated(engine)
        async with engine.connect() as connection:
            return await counts(connection), await listed(connection)

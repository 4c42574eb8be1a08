"""`ledgerlane inspect`: how many records stand how, by realm."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from consumers.operations import counts
from gateway.cli.output import Json, print_json, print_table
from gateway.db import open_database
from gateway.migrate import check_migrated
from gateway.settings import Settings

COLUMNS = ("tenant_id", "provider", "realm_id", "document_type", "state", "records")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(inspect)


def inspect(
    tenant: Annotated[str, typer.Option(help="Only this tenant.")] = "", json: Json = False
) -> None:
    """Count sync records by tenant, realm, document type and state."""
    found = asyncio.run(_counts(Settings.from_environ()))
    rows = [row for row in found if tenant in ("", row["tenant_id"])]
    if json:
        print_json({"records": rows, "total": sum(row["records"] for row in rows)})
    else:
        print_table(COLUMNS, [[str(row[name]) for name in COLUMNS] for row in rows])


async def _counts(settings: Settings) -> Sequence[Mapping[str, Any]]:
    async with open_database(settings.database_url) as engine:
        await check_migrated(engine)
        async with engine.connect() as connection:
            return await counts(connection)

"""`ledgerlane inspect`: how many records stand how, by realm, and how each of some stands."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from consumers.store.record_queries import RecordFilter, search
from consumers.store.reopen import counts
from consumers.store.valves import listed
from gateway.cli.output import Json, print_json, print_table
from gateway.config.settings import Settings
from gateway.database.engine import open_database
from gateway.database.migrate import check_migrated
from providers.connections import ConnectionStore
from schemas.documents.document import DocumentType
from schemas.ids import TenantId
from schemas.result import SyncState

Rows = Sequence[Mapping[str, Any]]

COLUMNS = ("tenant_id", "provider", "realm_id", "document_type", "state", "records")
RECORD_COLUMNS = (
    "provider",
    "realm_id",
    "document_type",
    "document_id",
    "state",
    "attempts",
    "tries",
    "next_attempt_at",
    "resolved_at",
    "code",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(inspect)


def inspect(
    tenant: Annotated[str, typer.Option(help="Only this tenant.")] = "",
    document: Annotated[
        str, typer.Option(help="Show the records of this one: invoice/4711. Needs --tenant.")
    ] = "",
    state: Annotated[
        SyncState | None, typer.Option(help="Show the records in this state. Needs --tenant.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    json: Json = False,
) -> None:
    """Count sync records by tenant, realm, document type and state; name lanes at rest.

    With --document or --state, show each record instead: its state and reason, its failed
    tries in this round and in all, when it is tried next, when its last trouble was over.
    """
    if document or state:
        _show_records(tenant, document, state, limit, json=json)
    else:
        _show_counts(tenant, json=json)


def _show_records(
    tenant: str, document: str, state: SyncState | None, limit: int, *, json: bool
) -> None:
    if not tenant:
        raise typer.BadParameter("say --tenant, whose records are to be shown")
    kind, id_ = _named(document) if document else (None, None)
    found = asyncio.run(_records(Settings.from_environ(), tenant, kind, id_, state, limit))
    if json:
        print_json(found)
    else:
        rows = [{**row, "code": (row["reason"] or {}).get("code", "")} for row in found]
        print_table(
            RECORD_COLUMNS, [[_cell(row[name]) for name in RECORD_COLUMNS] for row in rows]
        )


def _named(document: str) -> tuple[DocumentType, str]:
    """Read a document's name.

    Raises:
        BadParameter: it is none.
    """
    kind, _, id_ = document.partition("/")
    if kind not in set(DocumentType) or not id_:
        raise typer.BadParameter(f"name it as type/id, as in invoice/4711, not {document!r}")
    return DocumentType(kind), id_


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)


async def _records(
    settings: Settings,
    tenant: str,
    kind: DocumentType | None,
    id_: str | None,
    state: SyncState | None,
    limit: int,
) -> Rows:
    async with open_database(settings.database_url) as engine:
        await check_migrated(engine)
        async with engine.connect() as connection:
            theirs = await ConnectionStore(connection).of_tenant(TenantId(tenant))
            wanted = RecordFilter([one.id for one in theirs], kind, id_, state)
            return await search(connection, wanted, limit=limit)


def _show_counts(tenant: str, *, json: bool) -> None:
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
        cause = f"{row['dead_letters']} dead letters by {row['code']}"
        typer.echo(f"at rest: {realm}, {cause}; see `valves`")


def _plain(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**row, "tripped_at": row["tripped_at"].isoformat()}


async def _counts(settings: Settings) -> tuple[Rows, Rows]:
    async with open_database(settings.database_url) as engine:
        await check_migrated(engine)
        async with engine.connect() as connection:
            return await counts(connection), await listed(connection)

"""`ledgerlane inspect`: the number of records by state, and the state of single records."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from gateway.cli.use_case import run_use_case
from gateway.config.settings import Settings
from gateway.operations.records import (
    RecordSearch,
    count_records,
    search_records,
)
from gateway.operations.valves import plain_valve
from gateway.output import Json, print_json, print_table
from schemas.documents.document import DocumentType
from schemas.ids import TenantId
from schemas.reasons import NO_RECORDS
from schemas.result import SyncState

COLUMNS = ("tenant_id", "provider", "realm_id", "document_type", "state", "records")
RECORD_COLUMNS = (
    "provider",
    "realm_id",
    "document_type",
    "document_id",
    "state",
    "refused_version",
    "attempts",
    "tries",
    "next_attempt_at",
    "resolved_at",
    "code",
    "remarks",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(inspect)


def inspect(
    tenant: Annotated[str, typer.Option(help="Only this tenant.")] = "",
    document: Annotated[
        str,
        typer.Option(help="Show the records of this document: invoice/4711. Needs --tenant."),
    ] = "",
    state: Annotated[
        SyncState | None, typer.Option(help="Show the records in this state. Needs --tenant.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The most rows to list.")] = 100,
    json: Json = False,
) -> None:
    """Count sync records by tenant, realm, document type and state; list lanes at rest.

    With --document or --state, show each record instead: its state and reason, its failed
    attempts in this round and in all, the time of the next attempt, the time at which its last
    error was resolved, the newer version that was refused, and what was changed in it so that
    the ledger takes it.
    """
    if document or state:
        _show_records(tenant, document, state, limit, json=json)
    else:
        _show_counts(tenant, json=json)


def _show_records(
    tenant: str, document: str, state: SyncState | None, limit: int, *, json: bool
) -> None:
    if not tenant:
        raise typer.BadParameter("use --tenant to say whose records are shown")
    kind, id_ = _named(document) if document else (None, None)
    wanted = RecordSearch(TenantId(tenant), kind, id_, state)
    found = run_use_case(
        Settings.from_environ(), lambda sessions: search_records(sessions, wanted, limit=limit)
    )
    if json:
        print_json(found)
    else:
        rows = [{**row, **_in_short(row)} for row in found]
        print_table(
            RECORD_COLUMNS, [[_cell(row[name]) for name in RECORD_COLUMNS] for row in rows]
        )


def _in_short(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the reason's code, and for each remark what was done to which field."""
    remarks = row["remarks"] or ()
    done = [f"{one['field']} {one['code']}".strip() for one in remarks]
    return {"code": (row["reason"] or {}).get("code", ""), "remarks": ", ".join(done)}


def _named(document: str) -> tuple[DocumentType, str]:
    """Return the document type and id in a document's name.

    Raises:
        BadParameter: it is no document's name.
    """
    kind, _, id_ = document.partition("/")
    if kind not in set(DocumentType) or not id_:
        raise typer.BadParameter(f"name it as type/id, as in invoice/4711, not {document!r}")
    return DocumentType(kind), id_


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)


def _show_counts(tenant: str, *, json: bool) -> None:
    wanted = TenantId(tenant) if tenant else None
    found = run_use_case(
        Settings.from_environ(), lambda sessions: count_records(sessions, wanted)
    )
    rows, tripped = found.records, found.valves
    if json:
        total = sum(row["records"] for row in rows)
        print_json(
            {"records": rows, "total": total, "valves": [plain_valve(row) for row in tripped]}
        )
        return
    print_table(COLUMNS, [[str(row[name]) for name in COLUMNS] for row in rows])
    if tenant and not rows:
        nothing = NO_RECORDS.reason(tenant=tenant, to="any company")
        typer.echo(f"{nothing.code}: {nothing.cause} {nothing.fix} See {nothing.link}")
    for row in tripped:
        realm = f"{row['tenant_id']} {row['provider']} {row['realm_id']}"
        cause = f"{row['dead_letters']} dead letters by {row['code']}"
        typer.echo(f"at rest: {realm}, {cause}; see `valves`")

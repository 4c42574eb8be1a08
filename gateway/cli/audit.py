"""`ledgerlane audit`: who did what, and whether the record of it is as it was written."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from gateway.cli.use_case import run_use_case
from gateway.config.settings import Settings
from gateway.errors import TrailChanged
from gateway.operations.trail import newest_entries, trail_heads, verify_trail
from gateway.output import Json, print_json, print_table
from gateway.trail.entry import ChainedEntry
from gateway.trail.verification import Head, Misfit
from schemas.ids import TenantId

app = typer.Typer(no_args_is_help=True, help="The audit trail: who did what. List, verify.")

TITLES = ("at", "tenant", "seq", "who", "what", "subject", "outcome", "detail")


@app.command("list")
def list_entries(
    tenant: Annotated[str, typer.Option(help="Only this tenant's.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The most rows to list.")] = 100,
    json: Json = False,
) -> None:
    """List the newest entries of the audit trail, the newest first."""
    wanted = TenantId(tenant) if tenant else None
    found = run_use_case(
        Settings.from_environ(), lambda sessions: newest_entries(sessions, wanted, limit=limit)
    )
    if json:
        print_json([_shown(one) for one in found])
    else:
        print_table(TITLES, [[str(_shown(one)[name]) for name in TITLES] for one in found])


@app.command()
def heads() -> None:
    """Print the ends of all chains as JSON, to be kept where nobody can write who can here."""
    found = run_use_case(Settings.from_environ(), trail_heads)
    print_json([_plain_head(one) for one in found])


@app.command()
def verify(
    kept: Annotated[
        Path | None,
        typer.Option(
            "--heads",
            exists=True,
            dir_okay=False,
            help="A file of `audit heads` kept elsewhere.",
        ),
    ] = None,
) -> None:
    """Check that no entry was changed, added or taken out; name the first that does not fit.

    Without --heads a chain that was written anew, or deleted whole, is not noticed.
    """
    known = _read_heads(kept) if kept else ()
    found, misfits = run_use_case(
        Settings.from_environ(), lambda sessions: verify_trail(sessions, known)
    )
    if misfits:
        raise TrailChanged("; ".join(map(_line, misfits)))
    entries = sum(head.seq for head in found)
    typer.echo(f"as written: {entries} entries in {len(found)} chains")


def _line(misfit: Misfit) -> str:
    chain = f"tenant {misfit.tenant}" if misfit.tenant else "no tenant"
    return f"the audit trail was changed: entry {misfit.seq} of {chain} {misfit.why}"


def _read_heads(path: Path) -> Sequence[Head]:
    """Read what `audit heads` printed.

    Raises:
        BadParameter: it is something else.
    """
    try:
        return [
            Head(str(one["tenant"]), int(one["seq"]), bytes.fromhex(one["digest"]))
            for one in orjson.loads(path.read_bytes())
        ]
    except (ValueError, KeyError, TypeError) as exc:
        raise typer.BadParameter(f"{path} is not what `ledgerlane audit heads` prints") from exc


def _plain_head(head: Head) -> Mapping[str, Any]:
    return {"tenant": head.tenant, "seq": head.seq, "digest": head.digest.hex()}


def _shown(one: ChainedEntry) -> Mapping[str, Any]:
    entry = one.entry
    return {
        "at": entry.at.isoformat(timespec="seconds"),
        "tenant": entry.tenant,
        "seq": one.seq,
        "who_id": entry.who_id,
        "who": entry.who,
        "what": entry.what,
        "subject": entry.subject,
        "outcome": entry.outcome.value,
        "detail": entry.detail,
        "request_id": entry.request_id,
    }

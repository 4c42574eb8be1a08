"""`ledgerlane keys`: the bearer keys of the API, made, listed, and revoked."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer

from gateway.cli.use_case import run_use_case
from gateway.config.settings import Settings
from gateway.identity.api_keys import StoredKey, shown
from gateway.identity.principal import Scope
from gateway.operations.keys import create_key, list_keys, revoke_key
from gateway.output import Json, print_json, print_table
from gateway.runtime.lifecycle import utc_now
from schemas.ids import TenantId

app = typer.Typer(no_args_is_help=True, help="Keys of the API: create, list, revoke.")

TITLES = ("id", "name", "prefix", "tenant", "scopes", "expires_at", "last_used_at", "state")

_ALL_TENANTS = "(all)"


@app.command()
def create(
    name: Annotated[str, typer.Option(help="Who holds it, for logs and later readers.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; repeatable.")],
    tenant: Annotated[str, typer.Option(help="The one tenant whose rows it sees.")] = "",
    platform_wide: Annotated[
        bool, typer.Option("--platform-wide", help="It sees the rows of every tenant.")
    ] = False,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days until it expires.")] = 365,
    json: Json = False,
) -> None:
    """Make a key and print its secret, which is stored nowhere and shown only now."""
    if bool(tenant) is platform_wide:
        raise typer.BadParameter("say either --tenant or --platform-wide")
    key, secret = run_use_case(
        Settings.from_environ(),
        lambda sessions: create_key(
            sessions,
            name,
            tenant=TenantId(tenant) if tenant else None,
            scopes=frozenset(scope),
            lasts=timedelta(days=days),
            now=utc_now(),
        ),
    )
    if json:
        print_json({**shown(key), "secret": secret})
    else:
        typer.echo(secret)
        typer.echo(f"id {key.id}, until {key.expires_at:%Y-%m-%d}; not shown again", err=True)


@app.command("list")
def show_keys(
    tenant: Annotated[str, typer.Option(help="Only this tenant's.")] = "",
    json: Json = False,
) -> None:
    """List the keys of the database, newest first, also those that ended."""
    wanted = TenantId(tenant) if tenant else None
    found = run_use_case(Settings.from_environ(), lambda sessions: list_keys(sessions, wanted))
    if json:
        print_json([shown(one) for one in found])
    else:
        now = utc_now()
        print_table(TITLES, [_row(one, now) for one in found])


@app.command()
def revoke(key: UUID, json: Json = False) -> None:
    """Revoke a key, by its id: within seconds no process takes it any more."""
    found = run_use_case(
        Settings.from_environ(), lambda sessions: revoke_key(sessions, key, now=utc_now())
    )
    if json:
        print_json(shown(found))
    else:
        typer.echo(f"revoked: {found.name} ({found.prefix}…)")


def _row(key: StoredKey, now: datetime) -> tuple[str, ...]:
    return (
        str(key.id),
        key.name,
        key.prefix,
        key.tenant_id or _ALL_TENANTS,
        ",".join(sorted(key.scopes)),
        f"{key.expires_at:%Y-%m-%d}",
        f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never",
        _state(key, now),
    )


def _state(key: StoredKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "valid" if key.opens(now=now) else "expired"

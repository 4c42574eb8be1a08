"""`ledgerlane clients`: third-party integrators, made, listed, and revoked."""

from typing import Annotated
from uuid import UUID

import typer

from gateway.cli.recorded import recorded
from gateway.cli.use_case import run_use_case
from gateway.config.settings import Settings
from gateway.identity.oauth_clients import StoredClient, plain_client
from gateway.identity.principal import Scope
from gateway.operations.clients import create_client, list_clients, revoke_client
from gateway.output import Json, print_json, print_table
from gateway.runtime.lifecycle import utc_now
from schemas.ids import TenantId

app = typer.Typer(no_args_is_help=True, help="Integrators by OAuth: create, list, revoke.")

TITLES = ("client_id", "name", "tenant", "scopes", "state")


@app.command()
def create(
    name: Annotated[str, typer.Option(help="Who it is, for logs and later readers.")],
    tenant: Annotated[str, typer.Option(help="The one tenant whose rows it sees.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do at most; repeatable.")],
    json: Json = False,
) -> None:
    """Make a client and print its id and secret; the secret is shown only now."""
    settings = Settings.from_environ()
    with recorded(settings, "clients create", name, tenant=tenant):
        client, secret = run_use_case(
            settings,
            lambda sessions: create_client(
                sessions, name, tenant=TenantId(tenant), scopes=frozenset(scope), now=utc_now()
            ),
        )
    if json:
        print_json({**plain_client(client), "client_secret": secret})
    else:
        typer.echo(f"client id: {client.id}")
        typer.echo(f"client secret, not shown again: {secret}")


@app.command("list")
def show_clients(
    tenant: Annotated[str, typer.Option(help="Only this tenant's.")] = "",
    json: Json = False,
) -> None:
    """List the clients, newest first, also those that were revoked."""
    wanted = TenantId(tenant) if tenant else None
    found = run_use_case(
        Settings.from_environ(), lambda sessions: list_clients(sessions, wanted)
    )
    if json:
        print_json([plain_client(one) for one in found])
    else:
        print_table(TITLES, [_row(one) for one in found])


@app.command()
def revoke(client_id: UUID) -> None:
    """Revoke a client with all its tokens: within seconds no process takes them."""
    settings = Settings.from_environ()
    with recorded(settings, "clients revoke", client_id):
        found = run_use_case(
            settings, lambda sessions: revoke_client(sessions, client_id, now=utc_now())
        )
    typer.echo(f"revoked: {found.name}")


def _row(client: StoredClient) -> tuple[str, ...]:
    return (
        str(client.id),
        client.name,
        client.tenant_id,
        ",".join(sorted(client.scopes)),
        "revoked" if client.revoked_at else "valid",
    )

"""`ledgerlane valves`: lanes at rest after many failures of one kind, and their release."""

from typing import Annotated

import typer

from gateway.cli.recorded import recorded
from gateway.cli.use_case import run_use_case
from gateway.config.settings import Settings
from gateway.operations.valves import list_valves, plain_valve, release_valve
from gateway.output import Json, print_json, print_table
from schemas.ids import ProviderName, RealmId

COLUMNS = ("tenant_id", "provider", "realm_id", "code", "dead_letters", "tripped_at")

app = typer.Typer(no_args_is_help=True, help="Lanes at rest after many failures of one kind.")


@app.command("list")
def show_valves(json: Json = False) -> None:
    """List the tripped valves: reason code and number of dead letters by realm, since when."""
    rows = run_use_case(Settings.from_environ(), list_valves)
    if json:
        print_json([plain_valve(row) for row in rows])
    else:
        print_table(COLUMNS, [[str(row[name]) for name in COLUMNS] for row in rows])


@app.command()
def release(
    provider: Annotated[str, typer.Argument(help="qbo or xero.")],
    realm: Annotated[str, typer.Argument(help="The company's id at the provider.")],
) -> None:
    """Release a lane whose cause is removed; its worker goes on within seconds."""
    settings = Settings.from_environ()
    with recorded(settings, "valves release", f"{provider} {realm}"):
        code = run_use_case(
            settings,
            lambda sessions: release_valve(sessions, ProviderName(provider), RealmId(realm)),
        )
    typer.echo(f"released: {provider} {realm}, tripped by {code}")

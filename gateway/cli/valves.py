"""`ledgerlane valves`: lanes at rest after many failures of one kind, and their release."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from gateway.config.settings import Settings
from gateway.operations.valves import list_valves, release_valve
from gateway.output import Json, print_json, print_table
from gateway.wiring.database import open_sessions
from schemas.ids import ProviderName, RealmId

COLUMNS = ("tenant_id", "provider", "realm_id", "code", "dead_letters", "tripped_at")

app = typer.Typer(no_args_is_help=True, help="Lanes at rest after many failures of one kind.")


@app.command("list")
def show_valves(json: Json = False) -> None:
    """List the tripped valves: reason code and number of dead letters by realm, since when."""
    rows = asyncio.run(_list(Settings.from_environ()))
    if json:
        print_json([{**row, "tripped_at": row["tripped_at"].isoformat()} for row in rows])
    else:
        print_table(COLUMNS, [[str(row[name]) for name in COLUMNS] for row in rows])


@app.command()
def release(
    provider: Annotated[str, typer.Argument(help="qbo or xero.")],
    realm: Annotated[str, typer.Argument(help="The company's id at the provider.")],
) -> None:
    """Release a lane whose cause is removed; its worker goes on within seconds."""
    settings = Settings.from_environ()
    code = asyncio.run(_release(settings, ProviderName(provider), RealmId(realm)))
    typer.echo(f"released: {provider} {realm}, tripped by {code}")


async def _list(settings: Settings) -> Sequence[Mapping[str, Any]]:
    async with open_sessions(settings) as sessions:
        return await list_valves(sessions)


async def _release(settings: Settings, provider: ProviderName, realm: RealmId) -> str:
    async with open_sessions(settings) as sessions:
        return await release_valve(sessions, provider, realm)

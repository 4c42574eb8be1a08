"""`ledgerlane valves`: lanes at rest after many dead letters of one kind, and their release."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from consumers.store.valves import listed, release_realm
from gateway.cli.output import Json, print_json, print_table
from gateway.config.settings import Settings
from gateway.database.engine import open_database
from gateway.database.migrate import check_migrated
from gateway.errors import Refusal
from schemas.ids import ProviderName, RealmId


class NotShut(Refusal):
    """There is nothing to release."""


COLUMNS = ("tenant_id", "provider", "realm_id", "code", "dead_letters", "tripped_at")

app = typer.Typer(
    no_args_is_help=True, help="Lanes at rest after many dead letters of one kind."
)


@app.command("list")
def list_valves(json: Json = False) -> None:
    """List the shut valves: what killed how many records of which realm, and since when."""
    rows = asyncio.run(_listed(Settings.from_environ()))
    if json:
        print_json([{**row, "tripped_at": row["tripped_at"].isoformat()} for row in rows])
    else:
        print_table(COLUMNS, [[str(row[name]) for name in COLUMNS] for row in rows])


@app.command()
def release(
    provider: Annotated[str, typer.Argument(help="qbo or xero.")],
    realm: Annotated[str, typer.Argument(help="The company's id at the provider.")],
) -> None:
    """Let a lane go on, once the cause is removed; its worker does so within seconds."""
    settings = Settings.from_environ()
    code = asyncio.run(_released(settings, ProviderName(provider), RealmId(realm)))
    typer.echo(f"released: {provider} {realm}, shut by {code}")


async def _listed(settings: Settings) -> Sequence[Mapping[str, Any]]:
    async with open_database(settings.database_url) as engine:
        await check_migrated(engine)
        async with engine.connect() as connection:
            return await listed(connection)


async def _released(settings: Settings, provider: ProviderName, realm: RealmId) -> str:
    async with open_database(settings.database_url) as engine:
        await check_migrated(engine)
        async with engine.begin() as connection:
            code = await release_realm(connection, provider, realm)
    if code is None:
        raise NotShut(f"the valve of {provider} {realm} is not shut: see `valves list`")
    return code

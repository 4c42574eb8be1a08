"""`ledgerlane connect-page`: the address at which an admin connects a company in a browser."""

import asyncio
from typing import Annotated

import typer

from gateway.cli.connect import TenantOption
from gateway.config.settings import PREFIX, Settings
from gateway.errors import ReturnNotRegistered
from gateway.operations.connect_sessions import SessionRequest
from gateway.output import Json, print_json
from gateway.wiring.connect import open_connecting
from schemas.ids import ProviderName, TenantId


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("connect-page")(connect_page)


def connect_page(
    tenant: TenantOption,
    provider: Annotated[
        str, typer.Option(help="The only ledger to offer: qbo or xero; all without it.")
    ] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Let it replace the tenant's only company.")
    ] = False,
    json: Json = False,
) -> None:
    """Print the address of a page on which a company is connected; it is good for 30 minutes.

    At the end the browser goes to the first of the registered return addresses.
    """
    settings = Settings.from_environ()
    if not settings.return_urls:
        raise ReturnNotRegistered(
            f"set {PREFIX}RETURN_URLS to where a browser may go after a consent"
        )
    asked = SessionRequest(
        tenant_id=TenantId(tenant),
        return_url=settings.return_urls[0],
        provider=ProviderName(provider) if provider else None,
        replaces=replace,
    )
    url = asyncio.run(_open(settings, asked))
    if json:
        print_json({"url": url})
    else:
        typer.echo(url)


async def _open(settings: Settings, asked: SessionRequest) -> str:
    async with open_connecting(settings) as connecting:
        _, address = await connecting.found.open(asked)
        return f"{connecting.public_url}/connect/{address}"

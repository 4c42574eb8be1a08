"""`ledgerlane connect`, `disconnect` and `refresh`: companies from a shell."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Annotated

import typer

from gateway.cli.recorded import recorded
from gateway.cli.use_case import run_use_case
from gateway.config.settings import Settings
from gateway.operations.connect import Consent
from gateway.operations.connections import read_companies_again, status_of
from gateway.operations.disconnect import DisconnectMode, DisconnectPreview
from gateway.output import Json, print_json
from gateway.runtime.lifecycle import utc_now
from gateway.wiring.connect import open_connector, open_disconnector
from gateway.wiring.providers import oauth_app
from providers.base import Provider
from providers.connections import Connection
from providers.oauth import authorize_url
from providers.registry import PROVIDERS
from schemas.ids import ProviderName, RealmId, TenantId


def _known(said: str) -> Provider:
    found = PROVIDERS.get(ProviderName(said))
    if found is None:
        raise typer.BadParameter(f"{said!r} is not one of: {', '.join(PROVIDERS)}")
    return found


ProviderArgument = Annotated[
    Provider, typer.Option("--provider", parser=_known, metavar="NAME", help="qbo or xero.")
]

TenantOption = Annotated[str, typer.Option(help="Our customer, who owns the company.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(connect)
    app.command("connect-url")(connect_url)
    app.command()(disconnect)
    app.command()(refresh)


def connect_url(provider: ProviderArgument, json: Json = False) -> None:
    """Print the address at which a company's admin consents.

    The redirect brings back the code for `connect`, the company at QuickBooks, and the state,
    which must be the one printed here.
    """
    state = secrets.token_urlsafe(24)
    app = oauth_app(provider, Settings.from_environ())
    url = authorize_url(app, app.scopes, state=state)
    if json:
        print_json({"url": url, "state": state})
    else:
        typer.echo(f"{url}\nstate: {state}")


def connect(
    tenant: TenantOption,
    provider: ProviderArgument,
    code: Annotated[
        str,
        typer.Option(
            prompt=True,
            hide_input=True,
            help="The code of the redirect; asked for where it is not given.",
        ),
    ],
    realm: Annotated[
        list[str] | None,
        typer.Option(help="The company: realmId at QuickBooks, tenantId at Xero; repeatable."),
    ] = None,
    default: Annotated[
        bool, typer.Option("--default", help="Make it the tenant's default company.")
    ] = False,
    json: Json = False,
) -> None:
    """Connect a company with the code of a consent; a code works once, for minutes."""
    consent = Consent(
        TenantId(tenant), code, [RealmId(one) for one in realm or ()], make_default=default
    )
    settings = Settings.from_environ()
    with recorded(settings, "connect", provider.name, tenant=tenant):
        connected = asyncio.run(_connect(settings, provider, consent))
    if json:
        print_json([status_of(one, now=utc_now()) for one in connected])
    else:
        for one in connected:
            typer.echo(
                f"connected {one.company_name} ({one.provider} {one.realm_id}): {one.id}"
            )


async def _connect(
    settings: Settings, provider: Provider, consent: Consent
) -> Sequence[Connection]:
    async with open_connector(settings, provider) as connector:
        return await connector.connect(consent)


def disconnect(
    tenant: TenantOption,
    provider: ProviderArgument,
    realm: Annotated[str, typer.Option(help="The company, by the provider's id.")],
    purge: Annotated[
        bool, typer.Option("--purge", help="Delete its records, links and settings too.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Say what it would mean, and change nothing.")
    ] = False,
) -> None:
    """End a company's consent at the provider and forget its token; its records stay."""
    settings, owner, company = Settings.from_environ(), TenantId(tenant), RealmId(realm)
    if preview:
        seen = asyncio.run(_preview(settings, provider, owner, company))
        typer.echo(line_of(seen, purge=purge))
        return
    mode = DisconnectMode.PURGE if purge else DisconnectMode.ARCHIVE
    with recorded(settings, f"disconnect {mode}", f"{provider.name} {realm}", tenant=tenant):
        found = asyncio.run(_disconnect(settings, provider, owner, company, mode))
    typer.echo(f"disconnected {found.company_name} ({found.provider} {found.realm_id})")


def line_of(seen: DisconnectPreview, *, purge: bool) -> str:
    """Return in one line what a disconnection would mean."""
    links = "deleted, with the settings" if purge else "kept for a later connection"
    consent = "revoked" if seen.revokes else "left to the companies that share it"
    return (
        f"{seen.company_name}: {seen.pending} records would not be written any more, "
        f"{seen.linked} links would be {links}, the consent would be {consent}"
    )


def refresh(
    tenant: TenantOption,
    provider: ProviderArgument,
    realm: Annotated[str, typer.Option(help="Only this company, by the provider's id.")] = "",
) -> None:
    """Mark companies to be read again, with their tax codes, before more is written.

    It happens once a day, and when a document needs what is not known, without this command.
    """
    settings = Settings.from_environ()
    with recorded(settings, "refresh", f"{provider.name} {realm}".strip(), tenant=tenant):
        read = run_use_case(
            settings,
            lambda sessions: read_companies_again(
                TenantId(tenant),
                provider.name,
                realm=RealmId(realm) if realm else None,
                sessions=sessions,
            ),
        )
    for one in read:
        typer.echo(f"to be read again: {one.company_name} ({one.provider} {one.realm_id})")


async def _disconnect(
    settings: Settings,
    provider: Provider,
    tenant: TenantId,
    realm: RealmId,
    mode: DisconnectMode,
) -> Connection:
    async with open_disconnector(settings, provider) as disconnector:
        return await disconnector.disconnect(tenant, realm, mode=mode)


async def _preview(
    settings: Settings, provider: Provider, tenant: TenantId, realm: RealmId
) -> DisconnectPreview:
    async with open_disconnector(settings, provider) as disconnector:
        return await disconnector.preview(tenant, realm)

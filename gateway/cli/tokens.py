"""`ledgerlane tokens`: when the consents of a tenant end, and a refresh on demand."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from gateway.cli.connect import ProviderArgument, TenantOption
from gateway.cli.use_case import run_use_case
from gateway.config.settings import Settings
from gateway.operations.alerts import list_alerts
from gateway.operations.connections import list_connections, status_of
from gateway.operations.tokens import refresh_token
from gateway.output import Json, print_json, print_table
from gateway.runtime.lifecycle import utc_now
from gateway.wiring.connect import open_token_renewal
from providers.base import Provider
from providers.connections import Connection
from providers.expiry import days_left
from schemas.ids import RealmId, TenantId

app = typer.Typer(
    no_args_is_help=True,
    help="Tokens: when consents end, who must act, and a refresh.",
)

ALERT_TITLES = ("tenant", "provider", "realm", "told", "days", "solver", "cause", "fix")
TITLES = ("provider", "realm", "company", "state", "days if unused", "days in all")


@app.command("list")
def list_tokens(tenant: TenantOption, json: Json = False) -> None:
    """List a tenant's connections with the days left of each.

    The first number is that until the refresh token ends if nobody uses it, which the gateway
    prevents; the second that until the consent ends whatever is done, where it does.
    """
    found = run_use_case(
        Settings.from_environ(), lambda sessions: list_connections(sessions, TenantId(tenant))
    )
    told = [status_of(one, now=utc_now()) for one in found]
    if json:
        print_json(told)
    else:
        print_table(TITLES, [_row(one) for one in told])


@app.command()
def alerts(
    tenant: Annotated[str, typer.Option(help="Only this tenant.")] = "", json: Json = False
) -> None:
    """List the connections that need somebody: their consent has ended, or soon will."""
    wanted = TenantId(tenant) if tenant else None
    found = run_use_case(
        Settings.from_environ(), lambda sessions: list_alerts(sessions, wanted)
    )
    if json:
        print_json(found)
    else:
        print_table(ALERT_TITLES, [_alert_row(one, utc_now()) for one in found])


@app.command()
def refresh(
    tenant: TenantOption,
    provider: ProviderArgument,
    realm: Annotated[str, typer.Option(help="The company, by the provider's id.")],
    json: Json = False,
) -> None:
    """Refresh a company's token now, although it is good still; print when the new one ends.

    It is done automatically before a token ends; this shows whether the consent still stands.
    """
    renewed = asyncio.run(
        _refresh(Settings.from_environ(), provider, TenantId(tenant), RealmId(realm))
    )
    if json:
        print_json(status_of(renewed, now=utc_now()))
    else:
        typer.echo(
            f"refreshed {renewed.company_name} ({renewed.provider} {renewed.realm_id}): "
            f"good until {renewed.token_expires_at:%Y-%m-%d %H:%M:%S} UTC, and its refresh "
            f"token until {renewed.refresh_expires_at:%Y-%m-%d}"
        )


async def _refresh(
    settings: Settings, provider: Provider, tenant: TenantId, realm: RealmId
) -> Connection:
    async with open_token_renewal(settings, provider) as (sessions, tokens):
        return await refresh_token(
            tenant, provider.name, realm, sessions=sessions, tokens=tokens
        )


def _alert_row(alert: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    end = alert["ends_at"]
    return (
        alert["tenant_id"],
        alert["provider"],
        alert["realm_id"],
        f"{alert['told_at']:%Y-%m-%d %H:%M:%S}",
        "" if end is None else str(days_left(end, now=now)),
        alert["solver"],
        alert["cause"],
        alert["fix"],
    )


def _row(status: Mapping[str, Any]) -> tuple[str, ...]:
    names = ("provider", "realm_id", "company_name", "state")
    days = (status["refresh_days_left"], status["consent_days_left"])
    return (
        *(status[name] for name in names),
        *("" if one is None else str(one) for one in days),
    )

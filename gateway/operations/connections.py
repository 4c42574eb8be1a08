"""Connections: all of a tenant, those that can be used, and their states for people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.database.sessions import Sessions
from gateway.errors import ConnectionRequired, NoSuchConnection
from providers.connections import Connection, ConnectionState, ConnectionStore
from providers.expiry import days_left
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId


async def list_connections(sessions: Sessions, tenant: TenantId) -> Sequence[Connection]:
    """Return a tenant's connections, in the order of provider and company."""
    async with sessions.tenant_session(tenant) as database:
        return await ConnectionStore(database).of_tenant(tenant)


async def connection_of(
    sessions: Sessions, tenant: TenantId, connection_id: ConnectionId
) -> Connection:
    """Return a tenant's connection.

    Raises:
        NoSuchConnection: there is none, or it is another tenant's.
    """
    async with sessions.tenant_session(tenant) as database:
        found = await ConnectionStore(database).get(connection_id)
    if found is None or found.tenant_id != tenant:
        raise NoSuchConnection(f"tenant {tenant} has no connection {connection_id}")
    return found


async def usable_connections(
    sessions: Sessions, tenant: TenantId, provider: ProviderName
) -> Sequence[Connection]:
    """Return the tenant's connections at a provider through which we may act.

    Raises:
        ConnectionRequired: there is none.
    """
    found = [
        one
        for one in await list_connections(sessions, tenant)
        if one.provider == provider and one.state is ConnectionState.CONNECTED
    ]
    if not found:
        raise ConnectionRequired(
            f"tenant {tenant} has no company connected at {provider}: "
            f"`ledgerlane connect-url --provider {provider}` prints the address at which an "
            "admin of the company consents"
        )
    return found


async def read_companies_again(
    tenant: TenantId,
    provider: ProviderName,
    *,
    sessions: Sessions,
    realm: RealmId | None = None,
) -> Sequence[Connection]:
    """Mark a tenant's companies to be read again before anything more is written to them.

    What a company has, such as its tax codes, is read by the worker that writes to it.

    Args:
        realm: The only company to read; ``None`` for all of the tenant's at the provider.

    Raises:
        ConnectionRequired: there is no such company that we may call.
    """
    connected = await usable_connections(sessions, tenant, provider)
    chosen = [one for one in connected if realm in (None, one.realm_id)]
    if not chosen:
        raise ConnectionRequired(f"tenant {tenant} has no {provider} company {realm} connected")
    async with sessions.tenant_session(tenant) as database:
        await ConnectionStore(database).read_again([one.id for one in chosen])
    return chosen


def summary_of(connection: Connection) -> Mapping[str, Any]:
    """Return of a connection which company it is and whether it is connected, no more."""
    return {
        "id": str(connection.id),
        "tenant_id": connection.tenant_id,
        "provider": connection.provider,
        "realm_id": connection.realm_id,
        "company_name": connection.company_name,
        "state": connection.state.value,
        "is_default": connection.is_default,
    }


def full_status_of(connection: Connection, *, now: datetime) -> Mapping[str, Any]:
    """Return a connection as plain values, with whether it can be used now.

    ``token_valid``: the access token has not ended; one that has is refreshed by the next call.
    """
    ends = connection.token_expires_at
    return {
        **status_of(connection, now=now),
        "connected": connection.state is ConnectionState.CONNECTED,
        "token_valid": ends is not None and now < ends,
    }


def status_of(connection: Connection, *, now: datetime) -> Mapping[str, Any]:
    """Return a connection as plain values; of a token only when it ends. Times are UTC.

    Days are whole ones that are left, and ``None`` where there is no such end.
    """
    return {
        "id": str(connection.id),
        "tenant_id": connection.tenant_id,
        "provider": connection.provider,
        "realm_id": connection.realm_id,
        "company_name": connection.company_name,
        "country": connection.country,
        "currency": connection.currency,
        "environment": connection.environment,
        "state": connection.state.value,
        "reason": connection.reason.as_dict() if connection.reason else None,
        "is_default": connection.is_default,
        "scopes": list(connection.scopes),
        "connected_at": connection.connected_at,
        "token_expires_at": connection.token_expires_at,
        "refresh_expires_at": connection.refresh_expires_at,
        "refresh_days_left": _days_left(connection.refresh_expires_at, now),
        "consent_expires_at": connection.consent_expires_at,
        "consent_days_left": _days_left(connection.consent_expires_at, now),
    }


def _days_left(end: datetime | None, now: datetime) -> int | None:
    return None if end is None else days_left(end, now=now)

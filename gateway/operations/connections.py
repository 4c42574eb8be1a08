"""Connections: all of a tenant, or those that can be used."""

from collections.abc import Sequence

from gateway.database.sessions import Sessions
from gateway.errors import ConnectionRequired
from providers.connections import Connection, ConnectionState, ConnectionStore
from schemas.ids import ProviderName, TenantId


async def list_connections(sessions: Sessions, tenant: TenantId) -> Sequence[Connection]:
    """Return a tenant's connections, in the order of provider and company."""
    async with sessions.tenant_session(tenant) as database:
        return await ConnectionStore(database).of_tenant(tenant)


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
        raise ConnectionRequired(f"tenant {tenant} has no company connected at {provider}")
    return found

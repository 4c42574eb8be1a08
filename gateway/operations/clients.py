"""Integrators: made, listed, and revoked."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from gateway.database.sessions import Sessions
from gateway.errors import NoSuchClient
from gateway.identity import oauth_clients
from gateway.identity.oauth_clients import StoredClient
from gateway.identity.principal import Scope
from gateway.identity.secret import CLIENT_PREFIX, digest_of, new_secret
from schemas.ids import TenantId


async def create_client(
    sessions: Sessions,
    name: str,
    *,
    tenant: TenantId,
    scopes: frozenset[Scope],
    now: datetime,
) -> tuple[StoredClient, str]:
    """Store a new client; return it with its secret, which can't be had again."""
    secret = new_secret(CLIENT_PREFIX)
    client = StoredClient(uuid4(), name, digest_of(secret), tenant, scopes, now)
    async with sessions.tenant_session(tenant) as database:
        await oauth_clients.add(database, client)
    return client, secret


async def list_clients(sessions: Sessions, tenant: TenantId | None) -> Sequence[StoredClient]:
    """Return all clients, or those of one tenant, the newest first; revoked ones too."""
    async with sessions.session_of(tenant, purpose="integrators") as database:
        return await oauth_clients.search(database, tenant)


async def revoke_client(sessions: Sessions, client_id: UUID, *, now: datetime) -> StoredClient:
    """Revoke a client and all its tokens, which are refused within seconds.

    Raises:
        NoSuchClient: there is none with this id.
    """
    async with sessions.system_session() as database:
        owner = await oauth_clients.owner_of(database, client_id)
    if owner is None:
        raise NoSuchClient(
            f"no client {client_id}: `ledgerlane clients list` shows those there are"
        )
    async with sessions.tenant_session(owner) as database:
        return await oauth_clients.revoke(database, client_id, now=now)

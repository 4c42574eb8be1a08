"""Tokens on demand: a refresh before it is due, and what it leads to."""

from gateway.database.sessions import Sessions
from gateway.errors import ConnectionRequired
from gateway.operations.connections import usable_connections
from providers.connections import Connection, ConnectionStore
from providers.tokens import VaultedTokens
from schemas.ids import ProviderName, RealmId, TenantId


async def refresh_token(
    tenant: TenantId,
    provider: ProviderName,
    realm: RealmId,
    *,
    sessions: Sessions,
    tokens: VaultedTokens,
) -> Connection:
    """Refresh the token of a company now; return the connection with its new ends.

    Companies of one consent share the token, and have the new one too. Calls under way go on
    with the one before, as providers let it end in its own time.

    Raises:
        ConnectionRequired: the tenant has no such company that we may call.
        ProviderError: the consent is gone, or the provider did not answer.
    """
    usable = await usable_connections(sessions, tenant, provider)
    chosen = next((one for one in usable if one.realm_id == realm), None)
    if chosen is None:
        raise ConnectionRequired(f"tenant {tenant} has no {provider} company {realm} connected")
    await tokens.renew(chosen.id, tenant)
    async with sessions.tenant_session(tenant) as database:
        renewed = await ConnectionStore(database).get(chosen.id)
    if renewed is None:
        raise ConnectionRequired(f"the {provider} company {realm} was removed meanwhile")
    return renewed

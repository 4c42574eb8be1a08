"""Seal every stored token under the vault's current key, after a new key was put in front."""

from gateway.database.sessions import Sessions
from providers.grants import GrantStore, Vault, tenants_to_reseal
from schemas.ids import TenantId


async def reseal_tokens(sessions: Sessions, vault: Vault) -> int:
    """Seal what other keys sealed under the current one; return how many tokens.

    A batch is a transaction of its own: what was done before a crash stays done, and the next
    run does the rest.

    Raises:
        CannotOpen: the key of a token is not among the vault's.
    """
    total = 0
    async with sessions.system_session() as database:
        tenants = await tenants_to_reseal(database, vault)
    for tenant in tenants:
        while sealed := await _reseal_some(sessions, vault, tenant):
            total += sealed
    return total


async def _reseal_some(sessions: Sessions, vault: Vault, tenant: TenantId) -> int:
    async with sessions.tenant_session(tenant) as database:
        return await GrantStore(database, vault).rekey()

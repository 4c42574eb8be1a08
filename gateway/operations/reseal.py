"""Seal every stored token under the vault's current key, after a new key was put in front."""

from gateway.database.sessions import Sessions
from providers.grants import GrantStore, Vault


async def reseal_tokens(sessions: Sessions, vault: Vault) -> int:
    """Seal what other keys sealed under the current one; return how many tokens.

    A batch is a transaction of its own: what was done before a crash stays done, and the next
    run does the rest.

    Raises:
        CannotOpen: the key of a token is not among the vault's.
    """
    total = 0
    while True:
        async with sessions.system_session() as database:
            sealed = await GrantStore(database, vault).rekey()
        if not sealed:
            return total
        total += sealed

"""Keeping idle consents alive: a grant that nobody uses is used before its refresh token ends.

Any number of processes may do it at once: each claims the grants that it uses, and a refresh
of the workers' own is waited for by the lock that all refreshes take.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError

from providers.errors import ProviderError
from providers.grants import CannotOpen, GrantStore, Vault, idle_grants
from providers.sessions import OpenSession
from providers.tokens import VaultedTokens
from schemas.ids import ConnectionId, ProviderName, TenantId

# After a long standstill thousands are overdue at once. At this pace they are one in a hundred
# of the calls that Xero allows an app in a minute, and 10,000 of them are done in three hours.
PACE: Final = timedelta(seconds=1)
_LOOK_EVERY: Final = timedelta(minutes=1)
_CLAIMED_FOR: Final = timedelta(hours=1)

log: Final = structlog.get_logger("keep_alive")


class KeepAlive:
    """Uses the idle grants of one provider, one after the other.

    A grant that could not be used is due again after an hour; the refresh itself marks
    connections expired whose consent is gone, and their grant is not used any more.
    """

    def __init__(
        self,
        provider: ProviderName,
        tokens: VaultedTokens,
        *,
        open_session: OpenSession,
        vault: Vault,
        now: Callable[[], datetime],
    ) -> None:
        self._provider = provider
        self._tokens = tokens
        self._open_session = open_session
        self._vault = vault
        self._now = now

    async def run(self) -> None:
        """Use grants as they become due, at most one a second, until cancelled."""
        while True:
            pause = PACE if await self._used_one() else _LOOK_EVERY
            await asyncio.sleep(pause.total_seconds())

    async def use_next(self) -> bool:
        """Use the grant that is overdue for longest; return whether there was one.

        Raises:
            ProviderError: its consent is gone, or the provider did not answer.
            CannotOpen: its seal does not open.
        """
        now = self._now()
        async with self._open_session() as database:
            due = await idle_grants(database, self._provider, now=now)
        for tenant, connection in due:
            revision = await self._claim(tenant, connection, now)
            if revision is not None:
                await self._tokens.renew(connection, tenant, revision=revision)
                log.info("grant.kept_alive", provider=self._provider, tenant=tenant)
                return True
        return False

    async def _claim(
        self, tenant: TenantId, connection: ConnectionId, now: datetime
    ) -> int | None:
        async with self._open_session(tenant) as database:
            return await GrantStore(database, self._vault).claim_idle(
                connection, now=now, again_at=now + _CLAIMED_FOR
            )

    async def _used_one(self) -> bool:
        """Use a grant if one is due; a failure is logged, and counts as none."""
        try:
            return await self.use_next()
        except ProviderError as exc:
            log.warning("grant.not_kept_alive", provider=self._provider, code=exc.reason.code)
        except (CannotOpen, DBAPIError, OSError) as exc:
            log.warning(
                "grant.not_kept_alive", provider=self._provider, error=type(exc).__name__
            )
        return False

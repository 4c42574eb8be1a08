"""Access tokens that are good for the next call, refreshed once however many ask.

A token is refreshed lazily, five minutes before it ends: once in this process by a lock of
the connection, and once over all processes by a lock on the row of its grant. The new token
is committed before any caller gets it, so a crash never loses one that was used.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import httpx

from providers import oauth
from providers.errors import Unauthorized
from providers.foreign_secrets import report_foreign
from providers.grants import Grant, GrantStore, Vault
from providers.metrics import TOKEN_REFRESHES
from providers.oauth import GrantRefused, OAuthApp, OAuthDialect, Token
from providers.reasons import PROVIDER_NOT_CONFIGURED
from providers.sessions import OpenSession
from schemas.errors import Reason
from schemas.ids import ConnectionId, ProviderName, TenantId
from schemas.reasons import CONNECTION_REQUIRED

MARGIN: Final = timedelta(minutes=5)

# A connection that another process disconnects or connects anew is noticed within this time.
_TRUSTED: Final = timedelta(minutes=1)

# A refresh holds a database connection while the provider answers: when its token endpoint
# is slow, the rest of the pool must be left to all other work.
_REFRESHES_AT_ONCE: Final = 4

Reached = Callable[[str], None]

# A connection, and the tenant whose work its token is for. What is in memory is found by both,
# so that it is no way around the database's policies.
_Asked = tuple[ConnectionId, TenantId]


@dataclass(frozen=True, slots=True)
class Registration:
    """Our app at one provider.

    Attributes:
        app: What we are registered as, and where the endpoints are.
        dialect: What the provider's OAuth does its own way.
        client: Makes the calls of OAuth, and those of the realms' sessions.
    """

    app: OAuthApp
    dialect: OAuthDialect
    client: httpx.AsyncClient


@dataclass(frozen=True, slots=True)
class _Held:
    """A token in memory.

    Attributes:
        token: As it was stored when it was read.
        read_at: When the database was asked for it, UTC; it is trusted for a minute.
    """

    token: Token
    read_at: datetime


def needs_refresh(token: Token, *, now: datetime) -> bool:
    """Return whether to refresh before the next call: the token ends within the margin."""
    return token.expires_at - MARGIN <= now


class VaultedTokens:
    """Access tokens from the vaulted grants."""

    def __init__(
        self,
        open_session: OpenSession,
        vault: Vault,
        registrations: Mapping[ProviderName, Registration],
        *,
        now: Callable[[], datetime],
        reached: Reached = lambda _: None,
    ) -> None:
        """Take what is needed.

        Args:
            reached: Called at the points at which a test may end the process.
        """
        self._open_session = open_session
        self._vault = vault
        self._registrations = registrations
        self._now = now
        self._reached = reached
        self._held: dict[_Asked, _Held] = {}
        self._locks: defaultdict[_Asked, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._refreshing = asyncio.Semaphore(_REFRESHES_AT_ONCE)

    async def access_token(self, connection: ConnectionId, tenant: TenantId) -> str:
        """Return a token that is good for the next call, refreshed where needed."""
        return await self._get((connection, tenant), rejected="")

    async def replace(self, connection: ConnectionId, tenant: TenantId, rejected: str) -> str:
        """Return another token than the rejected one."""
        return await self._get((connection, tenant), rejected=rejected)

    async def _get(self, asked: _Asked, *, rejected: str) -> str:
        token = self._in_memory(asked, rejected)
        if token is None:
            async with self._locks[asked]:
                token = self._in_memory(asked, rejected)
                if token is None:
                    token = await self._stored_or_new(asked, rejected)
                    self._held[asked] = _Held(token, self._now())
        return token.access

    def _in_memory(self, asked: _Asked, rejected: str) -> Token | None:
        held = self._held.get(asked)
        if held is None or held.read_at + _TRUSTED <= self._now():
            return None
        return held.token if self._good(held.token, rejected) else None

    def _good(self, token: Token, rejected: str) -> bool:
        return token.access != rejected and not needs_refresh(token, now=self._now())

    async def _stored_or_new(self, asked: _Asked, rejected: str) -> Token:
        """Read the stored token; where it will not do, refresh it.

        A refusal is believed only if no other token was stored meanwhile; otherwise that
        one is read and tried. A caller that is cancelled does not take the refresh with it.
        """
        while True:
            grant = await self._stored(asked)
            if self._good(grant.token, rejected):
                return grant.token
            try:
                return await asyncio.shield(self._refreshed(asked, rejected))
            except _Refused as refused:
                if await self._expire(asked, refused):
                    raise Unauthorized(refused.reason) from refused

    async def _stored(self, asked: _Asked) -> Grant:
        connection, tenant = asked
        async with self._open_session(tenant) as database:
            grant = await GrantStore(database, self._vault).of(connection)
            if grant is None:
                await report_foreign(database, connection, tenant)
        return _found(grant)

    async def _refreshed(self, asked: _Asked, rejected: str) -> Token:
        connection, tenant = asked
        async with self._refreshing, self._open_session(tenant) as database:
            store = GrantStore(database, self._vault)
            grant = _found(await store.of(connection, lock=True))
            if self._good(grant.token, rejected):
                return grant.token
            token = await self._ask(grant)
            self._reached("after_refresh_before_persist")
            await store.save(grant.id, token, now=self._now())
        self._reached("after_persist_before_use")
        return token

    async def _ask(self, grant: Grant) -> Token:
        ours = self._registrations.get(grant.provider)
        if ours is None:
            raise Unauthorized(PROVIDER_NOT_CONFIGURED.reason())
        outcome = "unavailable"
        try:
            token = await oauth.refresh(
                ours.client, ours.app, ours.dialect, grant.token, now=self._now()
            )
            outcome = "refreshed"
        except GrantRefused as exc:
            outcome = "refused"
            raise _Refused(exc.reason, grant) from exc
        finally:
            TOKEN_REFRESHES.labels(grant.provider, outcome).inc()
        return token

    async def _expire(self, asked: _Asked, refused: "_Refused") -> bool:
        _, tenant = asked
        async with self._open_session(tenant) as database:
            return await GrantStore(database, self._vault).expire(
                refused.grant, refused.reason, now=self._now()
            )


class _Refused(GrantRefused):
    """A refusal, with the grant whose token was refused."""

    def __init__(self, reason: Reason, grant: Grant) -> None:
        super().__init__(reason)
        self.grant = grant


def _found(grant: Grant | None) -> Grant:
    if grant is None:
        raise Unauthorized(CONNECTION_REQUIRED.reason())
    return grant

"""Connect companies with the code of a consent.

The code is used at once and stored nowhere. Nothing is stored unless every step worked: the
exchange, the choice of companies, and reading each of them.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from gateway.database.sessions import Sessions
from gateway.errors import NotConnected
from providers import oauth
from providers.base import Provider
from providers.connections import Company, Connection, ConnectionStore, RealmTaken
from providers.errors import Unauthorized
from providers.grants import GrantStore, Vault
from providers.http import Audit, Realm, RealmSession
from providers.oauth import GrantedRealm, GrantRefused, Token
from providers.quotas import CallKind
from providers.tokens import Registration
from schemas.ids import ConnectionId, RealmId, TenantId
from schemas.reasons import TOKEN_REFUSED


@dataclass(frozen=True, slots=True)
class Consent:
    """The result of a provider's consent page, and the companies to connect.

    Attributes:
        code: The code of the redirect, which works once.
        realms: The companies to connect; empty for the only one that the consent covers.
        make_default: Whether the first of them becomes the tenant's default.
    """

    tenant_id: TenantId
    code: str
    realms: Sequence[RealmId] = ()
    make_default: bool = False


class Connector:
    """Connects companies of one provider."""

    def __init__(
        self,
        provider: Provider,
        registration: Registration,
        *,
        sessions: Sessions,
        vault: Vault,
        audit: Audit,
        environment: str,
        now: Callable[[], datetime],
    ) -> None:
        self._provider = provider
        self._registration = registration
        self._sessions = sessions
        self._vault = vault
        self._audit = audit
        self._environment = environment
        self._now = now

    async def connect(self, consent: Consent) -> Sequence[Connection]:
        """Exchange the code and store a connection for each company.

        A company that was connected before keeps its connection's id and settings.

        Raises:
            NotConnected: the code is spent, or a company is not covered or another tenant's.
            ProviderError: the provider refused us or did not answer; the code may be spent.
        """
        token = await self._exchange(consent.code)
        granted = await self._granted(token, consent)
        chosen = _choose(granted, consent.realms)
        companies = [await self._describe(consent.tenant_id, one, token) for one in chosen]
        return await self._store(consent, token, granted, companies)

    async def _exchange(self, code: str) -> Token:
        ours = self._registration
        try:
            return await oauth.exchange(
                ours.client, ours.app, ours.dialect, code, now=self._now()
            )
        except GrantRefused as exc:
            raise NotConnected(
                "the code was used before or is too old: a code works once, for a few minutes. "
                "Get another at the address that "
                f"`ledgerlane connect-url --provider {self._provider.name}` prints"
            ) from exc

    async def _granted(self, token: Token, consent: Consent) -> Sequence[GrantedRealm]:
        ours = self._registration
        said = consent.realms[0] if consent.realms else None
        return await ours.dialect.realms(ours.client, ours.app, token, said=said)

    async def _describe(self, tenant: TenantId, granted: GrantedRealm, token: Token) -> Company:
        """Read a company with the token that is not stored yet."""
        name, realm_id = self._provider.name, granted.realm_id
        async with self._sessions.tenant_session(tenant) as database:
            known = await ConnectionStore(database).of_realm(tenant, name, realm_id)
        connection_id = known.id if known else ConnectionId(uuid4())
        session = RealmSession(
            self._registration.client,
            Realm(connection_id, tenant, realm_id, name),
            tokens=_FreshToken(token),
            pace=_Unpaced(),
            dialect=self._provider.dialect,
            audit=self._audit,
        )
        profile = await self._provider.open_ledger(session).describe()
        return Company(connection_id, tenant, name, realm_id, self._environment, profile)

    async def _store(
        self,
        consent: Consent,
        token: Token,
        granted: Sequence[GrantedRealm],
        companies: Sequence[Company],
    ) -> Sequence[Connection]:
        tenant, name, now = consent.tenant_id, self._provider.name, self._now()
        async with self._sessions.tenant_session(tenant) as database:
            grants = GrantStore(database, self._vault)
            store = ConnectionStore(database)
            grant = await grants.add(tenant, name, token, now=now)
            try:
                saved = [await store.save_connected(one, grant, now=now) for one in companies]
            except RealmTaken as exc:
                raise NotConnected(str(exc)) from exc
            reached = [one.realm_id for one in granted]
            await store.share_grant(tenant, name, reached, grant, now=now)
            await grants.drop_unused(tenant, name)
            if consent.make_default:
                await store.make_default(saved[0], now=now)
            stored = [await store.get(connection_id) for connection_id in saved]
        return [connection for connection in stored if connection]


def _choose(
    granted: Sequence[GrantedRealm], wanted: Sequence[RealmId]
) -> Sequence[GrantedRealm]:
    known = {one.realm_id: one for one in granted}
    missing = [realm for realm in wanted if realm not in known]
    if missing or (not wanted and len(granted) != 1):
        covered = ", ".join(f"{one.realm_id} {one.name}".strip() for one in granted)
        asked = f"not {', '.join(missing)}" if missing else "name those to connect with --realm"
        raise NotConnected(
            f"the consent covers {covered or 'no company'}: {asked}; then consent again, "
            "as the code is spent"
        )
    return [known[realm] for realm in wanted] if wanted else granted


class _FreshToken:
    """The token of this consent, which is not stored yet."""

    def __init__(self, token: Token) -> None:
        self._access = token.access

    async def access_token(self, connection: ConnectionId, tenant: TenantId) -> str:
        """Return the access token of this consent."""
        return self._access

    async def replace(self, connection: ConnectionId, tenant: TenantId, rejected: str) -> str:
        """Raise, as there is no other token to use instead."""
        raise Unauthorized(TOKEN_REFUSED.reason())


class _Unpaced:
    """No pacing: connecting makes few calls."""

    @asynccontextmanager
    async def call(self, kind: CallKind) -> AsyncIterator[None]:
        """Yield at once."""
        yield

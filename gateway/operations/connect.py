"""Connect companies with the code of a consent.

The code is used at once and stored nowhere. Nothing is stored unless every step worked: the
exchange, the choice of companies, and reading each of them.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database.sessions import Sessions
from gateway.errors import AlreadyConnected, CompanyTaken, NotConnected
from providers import oauth
from providers.base import Provider
from providers.connections import (
    Company,
    Connection,
    ConnectionState,
    ConnectionStore,
    RealmTaken,
)
from providers.errors import Unauthorized, Unavailable
from providers.grants import Grant, GrantStore, Vault
from providers.http import Audit, Realm, RealmSession
from providers.oauth import GrantedRealm, GrantRefused, Token
from providers.quotas import CallKind
from providers.tokens import Registration
from schemas.ids import ConnectionId, RealmId, TenantId
from schemas.reasons import TOKEN_REFUSED

log: Final = structlog.get_logger("connect")


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


@dataclass(frozen=True, slots=True)
class Authorised:
    """What a consent gave, before anything of it is stored.

    Attributes:
        token: What calls of its companies are authorised by.
        companies: Every company that it covers, with its name where the provider says it.
    """

    token: Token
    companies: Sequence[GrantedRealm]


class Connector:
    """Connects companies of one provider.

    Args:
        single: Whether a tenant has one company at the provider at most.
    """

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
        single: bool = False,
    ) -> None:
        self._provider = provider
        self._registration = registration
        self._sessions = sessions
        self._vault = vault
        self._audit = audit
        self._environment = environment
        self._now = now
        self.single = single

    def authorize_url(self, *, state: str, verifier: str = "") -> str:
        """Return the address at which a company's admin consents."""
        app = self._registration.app
        return oauth.authorize_url(app, app.scopes, state=state, verifier=verifier)

    async def check_room(self, tenant: TenantId) -> None:
        """Check that the tenant may have a company at this provider beside those it has.

        Raises:
            AlreadyConnected: it has one, and may have no other.
        """
        _check_room(await self.in_the_way(tenant, ()))

    async def in_the_way(
        self, tenant: TenantId, realms: Sequence[RealmId]
    ) -> Sequence[Connection]:
        """Return the tenant's companies besides these, where it may have one only."""
        if not self.single:
            return ()
        async with self._sessions.tenant_session(tenant) as database:
            known = await ConnectionStore(database).of_tenant(tenant)
        return [
            one
            for one in known
            if one.provider == self._provider.name
            and one.realm_id not in realms
            and one.state is not ConnectionState.DISCONNECTED
        ]

    async def connect(self, consent: Consent) -> Sequence[Connection]:
        """Exchange the code and store a connection for each company.

        A company that was connected before keeps its connection's id and settings.

        Raises:
            NotConnected: the code is spent, or a company is not covered or another tenant's.
            ProviderError: the provider refused us or did not answer; the code may be spent.
        """
        said = consent.realms[0] if consent.realms else None
        authorised = await self.authorise(consent.code, said=said)
        chosen = _choose(authorised.companies, consent.realms)
        return await self.store(
            consent.tenant_id, authorised, chosen, make_default=consent.make_default
        )

    async def authorise(
        self, code: str, *, verifier: str = "", said: RealmId | None
    ) -> Authorised:
        """Exchange the code and read which companies the consent covers; store nothing.

        Args:
            verifier: The one whose challenge the consent was asked with; empty for none.
            said: The company that the redirect named, if it named one.

        Raises:
            NotConnected: the code is spent, or the verifier is another one's.
            ProviderError: the provider refused us or did not answer; the code may be spent.
        """
        ours = self._registration
        token = await self._exchange(code, verifier)
        companies = await ours.dialect.realms(ours.client, ours.app, token, said=said)
        return Authorised(token, companies)

    async def _exchange(self, code: str, verifier: str) -> Token:
        ours = self._registration
        try:
            return await oauth.exchange(
                ours.client, ours.app, ours.dialect, code, now=self._now(), verifier=verifier
            )
        except GrantRefused as exc:
            raise NotConnected(
                "the code was used before or is too old: a code works once, for a few minutes. "
                "Get another at the address that "
                f"`ledgerlane connect-url --provider {self._provider.name}` prints"
            ) from exc

    async def store(
        self,
        tenant: TenantId,
        authorised: Authorised,
        chosen: Sequence[GrantedRealm],
        *,
        make_default: bool = False,
        replace: bool = False,
    ) -> Sequence[Connection]:
        """Read the chosen companies, which are called for the first time, and store each.

        Args:
            chosen: Some of those that the consent covers.
            make_default: Whether the first of them becomes the tenant's default.
            replace: Whether a company that stands in the way is disconnected.

        Raises:
            CompanyTaken: a company belongs to another tenant.
            AlreadyConnected: the tenant has another company, and may have one only.
            ProviderError: the provider refused us or did not answer.
        """
        if self.single and len(chosen) > 1:
            raise AlreadyConnected("the tenant may have one company at this provider: name one")
        token = authorised.token
        companies = [await self._describe(tenant, one, token) for one in chosen]
        replaced: list[Grant] = []
        async with self._sessions.tenant_session(tenant) as database:
            if self.single:
                replaced = await self._make_room(
                    database, companies[0], authorised, replace=replace
                )
            saved = await self._save(database, authorised, companies)
            if make_default:
                await ConnectionStore(database).make_default(saved[0].id, now=self._now())
        for grant in replaced:
            await self._revoke(grant.token)
        return saved

    async def abandon(self, tenant: TenantId, authorised: Authorised) -> None:
        """End a consent of which nothing is stored, unless a connection needs it.

        A revocation may end more than this consent: at Xero everything that the person ever
        connected. So it is left alone if the tenant has any of its companies.
        """
        name = self._provider.name
        async with self._sessions.tenant_session(tenant) as database:
            known = await ConnectionStore(database).of_tenant(tenant)
        covered = {one.realm_id for one in authorised.companies}
        if covered.isdisjoint(one.realm_id for one in known if one.provider == name):
            await self._revoke(authorised.token)

    async def _revoke(self, token: Token) -> None:
        """End a consent that is stored no more, if the provider answers."""
        ours = self._registration
        try:
            await oauth.revoke(ours.client, ours.app, ours.dialect, token)
        except Unavailable as exc:
            log.warning("connect.not_revoked", provider=self._provider.name, why=str(exc))

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
            pace=Unpaced(),
            dialect=self._provider.dialect,
            audit=self._audit,
        )
        profile = await self._provider.open_ledger(session).describe()
        return Company(connection_id, tenant, name, realm_id, self._environment, profile)

    async def _save(
        self, database: AsyncConnection, authorised: Authorised, companies: Sequence[Company]
    ) -> Sequence[Connection]:
        tenant, name, now = companies[0].tenant_id, self._provider.name, self._now()
        grants, store = GrantStore(database, self._vault), ConnectionStore(database)
        life = self._registration.dialect.consent_life
        grant = await grants.add(tenant, name, authorised.token, consent_life=life, now=now)
        try:
            saved = [
                await store.save_connected(one, grant, now=now, single=self.single)
                for one in companies
            ]
        except RealmTaken as exc:
            raise CompanyTaken(str(exc)) from exc
        reached = [one.realm_id for one in authorised.companies]
        await store.share_grant(tenant, name, reached, grant, now=now)
        await grants.drop_unused(tenant, name)
        stored = [await store.get(connection_id) for connection_id in saved]
        return [connection for connection in stored if connection]

    async def _make_room(
        self,
        database: AsyncConnection,
        company: Company,
        authorised: Authorised,
        *,
        replace: bool,
    ) -> list[Grant]:
        """Disconnect the tenant's other companies; return the grants to revoke.

        Not those of companies that the new consent covers: at Xero the revocation of one
        consent ends all that the same person gave.

        Raises:
            AlreadyConnected: there are any, and they are not to be replaced.
        """
        store, grants = ConnectionStore(database), GrantStore(database, self._vault)
        others = await store.lock_others(company.tenant_id, company.provider, company.realm_id)
        if not replace:
            _check_room(others)
        covered = {one.realm_id for one in authorised.companies}
        held = [
            await grants.of(one.id, lock=True) for one in others if one.realm_id not in covered
        ]
        for one in others:
            await store.set_state(one.id, ConnectionState.DISCONNECTED, now=self._now())
        unused = await grants.drop_unused(company.tenant_id, company.provider)
        return [grant for grant in held if grant is not None and grant.id in unused]


def _check_room(others: Sequence[Connection]) -> None:
    if others:
        names = ", ".join(one.company_name for one in others)
        raise AlreadyConnected(
            f"{names} is connected, and the tenant may have one company at this provider: "
            "disconnect it first, or let the new one replace it"
        )


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


class Unpaced:
    """No pacing: connecting makes few calls."""

    @asynccontextmanager
    async def call(self, kind: CallKind) -> AsyncIterator[None]:
        """Yield at once."""
        yield

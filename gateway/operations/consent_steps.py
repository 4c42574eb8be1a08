"""The steps of a connect session: an admin's browser is led through a provider's consent.

The browser that begins the consent is the only one that may end it; a state is taken once; no
grant is stored before companies were chosen. Every refusal, of a person or of a provider,
ends the session with an outcome for the platform.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.database.sessions import Sessions
from gateway.errors import (
    AlreadyConnected,
    CompanyTaken,
    ConsentExpired,
    ForeignBrowser,
    NoSuchConnectSession,
    NotConnected,
    WrongChoice,
)
from gateway.operations.connect import Authorised, Connector
from gateway.operations.connect_sessions import ConnectSessions, Located
from providers.connect_sessions import (
    ConnectOutcome,
    ConnectSession,
    ConnectSessionId,
    ConnectSessionStore,
    locate_state,
    new_secret,
)
from providers.connections import Connection, ConnectionStore
from providers.errors import ProviderError
from providers.grants import Vault
from providers.oauth import GrantedRealm
from schemas.ids import ProviderName, RealmId

STATE_LIFE: Final = timedelta(minutes=10)

CODE_SPENT: Final = "code_spent"
NO_COMPANY: Final = "no_company"
OTHER_TENANT: Final = "other_tenant"
_DENIED: Final = "access_denied"


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    """What came back from a provider's consent page.

    Attributes:
        state: The text by which the consent is known again.
        code: What a token is asked for with; empty where the provider refused.
        error: OAuth's word for the refusal; empty where there is a code.
        realm: The company, at a provider that names it in the redirect.
    """

    state: str
    code: str = ""
    error: str = ""
    realm: RealmId | None = None


class ConsentSteps:
    """Takes the steps of connect sessions, each for the browser that asks for it."""

    def __init__(
        self,
        found: ConnectSessions,
        *,
        sessions: Sessions,
        vault: Vault,
        now: Callable[[], datetime],
    ) -> None:
        self._found = found
        self._sessions = sessions
        self._vault = vault
        self.now = now

    async def begin(self, address: str, provider: ProviderName, *, browser: str) -> str:
        """Begin the consent at a provider; return the address of its page.

        Raises:
            NoSuchConnectSession: there is none, or it is over.
            ForeignBrowser: another browser began it.
            WrongChoice: the provider is not offered.
        """
        session = await self._found.at_address(address)
        if session.outcome_at(self.now()):
            raise NoSuchConnectSession("the session is over")
        if session.browser_hash and not session.belongs_to(browser):
            raise ForeignBrowser("the consent was begun in another browser")
        if provider not in self._found.offered(session):
            raise WrongChoice("choose one of the ledgers that are offered")
        state, verifier = new_secret(), new_secret()
        async with self._sessions.tenant_session(session.tenant_id) as database:
            await ConnectSessionStore(database, self._vault).begin_consent(
                session,
                provider,
                browser=browser,
                state=state,
                verifier=verifier,
                until=min(self.now() + STATE_LIFE, session.expires_at),
            )
        return self._found.connectors[provider].authorize_url(state=state, verifier=verifier)

    async def finish(
        self, provider: ProviderName, answer: ConsentAnswer, *, browser: str
    ) -> ConnectSession:
        """Take a provider's answer; return the session, ended or with a choice that is open.

        Raises:
            NoSuchConnectSession: the state is unknown, was used, or is another provider's.
            ForeignBrowser: another browser began the consent; its state stays good.
            ConsentExpired: the answer came too late; the session has ended by it.
        """
        async with self._sessions.system_session() as database:
            located = await locate_state(database, answer.state) if answer.state else None
        if located is None:
            raise NoSuchConnectSession("the state is unknown, or was used already")
        session, verifier = await self._take_state(located, provider, browser)
        if verifier is None:
            raise ConsentExpired(session.return_url, session.id)
        if answer.error or not answer.code:
            denied = answer.error == _DENIED
            outcome = ConnectOutcome.DENIED if denied else ConnectOutcome.FAILED
            return await self._found.end(session, outcome, detail=answer.error or "no_code")
        try:
            authorised = await self._found.connectors[provider].authorise(
                answer.code, verifier=verifier, said=answer.realm
            )
        except NotConnected:
            return await self._found.end(session, ConnectOutcome.EXPIRED, detail=CODE_SPENT)
        except ProviderError as exc:
            return await self._found.end(session, ConnectOutcome.FAILED, detail=exc.reason.code)
        return await self._go_on(session, authorised)

    async def _take_state(
        self, located: Located, provider: ProviderName, browser: str
    ) -> tuple[ConnectSession, str | None]:
        """Return the session and the verifier; ``None`` where the answer came too late."""
        id_, tenant = located
        async with self._sessions.tenant_session(tenant) as database:
            store = ConnectSessionStore(database, self._vault)
            session = await store.get(id_, lock=True)
            if session is None or session.state_expires_at is None:
                raise NoSuchConnectSession("the state was used already")
            if not session.belongs_to(browser):
                raise ForeignBrowser("the consent was begun in another browser")
            if session.chosen_provider != provider:
                raise NoSuchConnectSession("the state is of another provider")
            if self.now() >= session.state_expires_at:
                await store.end(session, ConnectOutcome.EXPIRED)
                return session, None
            return session, await store.take_verifier(session)

    async def _go_on(self, session: ConnectSession, authorised: Authorised) -> ConnectSession:
        """Connect at once where nothing is to be chosen, or keep the token until it is."""
        connector, companies = self._connector(session), authorised.companies
        if session.connection_id is not None:
            companies = await self._the_same(session, authorised)
            if not companies:
                await connector.abandon(session.tenant_id, authorised)
                return await self._found.end(session, ConnectOutcome.WRONG_COMPANY)
        if not companies:
            return await self._found.end(session, ConnectOutcome.FAILED, detail=NO_COMPANY)
        realms = [one.realm_id for one in companies]
        blocked = not session.replaces and await connector.in_the_way(session.tenant_id, realms)
        if len(companies) == 1 and not blocked:
            return await self._store(session, authorised, companies, replace=session.replaces)
        async with self._sessions.tenant_session(session.tenant_id) as database:
            await ConnectSessionStore(database, self._vault).hold_token(
                session, authorised.token, authorised.companies
            )
        return await self._found.of_tenant(session.id, session.tenant_id)

    async def _the_same(
        self, session: ConnectSession, authorised: Authorised
    ) -> Sequence[GrantedRealm]:
        """Return the company that is to be connected again, if the consent covers it."""
        assert session.connection_id is not None  # noqa: S101  checked by the caller
        async with self._sessions.tenant_session(session.tenant_id) as database:
            known = await ConnectionStore(database).get(session.connection_id)
        return [one for one in authorised.companies if known and one.realm_id == known.realm_id]

    async def in_the_way(self, session: ConnectSession) -> Sequence[Connection]:
        """Return the companies that would be disconnected for one of an open choice."""
        realms = [one.realm_id for one in session.companies]
        return await self._connector(session).in_the_way(session.tenant_id, realms)

    def is_single(self, session: ConnectSession) -> bool:
        """Return whether one company at most can be chosen."""
        return self._connector(session).single

    async def choose(
        self,
        id_: ConnectSessionId,
        realms: Sequence[RealmId],
        *,
        browser: str,
        replace: bool = False,
    ) -> ConnectSession:
        """Connect the chosen companies of a consent; the others are never called.

        Raises:
            NoSuchConnectSession: there is none, or nothing is to be chosen there.
            ForeignBrowser: another browser began the consent.
            WrongChoice: nothing was chosen, or more than may be, or what was not offered.
            AlreadyConnected: another company stands in the way and was not given up.
        """
        session = await self._found.of_browser(id_, browser)
        if not session.companies or session.outcome_at(self.now()):
            raise NoSuchConnectSession("nothing is to be chosen here")
        chosen = [one for one in session.companies if one.realm_id in realms]
        if not chosen or len(chosen) < len(set(realms)):
            raise WrongChoice("choose at least one of the companies that are offered")
        if self.is_single(session) and len(chosen) > 1:
            raise WrongChoice("choose one company: only one can be connected")
        replace = replace or session.replaces
        others = await self._connector(session).in_the_way(
            session.tenant_id, [one.realm_id for one in chosen]
        )
        if others and not replace:
            raise AlreadyConnected("say that the company that is connected now may be replaced")
        authorised = await self._take_token(session)
        return await self._store(session, authorised, chosen, replace=replace)

    async def cancel(self, id_: ConnectSessionId, *, browser: str) -> ConnectSession:
        """End a choice without connecting anything; the consent is given back.

        Raises:
            NoSuchConnectSession: there is none, or nothing is to be chosen there.
            ForeignBrowser: another browser began the consent.
        """
        session = await self._found.of_browser(id_, browser)
        if not session.companies or session.outcome_at(self.now()):
            raise NoSuchConnectSession("nothing is to be chosen here")
        authorised = await self._take_token(session)
        await self._connector(session).abandon(session.tenant_id, authorised)
        return await self._found.end(session, ConnectOutcome.DENIED)

    async def _take_token(self, session: ConnectSession) -> Authorised:
        async with self._sessions.tenant_session(session.tenant_id) as database:
            store = ConnectSessionStore(database, self._vault)
            locked = await store.get(session.id, lock=True)
            if locked is None or not locked.companies:
                raise NoSuchConnectSession("the choice was made already")
            return Authorised(await store.take_token(locked), locked.companies)

    async def _store(
        self,
        session: ConnectSession,
        authorised: Authorised,
        chosen: Sequence[GrantedRealm],
        *,
        replace: bool,
    ) -> ConnectSession:
        connector = self._connector(session)
        try:
            made = await connector.store(session.tenant_id, authorised, chosen, replace=replace)
        except (CompanyTaken, AlreadyConnected) as exc:
            await connector.abandon(session.tenant_id, authorised)
            detail = OTHER_TENANT if isinstance(exc, CompanyTaken) else ""
            return await self._found.end(
                session, ConnectOutcome.ALREADY_CONNECTED, detail=detail
            )
        except ProviderError as exc:
            return await self._found.end(session, ConnectOutcome.FAILED, detail=exc.reason.code)
        ids = [one.id for one in made]
        return await self._found.end(session, ConnectOutcome.CONNECTED, connected=ids)

    def _connector(self, session: ConnectSession) -> Connector:
        assert session.chosen_provider is not None  # noqa: S101  set when the consent begins
        return self._found.connectors[session.chosen_provider]

"""Connect sessions: a platform opens one for a tenant's admin, and asks how it ended.

The steps between are those of the admin's browser, in `consent_steps.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from gateway.database.sessions import Sessions
from gateway.errors import (
    ForeignBrowser,
    NoSuchConnectSession,
    NotConfigured,
    ReturnNotRegistered,
)
from gateway.operations.connect import Connector
from gateway.operations.connections import connection_of
from providers.connect_sessions import (
    ConnectOutcome,
    ConnectSession,
    ConnectSessionId,
    ConnectSessionStore,
    locate_address,
    locate_id,
    new_secret,
)
from providers.grants import Vault
from schemas.ids import ConnectionId, ProviderName, TenantId

SESSION_LIFE: Final = timedelta(minutes=30)

Located = tuple[ConnectSessionId, TenantId]


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """What a platform asks for when it opens a session.

    Attributes:
        tenant_id: The tenant whose admin is to consent.
        return_url: Where the browser goes at the end; it must be registered.
        provider: The only kind of ledger to offer; ``None`` for every configured one.
        connection_id: The connection to connect again; ``None`` for a new one.
        replaces: Whether another company of the tenant may be disconnected for this one.
    """

    tenant_id: TenantId
    return_url: str
    provider: ProviderName | None = None
    connection_id: ConnectionId | None = None
    replaces: bool = False


class ConnectSessions:
    """Opens connect sessions, finds them and ends them.

    Args:
        connectors: What connects companies, for each provider that is configured.
        return_urls: The registered addresses to return to, without query.
    """

    def __init__(
        self,
        connectors: Mapping[ProviderName, Connector],
        *,
        sessions: Sessions,
        vault: Vault,
        return_urls: Sequence[str],
        now: Callable[[], datetime],
    ) -> None:
        self.connectors = connectors
        self._sessions = sessions
        self._vault = vault
        self._return_urls = return_urls
        self._now = now

    async def open(self, asked: SessionRequest) -> tuple[ConnectSession, str]:
        """Open a session; return it with the secret of its address, which is kept nowhere.

        Raises:
            ReturnNotRegistered: the browser would be sent to a place that nobody registered.
            NotConfigured: no provider is, or not the one that is asked for.
            NoSuchConnection: the tenant has no connection of this id.
            AlreadyConnected: the tenant has a company, may have one, and keeps it.
        """
        if not is_registered(asked.return_url, self._return_urls):
            raise ReturnNotRegistered(f"{asked.return_url!r} is no registered return address")
        again = None
        if asked.connection_id is not None:
            again = await connection_of(self._sessions, asked.tenant_id, asked.connection_id)
        provider = again.provider if again else asked.provider
        if not self.connectors or (provider and provider not in self.connectors):
            raise NotConfigured(f"{provider or 'no provider'} is not configured here")
        if provider and again is None and not asked.replaces:
            await self.connectors[provider].check_room(asked.tenant_id)
        now, address = self._now(), new_secret()
        session = _new_session(asked, provider, until=now + SESSION_LIFE)
        async with self._sessions.tenant_session(asked.tenant_id) as database:
            await ConnectSessionStore(database, self._vault).add(
                session, address=address, now=now
            )
        return session, address

    def offered(self, session: ConnectSession) -> Sequence[ProviderName]:
        """Return the kinds of ledger that the person may choose among."""
        return [session.provider] if session.provider else list(self.connectors)

    async def at_address(self, address: str) -> ConnectSession:
        """Return the session of an address.

        Raises:
            NoSuchConnectSession: there is none.
        """
        async with self._sessions.system_session() as database:
            located = await locate_address(database, address)
        return await self._get(located)

    async def of_tenant(self, id_: ConnectSessionId, tenant: TenantId | None) -> ConnectSession:
        """Return a session by its id; ``None`` for a caller who may see all tenants.

        Raises:
            NoSuchConnectSession: there is none, or it is another tenant's.
        """
        async with self._sessions.system_session() as database:
            located = await locate_id(database, id_)
        if located and tenant not in (None, located[1]):
            located = None
        return await self._get(located)

    async def of_browser(self, id_: ConnectSessionId, browser: str) -> ConnectSession:
        """Return a session for the browser that began its consent.

        Raises:
            NoSuchConnectSession: there is none.
            ForeignBrowser: another browser began it, or none.
        """
        session = await self.of_tenant(id_, None)
        if not session.belongs_to(browser):
            raise ForeignBrowser("the consent was begun in another browser")
        return session

    async def end(
        self,
        session: ConnectSession,
        outcome: ConnectOutcome,
        *,
        detail: str = "",
        connected: Sequence[ConnectionId] = (),
    ) -> ConnectSession:
        """End a session, and return it as it stands then."""
        async with self._sessions.tenant_session(session.tenant_id) as database:
            await ConnectSessionStore(database, self._vault).end(
                session, outcome, detail=detail, connected=connected
            )
        return await self.of_tenant(session.id, session.tenant_id)

    async def _get(self, located: Located | None) -> ConnectSession:
        if located is None:
            raise NoSuchConnectSession("there is no such session")
        id_, tenant = located
        async with self._sessions.tenant_session(tenant) as database:
            found = await ConnectSessionStore(database, self._vault).get(id_)
        if found is None:
            raise NoSuchConnectSession("there is no such session")
        return found


def is_registered(return_url: str, registered: Sequence[str]) -> bool:
    """Return whether a browser may be sent there: scheme, host, port and path are registered.

    Its query is the platform's own; an address with a user or a fragment is nobody's.
    """
    said = urlsplit(return_url)
    if said.username is not None or said.password is not None or said.fragment:
        return False
    return said._replace(query="").geturl() in registered


def _new_session(
    asked: SessionRequest, provider: ProviderName | None, *, until: datetime
) -> ConnectSession:
    return ConnectSession(
        id=ConnectSessionId(uuid4()),
        tenant_id=asked.tenant_id,
        return_url=asked.return_url,
        provider=provider,
        connection_id=asked.connection_id,
        replaces=asked.replaces,
        browser_hash=None,
        state_expires_at=None,
        chosen_provider=None,
        companies=(),
        outcome=None,
        detail="",
        connected=(),
        expires_at=until,
    )

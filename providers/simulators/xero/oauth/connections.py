"""Which organisations a user has connected to an app.

Source: Xero-OpenAPI xero-identity.yaml 16.1.0, read 2026-09.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from providers.simulators.clock import SimulatorClock
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.oauth.consents import Consent
from providers.simulators.xero.wire.dates import to_seven_digits


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantConnection:
    """One organisation of one user, opened for one app.

    Attributes:
        connection_id: Id of the connection, a GUID; a second consent keeps it.
        client_id: App that may act.
        user_id: User who consented.
        org: Organisation that was opened.
        event_id: ``authEventId`` of the latest consent.
        created_at: Moment of the first consent, UTC.
        updated_at: Moment of the latest consent, UTC.
    """

    connection_id: str
    client_id: str
    user_id: str
    org: OrganisationBooks
    event_id: str
    created_at: datetime
    updated_at: datetime

    def describe(self) -> dict[str, str]:
        """Return the connection as the API shows it."""
        return {
            "id": self.connection_id,
            "authEventId": self.event_id,
            "tenantId": self.org.tenant_id,
            "tenantType": "ORGANISATION",
            "tenantName": self.org.name,
            "createdDateUtc": to_seven_digits(self.created_at),
            "updatedDateUtc": to_seven_digits(self.updated_at),
        }


class TenantConnections:
    """All connections, those that were cut included: a second consent revives them."""

    def __init__(self, clock: SimulatorClock) -> None:
        self._clock = clock
        self._all: dict[tuple[str, str, str], TenantConnection] = {}
        self._open: set[tuple[str, str, str]] = set()

    def connect(self, consent: Consent, org: OrganisationBooks) -> None:
        """Open an organisation to the consent's app; an old connection keeps its id."""
        key = (consent.client_id, consent.user_id, org.tenant_id)
        now = self._clock.now()
        known = self._all.get(key)
        if known is not None:
            self._all[key] = replace(known, event_id=consent.event_id, updated_at=now)
        else:
            self._all[key] = TenantConnection(
                connection_id=str(uuid.uuid4()),
                client_id=consent.client_id,
                user_id=consent.user_id,
                org=org,
                event_id=consent.event_id,
                created_at=now,
                updated_at=now,
            )
        self._open.add(key)

    def of(self, consent: Consent, *, event_id: str | None = None) -> list[TenantConnection]:
        """Return the open connections of a consent's user and app, or of one event."""
        return [
            connection
            for key, connection in self._all.items()
            if key in self._open
            and key[:2] == (consent.client_id, consent.user_id)
            and event_id in {None, connection.event_id}
        ]

    def organisation(self, consent: Consent, tenant_id: str) -> OrganisationBooks | None:
        """Return the organisation a request names, if it is open to the consent's app."""
        key = (consent.client_id, consent.user_id, tenant_id.lower())
        return self._all[key].org if key in self._open else None

    def disconnect(self, consent: Consent, connection_id: str) -> bool:
        """Cut a connection by its id; False when there is no such open one."""
        for connection in self.of(consent):
            if connection.connection_id == connection_id.lower():
                self._open.discard(
                    (consent.client_id, consent.user_id, connection.org.tenant_id)
                )
                return True
        return False

    def is_connected(self, tenant_id: str) -> bool:
        """Return whether any app may work on an organisation."""
        return bool(self.holders(tenant_id))

    def holders(self, tenant_id: str) -> set[tuple[str, str]]:
        """Return app and user of every open connection of an organisation."""
        return {(app, user) for app, user, tenant in self._open if tenant == tenant_id}

    def disconnect_user(self, client_id: str, user_id: str) -> None:
        """Cut everything between a user and an app."""
        self._open = {key for key in self._open if key[:2] != (client_id, user_id)}

    def disconnect_tenant(self, tenant_id: str) -> int:
        """Cut an organisation from every app, as its owner does in Xero; return how many."""
        cut = {key for key in self._open if key[2] == tenant_id.lower()}
        self._open -= cut
        return len(cut)

"""Disconnect a company: its consent is revoked at the provider, then deleted here."""

from collections.abc import Callable
from datetime import datetime

from gateway.database.sessions import Sessions
from gateway.errors import NotConnected
from providers import oauth
from providers.connections import Connection, ConnectionState, ConnectionStore
from providers.grants import GrantStore, Vault
from providers.tokens import Registration
from schemas.ids import ProviderName, RealmId, TenantId


class Disconnector:
    """Disconnects companies of one provider."""

    def __init__(
        self,
        provider: ProviderName,
        registration: Registration,
        *,
        sessions: Sessions,
        vault: Vault,
        now: Callable[[], datetime],
    ) -> None:
        self._provider = provider
        self._registration = registration
        self._sessions = sessions
        self._vault = vault
        self._now = now

    async def disconnect(self, tenant: TenantId, realm: RealmId) -> Connection:
        """Revoke a company's consent; its records and settings stay for a later connection.

        A consent that other companies share is not revoked, as that would disconnect them
        too. The grant's row is locked meanwhile, so that no refresh survives the revocation.

        Raises:
            NotConnected: the tenant has no such company.
            Unavailable: the provider did not answer; nothing was changed.
        """
        async with self._sessions.tenant_session(tenant) as database:
            store, grants = ConnectionStore(database), GrantStore(database, self._vault)
            found = await store.of_realm(tenant, self._provider, realm)
            if found is None:
                raise NotConnected(f"tenant {tenant} has no {self._provider} company {realm}")
            grant = await grants.of(found.id, lock=True)
            await store.set_state(found.id, ConnectionState.DISCONNECTED, now=self._now())
            unused = await grants.drop_unused(tenant, self._provider)
            if grant is not None and grant.id in unused:
                ours = self._registration
                await oauth.revoke(ours.client, ours.app, ours.dialect, grant.token)
        return found

"""Disconnect a company: its consent is revoked at the provider, then deleted here.

What the company's records know stays for a later connection (*archive*), or is deleted with
the settings (*purge*); a preview says what either would do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.store.purge import count_records, purge_records
from gateway.database.sessions import Sessions
from gateway.errors import NotConnected
from providers import oauth
from providers.connections import Connection, ConnectionState, ConnectionStore
from providers.grants import GrantStore, Vault
from providers.tokens import Registration
from schemas.ids import ProviderName, RealmId, TenantId


class DisconnectMode(StrEnum):
    """What becomes of the records of a company that is disconnected."""

    ARCHIVE = "archive"  # they stay, with links and settings, for a later connection
    PURGE = "purge"  # they are deleted; the audit of calls stays


@dataclass(frozen=True, slots=True)
class DisconnectPreview:
    """What a disconnection would mean.

    Attributes:
        company_name: The company, for people.
        pending: Records that would not be written any more.
        linked: Records whose link with the ledger an archive keeps and a purge deletes.
        revokes: Whether the consent ends at the provider; it does not while it serves others.
    """

    company_name: str
    pending: int
    linked: int
    revokes: bool


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

    async def preview(self, tenant: TenantId, realm: RealmId) -> DisconnectPreview:
        """Return what disconnecting a company would mean; nothing is changed.

        Raises:
            NotConnected: the tenant has no such company.
        """
        async with self._sessions.tenant_session(tenant) as database:
            found = await self._found(database, tenant, realm)
            counts = await count_records(database, found.id)
            shared = await GrantStore(database, self._vault).is_shared(found.id)
        return DisconnectPreview(
            company_name=found.company_name,
            pending=counts.pending,
            linked=counts.linked,
            revokes=found.state is ConnectionState.CONNECTED and not shared,
        )

    async def disconnect(
        self,
        tenant: TenantId,
        realm: RealmId,
        *,
        mode: DisconnectMode = DisconnectMode.ARCHIVE,
    ) -> Connection:
        """Revoke a company's consent, and keep or delete its records and settings.

        A consent that other companies share is not revoked, as that would disconnect them
        too. The grant's row is locked meanwhile, so that no refresh survives the revocation.

        Raises:
            NotConnected: the tenant has no such company.
            Unavailable: the provider did not answer; nothing was changed.
        """
        async with self._sessions.tenant_session(tenant) as database:
            store, grants = ConnectionStore(database), GrantStore(database, self._vault)
            found = await self._found(database, tenant, realm)
            grant = await grants.of(found.id, lock=True)
            await store.set_state(found.id, ConnectionState.DISCONNECTED, now=self._now())
            if mode is DisconnectMode.PURGE:
                await purge_records(database, found.id)
                await store.forget_settings(found.id, now=self._now())
            unused = await grants.drop_unused(tenant, self._provider)
            if grant is not None and grant.id in unused:
                ours = self._registration
                await oauth.revoke(ours.client, ours.app, ours.dialect, grant.token)
        return found

    async def _found(
        self, database: AsyncConnection, tenant: TenantId, realm: RealmId
    ) -> Connection:
        found = await ConnectionStore(database).of_realm(tenant, self._provider, realm)
        if found is None:
            raise NotConnected(f"tenant {tenant} has no {self._provider} company {realm}")
        return found

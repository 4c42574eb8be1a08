"""The connections of tenants, asked for once a while and not for each event."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from consumers.store.protocols import Transaction
from providers.connections import Connection
from schemas.ids import TenantId


class KnownConnections:
    """Remembers the connections of tenants for a time.

    That a tenant has none is not remembered: it may be connecting right now, and each of its
    events would become a dead letter.
    """

    def __init__(self, now: Callable[[], datetime], remember: timedelta) -> None:
        self._now = now
        self._remember = remember
        self._known: dict[TenantId, tuple[datetime, Sequence[Connection]]] = {}

    async def of(
        self, tx: Transaction, tenants: Collection[TenantId]
    ) -> Mapping[TenantId, Sequence[Connection]]:
        """Return the connections of each tenant that has any; asks in one statement at most."""
        now = self._now()
        forgotten = [tenant for tenant in tenants if not self._is_known(tenant, now)]
        if forgotten:
            found = await tx.connections.of_tenants(forgotten)
            for tenant in forgotten:
                self._known.pop(tenant, None)
            self._known |= {tenant: (now, connections) for tenant, connections in found.items()}
        return {tenant: self._known[tenant][1] for tenant in tenants if tenant in self._known}

    def _is_known(self, tenant: TenantId, now: datetime) -> bool:
        asked_at, _ = self._known.get(tenant, (None, ()))
        return asked_at is not None and now - asked_at <= self._remember

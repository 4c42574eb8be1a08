"""The table ``connections`` as lanes and intake need it, and which have open work.

The table is that of :mod:`providers.connections`; the one statement here is here because it
is about our own table too.
"""

from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import text

from providers.connections import ConnectionStore
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId


class ConnectedRealm(NamedTuple):
    """A connection that may be called, by the ids that its signals carry.

    Attributes:
        connection_id: The connection to the company.
        tenant_id: The tenant who owns the connection.
        realm_id: The company at the provider.
    """

    connection_id: ConnectionId
    tenant_id: TenantId
    realm_id: RealmId


# Every worker asks this every few seconds, so its cost must not follow from the number of
# connections: it is one descent of the index of open records for each connection that has any,
# also where it may not be called. Of a connection that may be called its open records
# are read up to the first that is pending or due: mostly one, and all of them where each waits
# for a retry. A connection's partition is Kafka's hash of its key, which the database does not
# know: the caller leaves out other workers' lanes.
WITH_OPEN_WORK: Final = text("""
    SELECT connection_id, tenant_id, realm_id
      FROM ledgerlane_realms_with_open_work(:provider, :now)
""")


class PostgresConnections(ConnectionStore):
    """The statements on ``connections``, with the one that looks for open work."""

    async def with_open_work(
        self, provider: ProviderName, *, now: datetime
    ) -> list[ConnectedRealm]:
        """Return the provider's connections that may be called and have records due.

        Of all tenants, named or not, as a worker has the lanes of many.
        """
        found = await self._connection.execute(
            WITH_OPEN_WORK, {"provider": provider, "now": now}
        )
        return [
            ConnectedRealm(ConnectionId(id_), TenantId(tenant), RealmId(realm))
            for id_, tenant, realm in found.all()
        ]

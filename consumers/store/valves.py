"""The shut valves: which lanes rest after many deaths of one kind, seen and released by people.

The rule is `lanes/valve.py`. A worker stores what it shut and looks every few seconds whether
somebody released it; a new owner of the partition keeps shut what is stored.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.lanes.ports import ShutValve
from providers.sessions import OpenSession
from schemas.ids import ConnectionId, ProviderName, RealmId

SHUT: Final = text("""
    INSERT INTO valves (connection_id, provider, code, deaths, shut_at)
    VALUES (:connection_id, :provider, :code, :deaths, :now)
        ON CONFLICT (connection_id) DO UPDATE
       SET code = excluded.code, deaths = excluded.deaths
""")
RELEASE: Final = text("DELETE FROM valves WHERE connection_id = :connection_id")
ALL_SHUT: Final = text("""
    SELECT connection_id, code, deaths FROM valves WHERE provider = :provider
""")
RELEASE_REALM: Final = text("""
    DELETE FROM valves v USING connections c
     WHERE c.id = v.connection_id AND c.provider = :provider AND c.realm_id = :realm_id
 RETURNING v.code
""")
LISTED: Final = text("""
    SELECT c.tenant_id, c.provider, c.realm_id, v.code, v.deaths, v.shut_at
      FROM valves v JOIN connections c ON c.id = v.connection_id
     ORDER BY v.shut_at
""")


class PostgresValves:
    """See :class:`consumers.lanes.ports.Valves`."""

    def __init__(self, open_session: OpenSession, *, now: Callable[[], datetime]) -> None:
        """Take what opens a session over all tenants: a worker has the lanes of many."""
        self._open_session = open_session
        self._now = now

    async def shut(self, provider: ProviderName, valve: ShutValve) -> None:
        """See :class:`consumers.lanes.ports.Valves`."""
        row = {
            "connection_id": valve.connection,
            "provider": provider,
            "code": valve.code,
            "deaths": valve.deaths,
            "now": self._now(),
        }
        async with self._open_session() as connection:
            await connection.execute(SHUT, row)

    async def release(self, connection: ConnectionId) -> None:
        """See :class:`consumers.lanes.ports.Valves`."""
        async with self._open_session() as db:
            await db.execute(RELEASE, {"connection_id": connection})

    async def all_shut(self, provider: ProviderName) -> Sequence[ShutValve]:
        """See :class:`consumers.lanes.ports.Valves`."""
        async with self._open_session() as db:
            found = await db.execute(ALL_SHUT, {"provider": provider})
        return [ShutValve(ConnectionId(id_), code, deaths) for id_, code, deaths in found.all()]


async def release_realm(
    connection: AsyncConnection, provider: ProviderName, realm: RealmId
) -> str | None:
    """Release a realm's valve; give the code that shut it, ``None`` when it is not shut."""
    found = await connection.execute(RELEASE_REALM, {"provider": provider, "realm_id": realm})
    code = found.scalar_one_or_none()
    return None if code is None else str(code)


async def listed(connection: AsyncConnection) -> list[Mapping[str, Any]]:
    """List the shut valves, the oldest first, with the realm, code, deaths and time."""
    found = await connection.execute(LISTED)
    return [dict(row) for row in found.mappings()]

"""The table ``valves``: realms that rest after many dead letters of one kind.

People see and release them. The rule is `lanes/pacing/failure_valve.py`. A worker stores what
tripped and looks every few seconds whether a person released it; a new owner of the partition
keeps tripped what is stored.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.lanes.ports import TrippedValve
from consumers.lanes.work import LaneId
from providers.sessions import OpenSession, name_owners
from schemas.ids import ConnectionId, ProviderName, RealmId

SHUT: Final = text("""
    INSERT INTO valves (connection_id, tenant_id, provider, code, dead_letters, tripped_at)
    SELECT id, tenant_id, :provider, :code, :dead_letters, :now
      FROM connections WHERE id = :connection_id
        ON CONFLICT (connection_id) DO UPDATE
       SET code = excluded.code, dead_letters = excluded.dead_letters
""")
UPDATE: Final = text("""
    UPDATE valves SET code = :code, dead_letters = :dead_letters
     WHERE connection_id = :connection_id
""")
RELEASE: Final = text("DELETE FROM valves WHERE connection_id = :connection_id")
SHUT_ONES: Final = text("SELECT ledgerlane_tripped_valves(:provider)")
ALL_SHUT: Final = text("""
    SELECT connection_id, code, dead_letters FROM valves WHERE provider = :provider
""")
RELEASE_REALM: Final = text("""
    DELETE FROM valves v USING connections c
     WHERE c.id = v.connection_id AND c.provider = :provider AND c.realm_id = :realm_id
 RETURNING v.code
""")
LISTED: Final = text("""
    SELECT c.tenant_id, c.provider, c.realm_id, v.code, v.dead_letters, v.tripped_at
      FROM valves v JOIN connections c ON c.id = v.connection_id
     ORDER BY v.tripped_at
""")


class PostgresValves:
    """The valves of realms in the table; a lane engine's `ValveStore`."""

    def __init__(self, open_session: OpenSession, *, now: Callable[[], datetime]) -> None:
        """Take what opens a session; a lane's owner is named by the lane."""
        self._open_session = open_session
        self._now = now

    async def trip(self, family: str, valve: TrippedValve) -> None:
        """Store that a valve is tripped, or its newest count; the time of the first counts."""
        row = {
            "connection_id": valve.lane,
            "provider": family,
            "code": valve.code,
            "dead_letters": valve.dead_letters,
            "now": self._now(),
        }
        async with self._of_owner(valve.lane) as db:
            await db.execute(SHUT, row)

    async def update(self, valve: TrippedValve) -> None:
        """Store the newest count of a stored valve; one that was released stays released."""
        row = {
            "connection_id": valve.lane,
            "code": valve.code,
            "dead_letters": valve.dead_letters,
        }
        async with self._of_owner(valve.lane) as db:
            await db.execute(UPDATE, row)

    async def release(self, lane: LaneId) -> None:
        """Store that a valve is open again."""
        async with self._of_owner(lane) as db:
            await db.execute(RELEASE, {"connection_id": lane})

    async def all_tripped(self, family: str) -> Sequence[TrippedValve]:
        """Return the tripped valves of a provider's realms, whoever stored them."""
        async with self._open_session() as db:
            shut = await db.execute(SHUT_ONES, {"provider": family})
            await name_owners(db, shut.scalars().all())
            found = await db.execute(ALL_SHUT, {"provider": family})
        return [TrippedValve(id_, code, count) for id_, code, count in found.all()]

    @asynccontextmanager
    async def _of_owner(self, lane: LaneId) -> AsyncIterator[AsyncConnection]:
        async with self._open_session() as db:
            await name_owners(db, [ConnectionId(lane)])
            yield db


async def release_realm(
    connection: AsyncConnection, provider: ProviderName, realm: RealmId
) -> str | None:
    """Release a realm's valve; return the code that tripped it, ``None`` when none did."""
    found = await connection.execute(RELEASE_REALM, {"provider": provider, "realm_id": realm})
    code = found.scalar_one_or_none()
    return None if code is None else str(code)


async def listed(connection: AsyncConnection) -> list[Mapping[str, Any]]:
    """Return the tripped valves, the oldest first, with realm, code, dead letters and time."""
    found = await connection.execute(LISTED)
    return [dict(row) for row in found.mappings()]

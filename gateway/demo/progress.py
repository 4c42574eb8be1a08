"""The progress of a run, read from the gateway's tables: for the display, and for the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database.tenancy import read_all_tenants
from gateway.demo.platform.platform_books import Announced, read_announced
from ledgerlane_outbox.store import BACKLOG
from providers.connections import Connection
from schemas.ids import ConnectionId, TenantId
from schemas.result import SyncState

STATES: Final = text("""
    SELECT connection_id, state, count(*) AS records, sum(desired_version) AS versions
      FROM sync_records GROUP BY 1, 2
""")
CALLS: Final = text("""
    SELECT connection_id, status, count(*) AS calls,
           count(*) FILTER (WHERE called_at > now() - interval '1 minute') AS lately
      FROM api_calls GROUP BY 1, 2
""")
REFUSED: Final = text("SELECT count(*) FROM dead_letters WHERE connection_id IS NULL")

SETTLED: Final = frozenset({SyncState.AGREED, SyncState.SKIPPED})
MOVING: Final = frozenset({SyncState.PENDING, SyncState.RETRYING})


@dataclass(frozen=True, slots=True)
class RealmProgress:
    """The progress of one realm.

    Attributes:
        states: The number of records by state.
        versions: The sum of the desired versions that have arrived.
        errors: The number of failed calls by status; ``no answer`` where there was none.
        calls: The number of calls.
        calls_lately: The number of calls in the last minute.
    """

    connection: Connection
    states: Mapping[SyncState, int] = field(default_factory=dict)
    versions: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)
    calls: int = 0
    calls_lately: int = 0

    @property
    def settled(self) -> int:
        """The number of settled documents."""
        return sum(self.states.get(state, 0) for state in SETTLED)

    @property
    def documents(self) -> int:
        """The number of documents that have arrived."""
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of everything at one moment.

    Attributes:
        announced: The platform's documents and versions by tenant.
        backlog: The number of events in the outboxes that are not on Kafka yet.
        refused: The number of events that intake refused.
    """

    realms: Sequence[RealmProgress] = ()
    announced: Mapping[TenantId, Announced] = field(default_factory=dict)
    backlog: int = 0
    refused: int = 0

    @property
    def appended(self) -> int:
        """The number of events that the platform has announced."""
        return sum(one.versions for one in self.announced.values())

    @property
    def settled(self) -> int:
        """The number of settled documents of all realms."""
        return sum(realm.settled for realm in self.realms)

    @property
    def arrived(self) -> bool:
        """Return whether everything announced has reached every realm that it is for."""
        nothing = Announced(0, 0)
        return not self.backlog and all(
            self.announced.get(realm.connection.tenant_id, nothing)
            == Announced(realm.documents, realm.versions)
            for realm in self.realms
        )

    @property
    def finished(self) -> bool:
        """Return whether everything announced has arrived and is settled."""
        return self.arrived and all(realm.settled == realm.documents for realm in self.realms)

    @property
    def at_rest(self) -> bool:
        """Return whether nothing changes any more without a person, settled or not."""
        moving = (realm.states.get(state, 0) for realm in self.realms for state in MOVING)
        return (self.arrived or bool(self.refused)) and not self.backlog and not any(moving)


class ProgressReader:
    """Reads the progress from both databases."""

    def __init__(
        self, gateway: AsyncEngine, platform: AsyncEngine, connections: Sequence[Connection]
    ) -> None:
        self._gateway = gateway
        self._platform = platform
        self._connections = connections
        self._last = Progress()

    async def read(self) -> Progress:
        """Return the progress; while a database is away, the last one again."""
        try:
            self._last = await self._read()
        except (DBAPIError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return self._last
        return self._last

    async def _read(self) -> Progress:
        async with self._platform.connect() as platform:
            announced = await read_announced(platform)
            backlog = await _backlog(platform)
        async with self._gateway.connect() as gateway:
            await read_all_tenants(gateway)
            states = await _by_connection(gateway, STATES)
            calls = await _by_connection(gateway, CALLS)
            refused = (await gateway.execute(REFUSED)).scalar_one()
        realms = [_realm(one, states, calls) for one in self._connections]
        return Progress(realms, announced, backlog, int(refused))


async def _backlog(platform: AsyncConnection) -> int:
    """Return the number of events that the relay has yet to publish."""
    waiting = (await platform.execute(text(BACKLOG))).first()
    return int(waiting[0]) if waiting else 0


async def _by_connection(
    database: AsyncConnection, statement: Any
) -> dict[ConnectionId, list[Mapping[str, Any]]]:
    found: dict[ConnectionId, list[Mapping[str, Any]]] = {}
    for row in (await database.execute(statement)).mappings():
        found.setdefault(ConnectionId(row["connection_id"]), []).append(dict(row))
    return found


def _realm(
    connection: Connection,
    states: Mapping[ConnectionId, Sequence[Mapping[str, Any]]],
    calls: Mapping[ConnectionId, Sequence[Mapping[str, Any]]],
) -> RealmProgress:
    arrived, called = states.get(connection.id, ()), calls.get(connection.id, ())
    return RealmProgress(
        connection=connection,
        states={SyncState(row["state"]): row["records"] for row in arrived},
        versions=sum(int(row["versions"]) for row in arrived),
        errors={
            str(row["status"] or "no answer"): row["calls"]
            for row in called
            if row["status"] is None or row["status"] >= 400
        },
        calls=sum(row["calls"] for row in called),
        calls_lately=sum(row["lately"] for row in called),
    )

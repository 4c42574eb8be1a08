"""The audit of provider calls: one row for each, written in batches behind the callers."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import structlog
from sqlalchemy import (
    Column,
    DateTime,
    Double,
    Index,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from gateway.database.sessions import Sessions
from gateway.metrics import AUDIT_LOST, PROVIDER_CALL_SECONDS
from gateway.runtime.lifecycle import running_beside
from providers.http import ApiCall
from schemas.ids import TenantId, lane_key

metadata: Final = MetaData()

api_calls: Final = Table(
    "api_calls",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("called_at", DateTime(timezone=True), nullable=False),
    Column("connection_id", Uuid, nullable=False),
    Column("tenant_id", Text, nullable=False),
    Column("realm_id", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("status", SmallInteger),
    Column("duration_s", Double, nullable=False),
    Column("trace_id", Text, nullable=False),
)
Index("api_calls_connection", api_calls.c.connection_id, api_calls.c.called_at)
Index("api_calls_called_at", api_calls.c.called_at)

BATCH: Final = 500
EVERY_S: Final = 1.0
CAPACITY: Final = 100_000
_NO_ANSWER: Final = "none"

log: Final = structlog.get_logger("audit")


@asynccontextmanager
async def open_audit(
    sessions: Sessions, *, now: Callable[[], datetime]
) -> AsyncIterator["PostgresAudit"]:
    """Yield an audit that writes in the background, and write everything at the end."""
    audit = PostgresAudit(sessions, now=now)
    try:
        async with running_beside(audit.run()):
            yield audit
    finally:
        await audit.flush()


# A worker counts the calls of many tenants: functions tell when they were made.
_AGES: Final = text("""
    SELECT CAST(EXTRACT(EPOCH FROM CAST(:now AS timestamptz) - called_at) AS float8)
      FROM ledgerlane_calls_of(:connection_id, :since) AS called_at
""")
_APP_AGES: Final = text("""
    SELECT tenant_id, realm_id,
           CAST(EXTRACT(EPOCH FROM CAST(:now AS timestamptz) - called_at) AS float8)
      FROM ledgerlane_calls_of_provider(:provider, :since)
""")


class AuditedCalls:
    """The calls of all processes by the audit, for the quotas of the lanes.

    Args:
        own: The audit of this process.
    """

    def __init__(
        self, sessions: Sessions, own: "PostgresAudit", *, now: Callable[[], datetime]
    ) -> None:
        self._sessions = sessions
        self._own = own
        self._now = now

    async def ages_s(self, lane: UUID, *, within_s: float) -> Sequence[float]:
        """Return the age in seconds of each call of a connection, the oldest first."""
        now = self._now()
        asked = {
            "now": now,
            "connection_id": lane,
            "since": now - timedelta(seconds=within_s),
        }
        async with self._sessions.system_session() as database:
            found = await database.execute(_AGES, asked)
            return [max(0.0, age) for age in found.scalars()]

    async def family_ages_s(
        self, family: str, *, within_s: float
    ) -> Sequence[tuple[str, float]]:
        """Return the Kafka key and the age in seconds of each call of a provider's realms."""
        now = self._now()
        asked = {"now": now, "provider": family, "since": now - timedelta(seconds=within_s)}
        async with self._sessions.system_session() as database:
            found = await database.execute(_APP_AGES, asked)
            return [
                (lane_key(tenant, realm), max(0.0, age)) for tenant, realm, age in found.all()
            ]

    async def share(self) -> None:
        """Write the calls of this process, so that others know of them.

        While the database is away it returns without that.
        """
        await self._own.flush()


class PostgresAudit:
    """Records calls at once and writes them within a second or 500 rows.

    While the database is away, up to ``capacity`` calls wait in memory; beyond that the oldest
    are lost and counted. A crash loses the waiting calls; an orderly stop writes them.
    """

    def __init__(
        self,
        sessions: Sessions,
        *,
        now: Callable[[], datetime],
        capacity: int = CAPACITY,
    ) -> None:
        self._sessions = sessions
        self._now = now
        self._capacity = capacity
        self._waiting: deque[dict[str, Any]] = deque()
        self._batch_full = asyncio.Event()
        self._writing = asyncio.Lock()

    def __call__(self, call: ApiCall) -> None:
        """Record a call, without waiting."""
        status = _NO_ANSWER if call.status is None else f"{call.status // 100}xx"
        PROVIDER_CALL_SECONDS.labels(call.provider, status).observe(call.duration_s)
        if len(self._waiting) >= self._capacity:
            self._waiting.popleft()
            AUDIT_LOST.inc()
        self._waiting.append(_row(call, self._now()))
        if len(self._waiting) >= BATCH:
            self._batch_full.set()

    async def run(self) -> None:
        """Write the waiting calls, every second and at every full batch, until cancelled."""
        while True:
            await self._pause()
            await self.flush()

    async def flush(self) -> None:
        """Write all waiting calls; those that the database does not take keep waiting."""
        try:
            async with self._writing:  # or what another call is writing would not be waited for
                while self._waiting:
                    await self._write_batch()
        except (DBAPIError, OSError) as exc:
            log.warning(
                "audit.not_written", waiting=len(self._waiting), error=type(exc).__name__
            )

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(EVERY_S):
                await self._batch_full.wait()
        except TimeoutError:
            pass
        self._batch_full.clear()

    async def _write_batch(self) -> None:
        """Write the oldest batch; an interrupted write is repeated and stores each row once."""
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        written = False
        try:
            async with self._sessions.session(*_tenants(batch)) as connection:
                await connection.execute(insert(api_calls).on_conflict_do_nothing(), batch)
            written = True
        finally:
            if not written:
                self._waiting.extendleft(reversed(batch))


def _tenants(batch: Sequence[Mapping[str, Any]]) -> list[TenantId]:
    return sorted({TenantId(row["tenant_id"]) for row in batch})


def _row(call: ApiCall, called_at: datetime) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "called_at": called_at,
        "connection_id": call.connection_id,
        "tenant_id": call.tenant_id,
        "realm_id": call.realm_id,
        "provider": call.provider,
        "method": call.method,
        "path": call.path,
        "status": call.status,
        "duration_s": call.duration_s,
        "trace_id": call.trace_id,
    }

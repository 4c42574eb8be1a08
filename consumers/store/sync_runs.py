"""The tables ``sync_runs`` and ``sync_run_records``: what was asked to be pushed.

A run keeps which records it set going, and no states: how each of them stands is what its sync
record says, so that a run can't tell anything else than the records do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import ConnectionId, ProviderName, RecordId, TenantId
from schemas.result import SyncState


class JobState(StrEnum):
    """How far one record of a run is, in the words of the API."""

    PENDING = "pending"  # the lane has not got to it
    PROCESSING = "processing"  # tried, and tried again when due, or waiting for another
    SYNCED = "synced"  # platform and ledger are equal
    ERROR = "error"  # needs a person
    SKIPPED = "skipped"  # nothing to do, by rule


class RunState(StrEnum):
    """How far a run is."""

    STARTED = "started"  # some of its records are still to come
    COMPLETED = "completed"  # none failed
    PARTIAL = "partial"  # some failed
    FAILED = "failed"  # all failed


JOB_STATES: Final[Mapping[SyncState, JobState]] = {
    SyncState.PENDING: JobState.PENDING,
    SyncState.RETRYING: JobState.PROCESSING,
    SyncState.WAITING: JobState.PROCESSING,
    SyncState.HELD: JobState.ERROR,
    SyncState.DEAD: JobState.ERROR,
    SyncState.AGREED: JobState.SYNCED,
    SyncState.SKIPPED: JobState.SKIPPED,
}


def run_state(counts: Mapping[JobState, int]) -> RunState:
    """Return how far a run is, from the number of its records in each state."""
    if counts.get(JobState.PENDING, 0) or counts.get(JobState.PROCESSING, 0):
        return RunState.STARTED
    failed = counts.get(JobState.ERROR, 0)
    if not failed:
        return RunState.COMPLETED
    return RunState.FAILED if failed == sum(counts.values()) else RunState.PARTIAL


@dataclass(frozen=True, slots=True)
class SyncRun:
    """A run as it was started.

    Attributes:
        id: The run.
        tenant_id: The tenant whose records are pushed.
        provider: The ledger's provider.
        document_types: The kinds of documents that were asked for; ``None`` for all.
        started_by: The name of the caller that started it.
        started_at: When it was started, UTC.
    """

    id: UUID
    tenant_id: TenantId
    provider: ProviderName
    document_types: tuple[str, ...] | None
    started_by: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class RunPlace:
    """Where a run stands in the order of all, the newest first."""

    started_at: datetime
    id: UUID


ADD: Final = text("""
    INSERT INTO sync_runs (id, tenant_id, provider, document_types, started_by, started_at)
    VALUES (:id, :tenant, :provider, :types, :started_by, :started_at)
""")
# Locked in the order in which settling and intake lock them. What agrees, waits for another or
# is skipped has nothing to be pushed.
TAKE_UP: Final = text("""
    WITH chosen AS MATERIALIZED (
        SELECT record_id FROM sync_records
         WHERE tenant_id = :tenant AND connection_id = ANY(CAST(:connections AS uuid[]))
           AND state IN ('pending', 'held', 'dead', 'retrying')
           AND (CAST(:types AS text[]) IS NULL OR document_type = ANY(CAST(:types AS text[])))
           AND (CAST(:records AS uuid[]) IS NULL OR record_id = ANY(CAST(:records AS uuid[])))
         ORDER BY record_id FOR NO KEY UPDATE),
    reopened AS (
        UPDATE sync_records r
           SET state = 'pending', reason = NULL, attempts_this_version = 0,
               next_attempt_at = NULL, updated_at = :started_at
          FROM chosen
         WHERE r.tenant_id = :tenant AND r.record_id = chosen.record_id
           AND r.state <> 'pending')
    INSERT INTO sync_run_records (run_id, record_id, tenant_id)
    SELECT :id, record_id, :tenant FROM chosen
""")
TO_SIGNAL: Final = text("""
    SELECT r.record_id, r.connection_id, r.tenant_id, r.realm_id, r.document_type,
           r.desired_version, r.revision
      FROM sync_run_records m JOIN sync_records r ON r.record_id = m.record_id
     WHERE m.run_id = :id AND m.tenant_id = :tenant AND r.tenant_id = :tenant
     ORDER BY r.priority, r.desired_at LIMIT :limit
""")
KNOWN: Final = text("""
    SELECT record_id FROM sync_records
     WHERE tenant_id = :tenant AND record_id = ANY(CAST(:records AS uuid[]))
""")
_PAGE: Final = """
    SELECT id, tenant_id, provider, document_types, started_by, started_at
      FROM sync_runs WHERE tenant_id = :tenant {condition}
     ORDER BY started_at DESC, id DESC LIMIT :limit
"""
FIRST_PAGE: Final = text(_PAGE.format(condition=""))
NEXT_PAGE: Final = text(_PAGE.format(condition="AND (started_at, id) < (:at, :after)"))
ONE: Final = text(_PAGE.format(condition="AND id = :id"))
COUNTS: Final = text("""
    SELECT m.run_id, r.state, count(*)
      FROM sync_run_records m JOIN sync_records r ON r.record_id = m.record_id
     WHERE m.run_id = ANY(CAST(:runs AS uuid[])) AND m.tenant_id = :tenant
       AND r.tenant_id = :tenant
     GROUP BY 1, 2
""")
JOBS: Final = text("""
    SELECT r.record_id, r.connection_id, r.realm_id, r.document_type, r.document_id, r.state,
           r.reason, r.external_id, r.updated_at
      FROM sync_run_records m JOIN sync_records r ON r.record_id = m.record_id
     WHERE m.run_id = :id AND m.tenant_id = :tenant AND r.tenant_id = :tenant
       AND m.record_id > :after
       AND (CAST(:states AS text[]) IS NULL OR r.state = ANY(CAST(:states AS text[])))
     ORDER BY m.record_id LIMIT :limit
""")
FAILED: Final = text("""
    SELECT m.record_id
      FROM sync_run_records m JOIN sync_records r ON r.record_id = m.record_id
     WHERE m.run_id = :id AND m.tenant_id = :tenant AND r.tenant_id = :tenant
       AND r.state IN ('held', 'dead')
""")


async def add(
    connection: AsyncConnection,
    run: SyncRun,
    *,
    connections: Sequence[ConnectionId],
    records: Sequence[RecordId] | None,
) -> int:
    """Store a run with the records that it sets going, and return their number.

    Args:
        connections: Only records of these.
        records: Only these; ``None`` for all.
    """
    given = {
        "id": run.id,
        "tenant": run.tenant_id,
        "provider": run.provider,
        "types": None if run.document_types is None else list(run.document_types),
        "started_by": run.started_by,
        "started_at": run.started_at,
    }
    await connection.execute(ADD, given)
    chosen = None if records is None else list(records)
    taken: Any = await connection.execute(
        TAKE_UP, {**given, "connections": list(connections), "records": chosen}
    )
    return int(taken.rowcount)


async def to_signal(
    connection: AsyncConnection, run: SyncRun, *, limit: int
) -> Sequence[Mapping[Any, Any]]:
    """Return the records of a run as signals name them, the most urgent first."""
    asked = {"id": run.id, "tenant": run.tenant_id, "limit": limit}
    return (await connection.execute(TO_SIGNAL, asked)).mappings().all()


async def known_records(
    connection: AsyncConnection, tenant: TenantId, records: Sequence[RecordId]
) -> set[RecordId]:
    """Return those of these records that the tenant has."""
    found = await connection.execute(KNOWN, {"tenant": tenant, "records": list(records)})
    return {RecordId(one) for one in found.scalars()}


async def runs_of(
    connection: AsyncConnection, tenant: TenantId, *, limit: int, after: RunPlace | None = None
) -> list[SyncRun]:
    """Return a tenant's runs, the newest first.

    Args:
        after: Only runs that come behind this place.
    """
    asked: dict[str, Any] = {"tenant": tenant, "limit": limit}
    if after is None:
        found = await connection.execute(FIRST_PAGE, asked)
    else:
        found = await connection.execute(
            NEXT_PAGE, {**asked, "at": after.started_at, "after": after.id}
        )
    return [_run(row) for row in found.mappings()]


async def get(connection: AsyncConnection, tenant: TenantId, run_id: UUID) -> SyncRun | None:
    """Return one run of a tenant."""
    found = await connection.execute(ONE, {"tenant": tenant, "id": run_id, "limit": 1})
    row = found.mappings().one_or_none()
    return None if row is None else _run(row)


def _run(row: Mapping[Any, Any]) -> SyncRun:
    types = row["document_types"]
    return SyncRun(**{**row, "document_types": None if types is None else tuple(types)})


async def counts_of(
    connection: AsyncConnection, tenant: TenantId, runs: Sequence[UUID]
) -> Mapping[UUID, Mapping[JobState, int]]:
    """Return the number of records by state for each of these runs."""
    found = await connection.execute(COUNTS, {"tenant": tenant, "runs": list(runs)})
    counted: dict[UUID, dict[JobState, int]] = {run: {} for run in runs}
    for run, state, count in found.all():
        job = JOB_STATES[SyncState(state)]
        counted[run][job] = counted[run].get(job, 0) + count
    return counted


async def jobs_of(
    connection: AsyncConnection,
    run: SyncRun,
    *,
    state: JobState | None,
    limit: int,
    after: UUID | None = None,
) -> list[Mapping[str, Any]]:
    """Return the records of a run in the order of their ids, each with its job's state.

    Args:
        state: Only those in this state; ``None`` for any.
        after: Only records whose ids come behind this one.
    """
    wanted = [one.value for one, job in JOB_STATES.items() if job is state]
    asked = {
        "id": run.id,
        "tenant": run.tenant_id,
        "after": after or UUID(int=0),
        "states": wanted or None,
        "limit": limit,
    }
    found = (await connection.execute(JOBS, asked)).mappings()
    return [{**row, "state": JOB_STATES[SyncState(row["state"])]} for row in found]


async def failed_records(connection: AsyncConnection, run: SyncRun) -> list[RecordId]:
    """Return the records of a run that need a person now."""
    found = await connection.execute(FAILED, {"id": run.id, "tenant": run.tenant_id})
    return [RecordId(one) for one in found.scalars()]

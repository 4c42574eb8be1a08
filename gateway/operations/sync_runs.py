"""Runs: push what a tenant asks for, see how far that is, and try again what failed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.store import sync_runs as runs
from consumers.store.reopen import signal_about
from consumers.store.sync_runs import JobState, RunPlace, RunState, SyncRun, run_state
from gateway.database.sessions import Sessions
from gateway.errors import NoSuchRun, UnknownDocuments
from gateway.operations.connections import usable_connections
from gateway.operations.push_all import MOST_SIGNALS
from gateway.operations.signals import SignalSender
from providers.connections import Connection, ConnectionStore
from schemas.documents.document import DocumentType
from schemas.ids import ProviderName, RecordId, TenantId, record_id
from schemas.signal import Priority, Signal
from schemas.topics import work_topic


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be pushed of a tenant, to all its companies at a provider.

    Attributes:
        tenant: The tenant.
        provider: The provider.
        document_types: Only documents of these kinds; empty for all.
        documents: Only these, by kind and the platform's id; empty for all.
    """

    tenant: TenantId
    provider: ProviderName
    document_types: tuple[DocumentType, ...] = ()
    documents: tuple[tuple[DocumentType, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RunProgress:
    """A run, and how far it is.

    Attributes:
        counts: The number of its records by state; a state that none is in is left out.
    """

    run: SyncRun
    counts: Mapping[JobState, int]

    @property
    def state(self) -> RunState:
        """Return how far it is, in one word."""
        return run_state(self.counts)


class Runner:
    """Starts runs.

    Args:
        signals: Where the signals of what is pushed go.
    """

    def __init__(
        self, sessions: Sessions, signals: SignalSender, *, now: Callable[[], datetime]
    ) -> None:
        self._sessions = sessions
        self._signals = signals
        self._now = now

    async def start(self, wanted: Wanted, *, by: str) -> RunProgress:
        """Set every wanted record going that is not in agreement, and return the run.

        What agrees already, waits for another record or is skipped is no part of it. The
        companies are read again before anything is written to them. Returns once the signals
        are stored; the workers push.

        Raises:
            ConnectionRequired: the tenant has no usable connection at the provider.
            UnknownDocuments: a document was announced to none of its companies.
        """
        connected = await usable_connections(self._sessions, wanted.tenant, wanted.provider)
        chosen = await self._chosen(wanted, connected) if wanted.documents else None
        return await self._run(wanted, connected, chosen, by=by)

    async def retry(self, tenant: TenantId, run_id: UUID, *, by: str) -> RunProgress:
        """Set the records of a run going again that need a person, and return the new run.

        Raises:
            NoSuchRun: the tenant has no such run.
            ConnectionRequired: it has no usable connection at the provider any more.
        """
        async with self._sessions.tenant_session(tenant) as database:
            earlier = await _existing(database, tenant, run_id)
            failed = await runs.failed_records(database, earlier)
        wanted = Wanted(tenant, earlier.provider)
        connected = await usable_connections(self._sessions, tenant, earlier.provider)
        return await self._run(wanted, connected, failed, by=by)

    async def _chosen(
        self, wanted: Wanted, connected: Sequence[Connection]
    ) -> Sequence[RecordId]:
        ids = {
            document: [record_id(one.id, *document) for one in connected]
            for document in wanted.documents
        }
        everything = [id_ for several in ids.values() for id_ in several]
        async with self._sessions.tenant_session(wanted.tenant) as database:
            known = await runs.known_records(database, wanted.tenant, everything)
        unknown = [
            number
            for number, document in enumerate(wanted.documents)
            if not known.intersection(ids[document])
        ]
        if unknown:
            raise UnknownDocuments(unknown)
        return list(known)

    async def _run(
        self,
        wanted: Wanted,
        connected: Sequence[Connection],
        records: Sequence[RecordId] | None,
        *,
        by: str,
    ) -> RunProgress:
        types = tuple(one.value for one in wanted.document_types) or None
        run = SyncRun(uuid4(), wanted.tenant, wanted.provider, types, by, self._now())
        ids = [one.id for one in connected]
        async with self._sessions.tenant_session(wanted.tenant) as database:
            # Records before their connection, as a task that is solved locks them.
            count = await runs.add(database, run, connections=ids, records=records)
            await ConnectionStore(database).read_again(ids)
            signalled = await runs.to_signal(database, run, limit=MOST_SIGNALS)
        topic = work_topic(run.provider)
        await self._signals.send([(topic, _signal(row)) for row in signalled])
        return RunProgress(run, {JobState.PENDING: count} if count else {})


def _signal(row: Mapping[Any, Any]) -> Signal:
    return signal_about(
        row,
        version=row["desired_version"],
        revision=row["revision"],
        priority=Priority.IMPORT,
    )


async def list_runs(
    sessions: Sessions, tenant: TenantId, *, limit: int, after: RunPlace | None = None
) -> Sequence[RunProgress]:
    """Return a tenant's runs, the newest first, each with how far it is."""
    async with sessions.tenant_session(tenant) as database:
        found = await runs.runs_of(database, tenant, limit=limit, after=after)
        counts = await runs.counts_of(database, tenant, [one.id for one in found])
    return [RunProgress(one, counts[one.id]) for one in found]


async def get_run(sessions: Sessions, tenant: TenantId, run_id: UUID) -> RunProgress:
    """Return one run of a tenant, and how far it is.

    Raises:
        NoSuchRun: the tenant has no such run.
    """
    async with sessions.tenant_session(tenant) as database:
        run = await _existing(database, tenant, run_id)
        counts = await runs.counts_of(database, tenant, [run_id])
    return RunProgress(run, counts[run_id])


async def list_jobs(
    sessions: Sessions,
    tenant: TenantId,
    run_id: UUID,
    *,
    state: JobState | None,
    limit: int,
    after: UUID | None = None,
) -> Sequence[Mapping[str, Any]]:
    """Return the records of a run, each with its job's state.

    Raises:
        NoSuchRun: the tenant has no such run.
    """
    async with sessions.tenant_session(tenant) as database:
        run = await _existing(database, tenant, run_id)
        return await runs.jobs_of(database, run, state=state, limit=limit, after=after)


async def _existing(database: AsyncConnection, tenant: TenantId, run_id: UUID) -> SyncRun:
    found = await runs.get(database, tenant, run_id)
    if found is None:
        raise NoSuchRun(f"tenant {tenant} has no run {run_id}")
    return found

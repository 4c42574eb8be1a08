"""A worker at one connection in memory, with a ledger that answers as it is told to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from consumers.lanes.work import Work
from consumers.store.desired_states import DesiredState
from consumers.sync.push import Push
from consumers.sync.reconciler import Reconciler
from consumers.sync.retry_policy import RetryPolicy
from providers.base import Figures, Operation, Profile, Provider, Result, Write, Written
from providers.quotas import Quota
from schemas.documents.catalogue import DOCUMENTS, encode
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RecordId, record_id
from schemas.result import SyncState
from schemas.signal import Priority
from tests.fakes.database import Database
from tests.fakes.lane_pace import lane_of
from tests.fakes.record_store import MemoryStore
from tests.simulation.books import Page, RealmBooks, Rules
from tests.simulation.platform import PROVIDER, connection_of
from tests.virtual_time import START

RULES = Rules(
    remembers_s=0, unique_numbers=False, sync_tokens=True, batch=1, quota=Quota(100, 10)
)
INVOICE = DocumentType.INVOICE


@dataclass
class ScriptedLedger:
    """Answers as it is told to; what it is not told of, its books answer.

    Attributes:
        refusals: What is heard of writes that were not made.
        writes: What is heard of writes that were made.
        finds: What is heard of look-ups.
        late: How many look-ups find nothing, as the ledger has not indexed its newest records.
        looked: How many look-ups were made.
        figures: What the next writes are answered with in place of their own figures.
    """

    books: RealmBooks
    refusals: list[Exception] = field(default_factory=list)
    writes: list[Exception] = field(default_factory=list)
    finds: list[Exception] = field(default_factory=list)
    on_find: Any = None
    late: int = 0
    looked: int = 0
    figures: list[Figures] = field(default_factory=list)

    async def write(self, operation: Operation, writes: Sequence[Write]) -> Sequence[Result]:
        if self.refusals:
            raise self.refusals.pop()
        results = [self.books.write(operation, write) for write in writes]
        if self.writes:
            raise self.writes.pop()
        if self.figures:
            told = self.figures.pop()
            return [replace(r, figures=told) if isinstance(r, Written) else r for r in results]
        return results

    async def find(self, writes: Sequence[Write]) -> Sequence[Result | None]:
        self.looked += 1
        if self.on_find is not None:
            await self.on_find()
        if self.finds:
            raise self.finds.pop()
        if self.late:
            self.late -= 1
            return [None] * len(writes)
        return [self.books.find(write) for write in writes]

    @property
    def naming(self) -> Mapping[str, Any]:
        return {}

    def renames(self, document_type: DocumentType) -> bool:
        return self.books.renames

    async def describe(self) -> Profile:
        return Profile("Larkspur", "US", "USD", {})


class WorkerHarness:
    """One connection with a linked customer, and a worker."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.connection = connection_of(0)
        self.database = Database()
        self.database.connections.rows[self.connection.id] = self.connection
        self.store = MemoryStore(self.database)
        self.ledger = ScriptedLedger(RealmBooks(ConnectionId(UUID(int=1)), rules))
        self.now = START
        self.epoch = 0

    def clock(self) -> datetime:
        return self.now

    async def announce(self, kind: DocumentType, version: int, /, **fields: Any) -> RecordId:
        document = DOCUMENTS[kind].model_validate(fields)
        id_ = record_id(self.connection.id, kind, document.id)
        one = DesiredState(
            record_id=id_,
            connection_id=self.connection.id,
            tenant_id=self.connection.tenant_id,
            realm_id=self.connection.realm_id,
            provider=PROVIDER,
            document_type=kind,
            document_id=document.id,
            document=encode(document).decode(),
            version=version,
        )
        async with self.store.transaction() as tx:
            await tx.records.upsert_desired([one], now=self.now)
        return id_

    async def invoice(self, version: int, **fields: Any) -> RecordId:
        line = {"id": "1", "unit_price": "10.00"}
        given = {
            "id": "i",
            "number": "INV-1",
            "customer_id": "c",
            "issued_on": "2026-07-06",
            "due_on": "2026-08-20",
            "currency": "USD",
            "tax_mode": "none",
            "lines": [line],
            "reference": f"v{version}",
            **fields,
        }
        return await self.announce(INVOICE, version, **given)

    async def take_lease(self) -> None:
        async with self.store.transaction() as tx:
            self.epoch = (await tx.leases.take(PROVIDER, [0], owner="a", now=self.now))[0]

    async def handle(self, id_: RecordId, kind: DocumentType = INVOICE) -> SyncState:
        """Make one try, an hour after the last; return the record's state."""
        [state] = await self.handle_all(id_, kind=kind)
        return state

    async def handle_all(self, *ids: RecordId, kind: DocumentType = INVOICE) -> list[SyncState]:
        """Make one try of records of one kind together; return their states."""
        self.now += timedelta(hours=1)
        lane = lane_of(self.connection.id, RULES.quota)
        await self._worker().handle(lane, [Work(id_, kind, Priority.PUSH) for id_ in ids])
        return [self.database.records.rows[id_].state for id_ in ids]

    def _worker(self) -> Reconciler:
        unused = cast(Any, None)
        provider = Provider(
            PROVIDER, "", RULES.quota, unused, unused, unused, lambda *_: 1, frozenset()
        )
        push = Push(
            self.store,
            RetryPolicy(),
            batch_limit=provider.batch_limit,
            now=self.clock,
            chance=lambda: 0.0,
            crash_point=lambda _: None,
        )
        epoch = self.epoch
        return Reconciler(
            self.store,
            provider,
            push,
            open_ledger=lambda *_: self.ledger,
            epoch_of=lambda _: epoch,
            now=self.clock,
        )

    def in_ledger(self) -> int:
        return len(self.invoices())

    def invoices(self) -> list[Page]:
        """Return the invoices that the ledger holds."""
        return [page for page in self.ledger.books.pages.values() if page.kind is INVOICE]

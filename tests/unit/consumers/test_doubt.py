"""What becomes of a create whose answer was lost: the doubt lasts until a look-up ends it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from consumers.announce import Announced
from consumers.intents import Fenced
from consumers.lanes.lane import Lane, Work
from consumers.lanes.quota import RealmPace
from consumers.push import Push
from consumers.reconcile import Reconciler
from consumers.retry import RetryPolicy
from providers.base import Operation, Profile, Provider, Result, Write
from providers.errors import (
    Bucket,
    Down,
    ProviderError,
    RateLimited,
    Unavailable,
    Uncertain,
)
from providers.quotas import Quota
from schemas.documents.catalogue import DOCUMENTS, encode
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RecordId, record_id
from schemas.result import SyncState
from schemas.signal import Priority
from tests.fakes.database import Database
from tests.fakes.record_store import MemoryStore
from tests.simulation.books import RealmBooks, Rules, reason
from tests.simulation.platform import PROVIDER, connection_of
from tests.virtual_time import START

RULES = Rules(
    remembers_s=0, unique_numbers=False, sync_tokens=True, batch=1, quota=Quota(100, 10)
)
INVOICE = DocumentType.INVOICE
THROTTLED = RateLimited(timedelta(minutes=1), Bucket.MINUTE)
LOST, AWAY = Uncertain(reason("no_answer")), Unavailable(reason("away"))


@dataclass
class Ledger:
    """Answers as it is told to; what it is not told of, its books answer.

    ``writes`` are what is heard of writes that were made, ``refusals`` of writes that were not.
    """

    books: RealmBooks
    refusals: list[Exception] = field(default_factory=list)
    writes: list[Exception] = field(default_factory=list)
    finds: list[Exception] = field(default_factory=list)
    on_find: Any = None
    looked: int = 0

    async def write(self, operation: Operation, writes: Sequence[Write]) -> Sequence[Result]:
        if self.refusals:
            raise self.refusals.pop()
        results = [self.books.write(operation, write) for write in writes]
        if self.writes:
            raise self.writes.pop()
        return results

    async def find(self, writes: Sequence[Write]) -> Sequence[Result | None]:
        self.looked += 1
        if self.on_find is not None:
            await self.on_find()
        if self.finds:
            raise self.finds.pop()
        return [self.books.find(write) for write in writes]

    async def describe(self) -> Profile:
        return Profile("Larkspur", "US", "USD", {})


class Desk:
    """One connection with a linked customer, and a worker."""

    def __init__(self) -> None:
        self.connection = connection_of(0)
        self.database = Database()
        self.database.connections.rows[self.connection.id] = self.connection
        self.store = MemoryStore(self.database)
        self.ledger = Ledger(RealmBooks(ConnectionId(UUID(int=1)), RULES))
        self.now = START
        self.epoch = 0

    def clock(self) -> datetime:
        return self.now

    async def announce(self, kind: DocumentType, version: int, **fields: Any) -> RecordId:
        document = DOCUMENTS[kind].model_validate(fields)
        id_ = record_id(self.connection.id, kind, document.id)
        one = Announced(
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
            await tx.announce([one], now=self.now)
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
            self.epoch = (await tx.take_leases(PROVIDER, [0], owner="a", now=self.now))[0]

    async def handle(self, id_: RecordId, kind: DocumentType = INVOICE) -> SyncState:
        """Let one try be made, an hour after the last; gives the record's state."""
        self.now += timedelta(hours=1)
        pace = RealmPace(
            RULES.quota, monotonic=asyncio.get_running_loop().time, changed=lambda: None
        )
        lane = Lane(self.connection.id, 0, pace, resident_limit=100)
        await self._worker().handle(lane, [Work(id_, kind, Priority.PUSH)])
        return self.database.records.rows[id_].state

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
        return sum(page.kind is INVOICE for page in self.ledger.books.pages.values())


async def desk_with_an_invoice() -> tuple[Desk, RecordId]:
    desk = Desk()
    await desk.take_lease()
    customer = await desk.announce(DocumentType.CUSTOMER, 1, id="c", name="C", phone="v1")
    assert await desk.handle(customer, DocumentType.CUSTOMER) is SyncState.AGREED
    return desk, await desk.invoice(1)


async def desk_in_doubt() -> tuple[Desk, RecordId]:
    """Have an invoice in the ledger whose answers, of the write and a look-up, were lost."""
    desk, invoice = await desk_with_an_invoice()
    desk.ledger.writes, desk.ledger.finds = [LOST], [AWAY]
    assert await desk.handle(invoice) is SyncState.RETRYING
    return desk, invoice


@pytest.mark.accepts("ERR-13")
@pytest.mark.parametrize("refusal", [THROTTLED, Down(reason("away"))])
async def test_a_create_that_was_refused_or_never_sent_is_not_looked_up(
    refusal: ProviderError,
) -> None:
    desk, invoice = await desk_with_an_invoice()
    desk.ledger.refusals = [refusal]
    assert await desk.handle(invoice) is SyncState.PENDING
    assert not desk.database.intents.rows
    assert await desk.handle(invoice) is SyncState.AGREED
    assert (desk.ledger.looked, desk.in_ledger()) == (0, 1)


async def test_a_create_whose_answer_was_lost_in_an_outage_is_looked_up() -> None:
    desk, invoice = await desk_with_an_invoice()
    desk.ledger.writes = [Down(reason("away"), in_doubt=True)]
    assert await desk.handle(invoice) is SyncState.PENDING
    assert await desk.handle(invoice) is SyncState.AGREED
    assert (desk.ledger.looked, desk.in_ledger()) == (1, 1)


@pytest.mark.parametrize("refusal", [THROTTLED, Down(reason("away"))])
async def test_a_throttled_look_up_leaves_the_doubt(refusal: ProviderError) -> None:
    desk, invoice = await desk_with_an_invoice()
    desk.ledger.writes, desk.ledger.finds = [LOST], [refusal]
    await desk.handle(invoice)
    desk.ledger.finds = [refusal]
    await desk.handle(invoice)
    assert await desk.handle(invoice) is SyncState.AGREED
    assert desk.in_ledger() == 1


async def test_look_ups_that_fail_leave_the_doubt_until_one_does_not() -> None:
    desk, invoice = await desk_in_doubt()
    for _ in range(3):
        desk.ledger.finds = [AWAY]
        assert await desk.handle(invoice) is SyncState.RETRYING
    assert await desk.handle(invoice) is SyncState.AGREED
    assert desk.in_ledger() == 1
    assert not desk.database.intents.rows


async def test_what_died_in_doubt_is_looked_up_when_it_is_revived() -> None:
    desk, invoice = await desk_in_doubt()
    state = SyncState.RETRYING
    while state is SyncState.RETRYING:
        desk.ledger.finds = [AWAY]
        state = await desk.handle(invoice)
    assert state is SyncState.DEAD
    await desk.invoice(2)
    assert await desk.handle(invoice) is SyncState.PENDING, (
        "found, and to be brought up to date"
    )
    assert await desk.handle(invoice) is SyncState.AGREED
    assert desk.in_ledger() == 1


async def test_waiting_leaves_the_doubt() -> None:
    desk, invoice = await desk_in_doubt()
    await desk.invoice(2, customer_id="other")
    assert await desk.handle(invoice) is SyncState.WAITING
    await desk.invoice(3)
    assert await desk.handle(invoice) is SyncState.PENDING, (
        "found, and to be brought up to date"
    )
    assert await desk.handle(invoice) is SyncState.AGREED
    assert desk.in_ledger() == 1


@pytest.mark.parametrize("status", ["draft", "voided"])
async def test_what_is_not_there_and_is_not_wanted_any_more_is_not_created(status: str) -> None:
    desk, invoice = await desk_in_doubt()
    desk.ledger.books.pages.clear()
    await desk.invoice(2, status=status)
    assert await desk.handle(invoice) is SyncState.SKIPPED
    assert desk.in_ledger() == 0
    assert not desk.database.intents.rows


async def test_a_write_is_not_repeated_for_a_partition_that_was_lost_meanwhile() -> None:
    desk, invoice = await desk_in_doubt()
    assert await desk.handle(invoice) is SyncState.AGREED
    await desk.invoice(2)
    desk.ledger.writes, desk.ledger.on_find = [LOST], desk.take_lease
    with pytest.raises(Fenced):
        await desk.handle(invoice)
    (page,) = (p for p in desk.ledger.books.pages.values() if p.kind is INVOICE)
    assert page.versions["i"] == [1, 2], "written once, and not again by the old owner"

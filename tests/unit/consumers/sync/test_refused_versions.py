"""Records that a refused version holds, as the lanes meet them."""

from dataclasses import replace

import pytest

from consumers.store.refused_versions import RefusedVersion
from schemas.documents.document import DocumentType
from schemas.ids import RecordId
from schemas.reasons import INVALID_DOCUMENT
from schemas.result import SyncState
from tests.unit.consumers.sync.worker_harness import WorkerHarness

REASON = INVALID_DOCUMENT.reason(why="Version 2 was refused: no.")


async def refuse(harness: WorkerHarness, id_: RecordId, version: int) -> None:
    one = harness.database.records.rows[id_].announced
    refused = RefusedVersion(
        record_id=id_,
        connection_id=one.connection_id,
        tenant_id=one.tenant_id,
        realm_id=one.realm_id,
        provider=one.provider,
        document_type=one.document_type,
        document_id=one.document_id,
        version=version,
        reason=REASON,
    )
    async with harness.store.transaction() as tx:
        await tx.records.hold_refused([refused], now=harness.now)


def reopen(harness: WorkerHarness, id_: RecordId) -> None:
    """Make a record pending, as a person does who has it tried again."""
    rows = harness.database.records.rows
    rows[id_] = replace(rows[id_], state=SyncState.PENDING, reason=None)


async def with_invoice() -> tuple[WorkerHarness, RecordId]:
    harness = WorkerHarness()
    await harness.take_lease()
    customer = await harness.announce(DocumentType.CUSTOMER, 1, id="c", name="C", phone="v1")
    await harness.handle(customer, DocumentType.CUSTOMER)
    return harness, await harness.invoice(1)


@pytest.mark.accepts("DRV-27")
async def test_a_record_that_is_tried_again_is_held_again_and_nothing_is_written() -> None:
    harness, invoice = await with_invoice()
    await refuse(harness, invoice, 2)
    reopen(harness, invoice)
    assert await harness.handle(invoice) is SyncState.HELD
    assert harness.in_ledger() == 0, "the version that is known is out of date"
    assert harness.database.records.rows[invoice].reason == REASON
    [task] = harness.database.tasks.rows.values()
    assert (task.last.version, task.last.reason) == (2, REASON)


@pytest.mark.accepts("DRV-27")
async def test_a_later_good_version_agrees_and_closes_the_task() -> None:
    harness, invoice = await with_invoice()
    assert await harness.handle(invoice) is SyncState.AGREED
    await refuse(harness, invoice, 2)
    reopen(harness, invoice)
    await harness.handle(invoice)
    await harness.invoice(3)
    assert await harness.handle(invoice) is SyncState.AGREED
    assert [task.closed_by for task in harness.database.tasks.rows.values()] == ["edit"]
    [page] = harness.invoices()
    assert page.fields["reference"] == "v3"


async def test_a_customer_that_was_refused_after_it_was_linked_stops_no_invoice() -> None:
    harness, invoice = await with_invoice()
    customer = next(
        id_
        for id_, row in harness.database.records.rows.items()
        if row.announced.document_type is DocumentType.CUSTOMER
    )
    await refuse(harness, customer, 2)
    assert await harness.handle(invoice) is SyncState.AGREED


async def test_what_waits_for_a_newer_state_does_not_say_that_there_is_none() -> None:
    harness, invoice = await with_invoice()
    await harness.handle(invoice)
    await refuse(harness, invoice, 2)
    payment = await harness.announce(
        DocumentType.PAYMENT,
        1,
        id="p",
        customer_id="c",
        paid_on="2026-11-30",
        currency="USD",
        amount="1.00",
        allocations=[{"invoice_id": "i", "amount": "1.00"}],
    )
    assert await harness.handle(payment, DocumentType.PAYMENT) is SyncState.WAITING
    assert cause_of(harness, payment).startswith(
        "These are not in the ledger yet, or not as they are now: invoice i. "
        "This one waits, as invoice i is held (Version 2 was refused"
    )


async def test_what_waits_for_two_names_the_other_when_one_is_corrected() -> None:
    harness, first = await with_invoice()
    second = await harness.invoice(1, id="j", number="INV-2")
    for one in (first, second):
        await refuse(harness, one, 2)
    payment = await harness.announce(
        DocumentType.PAYMENT,
        1,
        id="p",
        customer_id="c",
        paid_on="2026-11-30",
        currency="USD",
        amount="2.00",
        allocations=[{"invoice_id": id_, "amount": "1.00"} for id_ in ("i", "j")],
        reference="v1",
    )
    assert await harness.handle(payment, DocumentType.PAYMENT) is SyncState.WAITING
    assert "invoice i is held" in cause_of(harness, payment)
    await harness.invoice(3)
    assert await harness.handle(first) is SyncState.AGREED
    assert await harness.handle(payment, DocumentType.PAYMENT) is SyncState.WAITING
    assert "invoice i " not in cause_of(harness, payment)
    assert "invoice j is held" in cause_of(harness, payment)
    await harness.invoice(3, id="j", number="INV-2")
    assert await harness.handle(second) is SyncState.AGREED
    assert await harness.handle(payment, DocumentType.PAYMENT) is SyncState.AGREED


def cause_of(harness: WorkerHarness, id_: RecordId) -> str:
    reason = harness.database.records.rows[id_].reason
    assert reason is not None
    return reason.cause

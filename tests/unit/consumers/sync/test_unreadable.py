"""Stored documents that the schema refuses by now: held by themselves, with the reason."""

from dataclasses import replace

import pytest

from consumers.store.observed_states import ObservedDocument
from consumers.sync.loaded_record import load_records
from providers.errors import Unavailable, Uncertain
from schemas.documents.document import DocumentType
from schemas.ids import RecordId
from schemas.result import SyncState
from tests.fakes.database import Record
from tests.simulation.books import reason
from tests.unit.consumers.sync.worker_harness import INVOICE, WorkerHarness

YEN_WITH_DECIMALS = (
    '{"id":"%s","number":"INV-%s","customer_id":"c","issued_on":"2026-07-06",'
    '"due_on":"2026-08-20","currency":"JPY","tax_mode":"none","total":"1352.40",'
    '"lines":[{"id":"1","unit_price":"1352.40"}]}'
)


async def with_customer() -> WorkerHarness:
    harness = WorkerHarness()
    await harness.take_lease()
    customer = await harness.announce(DocumentType.CUSTOMER, 1, id="c", name="C", phone="v1")
    assert await harness.handle(customer, DocumentType.CUSTOMER) is SyncState.AGREED
    return harness


def row(harness: WorkerHarness, id_: RecordId) -> Record:
    return harness.database.records.rows[id_]


def store_as_an_older_release_did(harness: WorkerHarness, id_: RecordId, text: str) -> None:
    """Put a document into a row by hand, as nothing takes it in any more."""
    stored = row(harness, id_)
    harness.database.records.rows[id_] = replace(
        stored, announced=replace(stored.announced, document=text)
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (YEN_WITH_DECIMALS % ("i", 1), "total is 1352.40, but an amount in JPY"),
        ((YEN_WITH_DECIMALS % ("i", 1)).replace("JPY", "XXY"), "'XXY' is no currency"),
        ("[]", "invoice.v1"),
    ],
)
async def test_a_stored_document_that_is_refused_holds_its_record_alone(
    text: str, why: str
) -> None:
    harness = await with_customer()
    bad = await harness.invoice(1)
    good = await harness.invoice(1, id="j", number="INV-2")
    store_as_an_older_release_did(harness, bad, text)
    async with harness.store.transaction() as tx:
        loaded = await load_records(tx, harness.connection.id, [bad, good])
    assert set(loaded) == {bad, good}
    assert await harness.handle_all(bad, good) == [SyncState.HELD, SyncState.AGREED]
    held = row(harness, bad).reason
    assert held is not None
    assert held.code == "invalid_document"
    assert "Version 1 was stored by an older release" in held.cause
    assert why in held.cause
    [task] = harness.database.tasks.rows.values()
    assert (task.last.record_id, task.last.reason) == (bad, held)


async def test_a_new_version_clears_the_record_and_closes_its_task() -> None:
    harness = await with_customer()
    invoice = await harness.invoice(1)
    store_as_an_older_release_did(harness, invoice, YEN_WITH_DECIMALS % ("i", 1))
    assert await harness.handle(invoice) is SyncState.HELD
    await harness.invoice(2)
    assert await harness.handle(invoice) is SyncState.AGREED
    assert [t.closed_by for t in harness.database.tasks.rows.values()] == ["edit"]


async def test_a_create_in_doubt_stays_in_doubt_until_the_new_version() -> None:
    harness = await with_customer()
    invoice = await harness.invoice(1)
    harness.ledger.writes = [Uncertain(reason("no_answer"))]
    harness.ledger.finds = [Unavailable(reason("away"))]
    assert await harness.handle(invoice) is SyncState.RETRYING
    store_as_an_older_release_did(harness, invoice, YEN_WITH_DECIMALS % ("i", 1))
    assert await harness.handle(invoice) is SyncState.HELD
    assert invoice in harness.database.intents.rows
    await harness.invoice(2)
    await harness.handle(invoice)
    assert await harness.handle(invoice) is SyncState.AGREED
    assert harness.in_ledger() == 1, "what was made before is found, not made again"


@pytest.mark.parametrize("side", ["base", "observed"])
async def test_what_both_had_agreed_on_stops_nothing_and_counts_as_not_known(side: str) -> None:
    harness = await with_customer()
    invoice = await harness.invoice(1)
    await harness.handle(invoice)
    text = YEN_WITH_DECIMALS % ("i", 1)
    seen = row(harness, invoice).observed
    assert seen is not None
    if side == "base":
        known = replace(row(harness, invoice), base=text)
    else:
        other = ObservedDocument(text, seen.version, seen.presence)
        known = replace(row(harness, invoice), observed=other)
    harness.database.records.rows[invoice] = known
    await harness.invoice(2)
    assert await harness.handle(invoice) is SyncState.AGREED
    [page] = harness.invoices()
    assert (page.kind, page.fields["reference"]) == (INVOICE, "v2")

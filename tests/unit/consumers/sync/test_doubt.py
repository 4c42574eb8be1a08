"""What becomes of a create whose answer was lost: the doubt lasts until a look-up ends it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from consumers.lanes.fencing import Fenced
from providers.errors import (
    Bucket,
    Down,
    Duplicate,
    NeedsPerson,
    ProviderError,
    RateLimited,
    Unavailable,
    Uncertain,
)
from schemas.documents.document import DocumentType
from schemas.ids import RecordId
from schemas.result import SyncState
from tests.simulation.books import Rules, reason
from tests.unit.consumers.sync.worker_harness import INVOICE, RULES, WorkerHarness

THROTTLED = RateLimited(timedelta(minutes=1), Bucket.MINUTE)
LOST, AWAY = Uncertain(reason("no_answer")), Unavailable(reason("away"))


async def desk_with_an_invoice(rules: Rules = RULES) -> tuple[WorkerHarness, RecordId]:
    harness = WorkerHarness(rules)
    await harness.take_lease()
    customer = await harness.announce(DocumentType.CUSTOMER, 1, id="c", name="C", phone="v1")
    assert await harness.handle(customer, DocumentType.CUSTOMER) is SyncState.AGREED
    return harness, await harness.invoice(1)


async def desk_in_doubt(rules: Rules = RULES) -> tuple[WorkerHarness, RecordId]:
    """Have an invoice in the ledger whose answers, of the write and a look-up, were lost."""
    harness, invoice = await desk_with_an_invoice(rules)
    harness.ledger.writes, harness.ledger.finds = [LOST], [AWAY]
    assert await harness.handle(invoice) is SyncState.RETRYING
    return harness, invoice


@pytest.mark.parametrize("refusal", [THROTTLED, Down(reason("away"))])
async def test_a_create_that_was_refused_or_never_sent_is_not_looked_up(
    refusal: ProviderError,
) -> None:
    harness, invoice = await desk_with_an_invoice()
    harness.ledger.refusals = [refusal]
    assert await harness.handle(invoice) is SyncState.PENDING
    assert not harness.database.intents.rows
    assert await harness.handle(invoice) is SyncState.AGREED
    assert (harness.ledger.looked, harness.in_ledger()) == (0, 1)


async def test_a_create_whose_answer_was_lost_in_an_outage_is_looked_up() -> None:
    harness, invoice = await desk_with_an_invoice()
    harness.ledger.writes = [Down(reason("away"), in_doubt=True)]
    assert await harness.handle(invoice) is SyncState.PENDING
    assert await harness.handle(invoice) is SyncState.AGREED
    assert (harness.ledger.looked, harness.in_ledger()) == (1, 1)


@pytest.mark.parametrize("refusal", [THROTTLED, Down(reason("away"))])
async def test_a_throttled_look_up_leaves_the_doubt(refusal: ProviderError) -> None:
    harness, invoice = await desk_with_an_invoice()
    harness.ledger.writes, harness.ledger.finds = [LOST], [refusal]
    await harness.handle(invoice)
    harness.ledger.finds = [refusal]
    await harness.handle(invoice)
    assert await harness.handle(invoice) is SyncState.AGREED
    assert harness.in_ledger() == 1


@pytest.mark.parametrize("refusal", [THROTTLED, AWAY])
async def test_a_repeat_that_is_refused_leaves_the_doubt(refusal: ProviderError) -> None:
    """The ledger's index is late: the look-up finds nothing, and the create is repeated."""
    harness, invoice = await desk_with_an_invoice()

    async def refuse_the_repeat() -> None:
        harness.ledger.refusals, harness.ledger.on_find = [refusal], None

    harness.ledger.writes, harness.ledger.late = [LOST], 1
    harness.ledger.on_find = refuse_the_repeat
    await harness.handle(invoice)
    assert invoice in harness.database.intents.rows
    assert await harness.handle(invoice) is SyncState.AGREED
    assert harness.in_ledger() == 1


async def test_a_look_up_that_is_refused_for_good_leaves_the_doubt() -> None:
    harness, invoice = await desk_with_an_invoice()
    harness.ledger.writes, harness.ledger.finds = [LOST], [NeedsPerson(reason("not_allowed"))]
    assert await harness.handle(invoice) is SyncState.HELD
    await harness.invoice(2)
    await harness.handle(invoice)
    assert await harness.handle(invoice) is SyncState.AGREED
    assert harness.in_ledger() == 1


async def test_look_ups_that_fail_leave_the_doubt_until_one_does_not() -> None:
    harness, invoice = await desk_in_doubt()
    for _ in range(3):
        harness.ledger.finds = [AWAY]
        assert await harness.handle(invoice) is SyncState.RETRYING
    assert await harness.handle(invoice) is SyncState.AGREED
    assert harness.in_ledger() == 1
    assert not harness.database.intents.rows


async def test_what_died_in_doubt_is_looked_up_when_it_is_revived() -> None:
    harness, invoice = await desk_in_doubt()
    state = SyncState.RETRYING
    while state is SyncState.RETRYING:
        harness.ledger.finds = [AWAY]
        state = await harness.handle(invoice)
    assert state is SyncState.DEAD
    await harness.invoice(2)
    assert await harness.handle(invoice) is SyncState.PENDING, (
        "found, and to be brought up to date"
    )
    assert await harness.handle(invoice) is SyncState.AGREED
    assert harness.in_ledger() == 1


async def test_a_create_whose_key_brings_an_older_answer_is_brought_up_to_date() -> None:
    """The ledger's index is late, so that the repeat of the create finds the record first."""
    harness, invoice = await desk_in_doubt(replace(RULES, remembers_s=1e9))
    await harness.invoice(2)
    harness.ledger.late = 1
    assert await harness.handle(invoice) is SyncState.PENDING
    assert await harness.handle(invoice) is SyncState.AGREED
    assert [page.fields["reference"] for page in harness.invoices()] == ["v2"]


async def test_what_is_found_after_a_clash_is_brought_up_to_date() -> None:
    """It carries our mark, and yet what it holds is not known: the link to it was lost."""
    harness, invoice = await desk_with_an_invoice()
    assert await harness.handle(invoice) is SyncState.AGREED
    rows = harness.database.records.rows
    rows[invoice] = replace(rows[invoice], external=None, base=None, base_version=None)
    await harness.invoice(2)
    harness.ledger.refusals = [Duplicate(reason("number_taken"))]
    assert await harness.handle(invoice) is SyncState.PENDING
    assert await harness.handle(invoice) is SyncState.AGREED
    assert [page.fields["reference"] for page in harness.invoices()] == ["v2"]


async def test_waiting_leaves_the_doubt() -> None:
    harness, invoice = await desk_in_doubt()
    await harness.invoice(2, customer_id="other")
    assert await harness.handle(invoice) is SyncState.WAITING
    await harness.invoice(3)
    assert await harness.handle(invoice) is SyncState.PENDING, (
        "found, and to be brought up to date"
    )
    assert await harness.handle(invoice) is SyncState.AGREED
    assert harness.in_ledger() == 1


@pytest.mark.parametrize("status", ["draft", "voided"])
async def test_what_is_not_there_and_is_not_wanted_any_more_is_not_created(status: str) -> None:
    harness, invoice = await desk_in_doubt()
    harness.ledger.books.pages.clear()
    await harness.invoice(2, status=status)
    assert await harness.handle(invoice) is SyncState.SKIPPED
    assert harness.in_ledger() == 0
    assert not harness.database.intents.rows


async def test_a_write_is_not_repeated_for_a_partition_that_was_lost_meanwhile() -> None:
    harness, invoice = await desk_in_doubt()
    assert await harness.handle(invoice) is SyncState.AGREED
    await harness.invoice(2)
    harness.ledger.writes, harness.ledger.on_find = [LOST], harness.take_lease
    with pytest.raises(Fenced):
        await harness.handle(invoice)
    (page,) = (p for p in harness.ledger.books.pages.values() if p.kind is INVOICE)
    assert page.versions["i"] == [1, 2], "written once, and not again by the old owner"

"""What becomes of a create whose answer was lost: the doubt lasts until a look-up ends it."""

from datetime import timedelta

import pytest

from consumers.lanes.fencing import Fenced
from providers.errors import (
    Bucket,
    Down,
    ProviderError,
    RateLimited,
    Unavailable,
    Uncertain,
)
from schemas.documents.document import DocumentType
from schemas.ids import RecordId
from schemas.result import SyncState
from tests.simulation.books import reason
from tests.unit.consumers.desk import INVOICE, Desk

THROTTLED = RateLimited(timedelta(minutes=1), Bucket.MINUTE)
LOST, AWAY = Uncertain(reason("no_answer")), Unavailable(reason("away"))


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

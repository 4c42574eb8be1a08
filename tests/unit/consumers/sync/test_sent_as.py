"""A create in doubt is found by what it was sent as, whatever was changed since."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest
import pytest_asyncio

from consumers.sync.sent_as import document_sent_as, naming_sent_by, sent_as
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import DocumentType
from schemas.ids import RecordId
from schemas.result import SyncState
from tests.unit.advice.books import (
    BILL,
    CUSTOMER,
    INVOICE,
    ITEM,
    PAYMENT,
    VENDOR,
    QboWorld,
    documents,
    qbo,
    stocked,
    xero,
)
from tests.unit.advice.world import World

pytestmark = pytest.mark.accepts("ERR-14")

DAYS = 3 * 86_400  # seconds: both simulators have forgotten every key by then
PLATFORM: Mapping[str, Any] = {}
OTHER: Mapping[str, Any] = {"numbers": {"prefix": "A-"}}
THIRD: Mapping[str, Any] = {"numbers": {"prefix": "B-"}}
LEDGER: Mapping[str, Any] = {"numbers": {"given_by": "ledger"}}


@pytest_asyncio.fixture(params=[qbo, xero])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    opened: AbstractAsyncContextManager[World] = request.param()
    async with opened as found:
        yield await stocked(found)


async def lose(world: World, kind: DocumentType, **fields: Any) -> RecordId:
    """Have a create arrive, and its answer and the look-up after it be lost."""
    method = "POST" if isinstance(world, QboWorld) else "PUT"
    rule = {"name": "lost", "kind": "drop_after_commit", "method": method, "at_most": 1}
    answer = await world.client.post("/_simulator/faults", json=rule)
    assert answer.is_success, answer.text

    def unanswered(request: httpx.Request) -> httpx.Response | None:
        if request.method == "GET":
            raise ConnectionResetError
        return None

    world.edge.answer = unanswered
    id_ = await world.announce(kind, **fields)
    await world.work()
    world.edge.answer = lambda _: None
    assert world.record(id_).state is SyncState.RETRYING
    assert world.record(id_).external is None
    return id_


async def settled(world: World) -> None:
    """Let the ledger forget its keys, and the lanes work until nothing is due."""
    await world.client.post("/_simulator/clock", json={"advance_s": DAYS})
    for _ in range(3):
        await world.later(minutes=80)


async def count(world: World, kind: DocumentType) -> int:
    """Return how many records of a kind the ledger has."""
    if isinstance(world, QboWorld):
        return len(world.books.table(kind.value.capitalize()))
    if kind in (INVOICE, BILL):
        found = await world.seen("Invoices")  # type: ignore[attr-defined]
        return sum(one["Type"] == ("ACCREC" if kind is INVOICE else "ACCPAY") for one in found)
    collection = {ITEM: "Items", PAYMENT: "Payments"}.get(kind, "Contacts")
    return len(await world.seen(collection))  # type: ignore[attr-defined]


def choose(world: World, chosen: Mapping[str, Any]) -> None:
    kept = {name: value for name, value in world.settings.items() if name != "numbers"}
    world.change(settings={**kept, **chosen})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OTHER, THIRD),
        (OTHER, PLATFORM),
        (PLATFORM, OTHER),
        (PLATFORM, LEDGER),
        (LEDGER, PLATFORM),
        (LEDGER, OTHER),
    ],
)
async def test_another_choice_about_numbers_writes_no_second_invoice(
    world: World, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    choose(world, before)
    id_ = await lose(world, INVOICE)
    choose(world, after)
    await settled(world)
    world.goes_on(id_)
    assert await count(world, INVOICE) == 1


@pytest.mark.parametrize(
    ("kind", "edit"),
    [
        (INVOICE, {"number": "INV-2"}),
        (INVOICE, {"customer_id": "c2"}),
        (BILL, {"number": "NS-2"}),
        (BILL, {"vendor_id": "v2"}),
        (CUSTOMER, {"id": "new", "name": "Plover Ltd"}),
        (VENDOR, {"id": "new", "name": "Plover Ltd"}),
        (ITEM, {"id": "new", "code": "NEW-2", "name": "Other"}),
    ],
)
async def test_what_was_sent_is_found_again_whatever_was_changed_since(
    world: World, kind: DocumentType, edit: dict[str, Any]
) -> None:
    await world.announce(CUSTOMER, id="c2", name="Curlew & Co")
    await world.announce(VENDOR, id="v2", name="Dunlin Ltd")
    await world.work()
    before = await count(world, kind)
    first = {"id": edit.get("id", world.documents[kind]["id"])}
    if kind in (CUSTOMER, VENDOR, ITEM):
        first |= {"name": "Plover"} | ({"code": "NEW-1"} if kind is ITEM else {})
    id_ = await lose(world, kind, **first)
    await world.announce(kind, **{**first, **edit})
    await settled(world)
    world.goes_on(id_)
    assert await count(world, kind) == before + 1


async def test_a_payment_is_found_at_the_invoice_that_it_settled_when_it_was_sent(
    world: World,
) -> None:
    await world.announce(INVOICE)
    await world.announce(INVOICE, id="i2", number="INV-2")
    await world.work()
    await lose(world, PAYMENT)
    await world.announce(PAYMENT, allocations=[{"invoice_id": "i2", "amount": "10.00"}])
    await settled(world)
    assert await count(world, PAYMENT) == 1


async def test_a_number_that_was_another_ones_does_not_hold_the_next_one(world: World) -> None:
    """What is found by the old number is another document's: the renumbered one is created."""
    first = await world.announce(INVOICE)
    await world.work()
    second = await lose(world, INVOICE, id="i2", number="INV-1")
    await world.announce(INVOICE, id="i2", number="INV-2")
    await settled(world)
    world.goes_on(first)
    world.goes_on(second)
    assert world.record(first).external != world.record(second).external
    assert await count(world, INVOICE) == 2


@pytest.mark.parametrize("kind", DocumentType)
def test_what_a_document_is_found_by_comes_back_as_it_was(kind: DocumentType) -> None:
    said = dict(documents("GBP")[kind])
    sent = DOCUMENTS[kind].model_validate(said)
    changes = {"name": "Z", "number": "Z", "code": "Z", "customer_id": "z", "vendor_id": "z"}
    edited = {name: changes.get(name, value) for name, value in said.items()}
    edited |= {"allocations": []} if kind is PAYMENT else {}
    stored = sent_as(sent, LEDGER)
    assert document_sent_as(stored, DOCUMENTS[kind].model_validate(edited)) == sent
    assert naming_sent_by(stored) == LEDGER
    assert stored == sent_as(DOCUMENTS[kind].model_validate(said), dict(LEDGER))

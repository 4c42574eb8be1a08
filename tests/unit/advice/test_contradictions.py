"""Documents that contradict each other: each goes on when one of them is corrected as told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import httpx
import pytest

from consumers.intake.platform_events import Intake
from schemas import contradictions as found
from schemas.documents.document import DocumentType
from schemas.errors import ReasonCode
from schemas.ids import ConnectionId, RealmId
from schemas.result import SyncState
from tests.unit.advice.as_told import as_told
from tests.unit.advice.books import (
    ACCOUNT,
    BILL,
    CUSTOMER,
    INVOICE,
    ITEM,
    PAYMENT,
    VENDOR,
    line,
    qbo,
    stocked,
    xero,
)
from tests.unit.advice.followed import follows
from tests.unit.advice.world import World

pytestmark = pytest.mark.accepts("DRV-31")

Fields = Mapping[str, Any]
Said = tuple[DocumentType, Fields]
OTHER: Final = {"id": "c2", "name": "Bittern Ltd"}
TILL: Final = {"id": "till", "code": "1200", "name": "Till", "kind": "bank"}
BOTH: Final = {
    "amount": "20.00",
    "allocations": [
        {"invoice_id": "i", "amount": "10.00"},
        {"invoice_id": "i2", "amount": "10.00"},
    ],
}


@dataclass(frozen=True)
class Contradiction:
    """A document that is held, and what is announced so that it goes on.

    Attributes:
        before: What is announced before it, beside customer, vendor and item.
        held: The document that contradicts it.
        then: What its advice has the platform announce.
    """

    entry: ReasonCode
    before: tuple[Said, ...]
    held: Said
    then: tuple[Said, ...]


ROWS: Final = {
    "the customer's currency": Contradiction(
        found.PARTY_CURRENCY_DIFFERS,
        ((CUSTOMER, {**OTHER, "currency": "GBP"}),),
        (INVOICE, {"customer_id": "c2"}),
        ((INVOICE, {"customer_id": "c"}),),
    ),
    "the payment's currency": Contradiction(
        found.PAYMENT_CURRENCY_DIFFERS,
        ((INVOICE, {}),),
        (PAYMENT, {"currency": "EUR"}),
        ((PAYMENT, {}),),
    ),
    "a rate that is of no use": Contradiction(
        found.RATE_CONTRADICTS,
        ((INVOICE, {}),),
        (PAYMENT, {"exchange_rate": "1.25"}),
        ((PAYMENT, {}),),
    ),
    "one rate for two other currencies": Contradiction(
        found.SEVERAL_CURRENCIES,
        ((INVOICE, {"currency": "GBP"}), (INVOICE, {"id": "i2", "number": "2"})),
        (PAYMENT, {"currency": "EUR", "exchange_rate": "1.00", **BOTH}),
        ((PAYMENT, {"allocations": [{"invoice_id": "i2", "amount": "10.00"}]}),),
    ),
    "a rate for the payment's own currency and another": Contradiction(
        found.SEVERAL_CURRENCIES,
        ((INVOICE, {"currency": "GBP"}), (INVOICE, {"id": "i2", "number": "2"})),
        (PAYMENT, {"exchange_rate": "0.80", **BOTH}),
        ((PAYMENT, {"allocations": [{"invoice_id": "i2", "amount": "10.00"}]}),),
    ),
    "two currencies without a rate": Contradiction(
        found.SEVERAL_CURRENCIES,
        ((INVOICE, {"currency": "GBP"}), (INVOICE, {"id": "i2", "number": "2"})),
        (PAYMENT, BOTH),
        ((PAYMENT, {"allocations": [{"invoice_id": "i2", "amount": "10.00"}]}),),
    ),
    "the payment's customer": Contradiction(
        found.PAYMENT_PARTY_DIFFERS,
        ((CUSTOMER, OTHER), (INVOICE, {})),
        (PAYMENT, {"customer_id": "c2"}),
        ((PAYMENT, {}),),
    ),
    "another customer of a paid invoice": Contradiction(
        found.PAYMENT_PARTY_DIFFERS,
        ((CUSTOMER, OTHER), (INVOICE, {}), (PAYMENT, {})),
        (INVOICE, {"customer_id": "c2"}),
        ((PAYMENT, {"customer_id": "c2"}),),
    ),
    "another customer of a paid invoice by mistake": Contradiction(
        found.PAYMENT_PARTY_DIFFERS,
        ((CUSTOMER, OTHER), (INVOICE, {}), (PAYMENT, {})),
        (INVOICE, {"customer_id": "c2"}),
        ((INVOICE, {}),),
    ),
    "a draft": Contradiction(
        found.SETTLES_DRAFT,
        ((INVOICE, {"status": "draft"}),),
        (PAYMENT, {}),
        ((INVOICE, {}),),
    ),
    "a voided invoice": Contradiction(
        found.SETTLES_VOIDED,
        ((INVOICE, {}), (INVOICE, {"status": "voided"}),
         (INVOICE, {"id": "i2", "number": "2"})),
        (PAYMENT, {}),
        ((PAYMENT, {"allocations": [{"invoice_id": "i2", "amount": "10.00"}]}),),
    ),
    "too much": Contradiction(
        found.OVERPAYS_ALONE,
        ((INVOICE, {}),),
        (PAYMENT, {"amount": "10.01",
                   "allocations": [{"invoice_id": "i", "amount": "10.01"}]}),
        ((PAYMENT, {}),),
    ),
    "too much beside another payment": Contradiction(
        found.OVERPAYS,
        ((INVOICE, {}), (PAYMENT, {"id": "p1"})),
        (PAYMENT, {}),
        ((PAYMENT, {"id": "p1", "status": "voided"}),),
    ),
    "a payment of a bill": Contradiction(
        found.WRONG_DIRECTION,
        ((BILL, {}), (INVOICE, {})),
        (PAYMENT, {"allocations": [{"invoice_id": "b", "amount": "10.00"}]}),
        ((PAYMENT, {}),),
    ),
    "a customer out of use": Contradiction(
        found.OUT_OF_USE,
        ((CUSTOMER, {**OTHER, "active": False}),),
        (INVOICE, {"customer_id": "c2"}),
        ((CUSTOMER, OTHER),),
    ),
    "a vendor out of use": Contradiction(
        found.OUT_OF_USE,
        ((VENDOR, {"active": False}),),
        (BILL, {}),
        ((VENDOR, {}),),
    ),
    "a customer out of use, on an invoice that is there": Contradiction(
        found.OUT_OF_USE,
        ((CUSTOMER, {**OTHER, "active": False}), (INVOICE, {})),
        (INVOICE, {"customer_id": "c2"}),
        ((CUSTOMER, OTHER),),
    ),
    "an item out of use, on a bill that is there": Contradiction(
        found.OUT_OF_USE,
        ((ITEM, {"id": "t2", "code": "OLD", "name": "Old", "active": False}), (BILL, {})),
        (BILL, {"lines": [line(item_id="t2")]}),
        ((BILL, {"reference": "as before"}),),
    ),
    "an account out of use": Contradiction(
        found.OUT_OF_USE,
        ((INVOICE, {}), (ACCOUNT, TILL), (ACCOUNT, {**TILL, "active": False})),
        (PAYMENT, {"deposit_account_id": "till"}),
        ((PAYMENT, {}),),
    ),
    "an item out of use": Contradiction(
        found.OUT_OF_USE,
        ((ITEM, {"id": "t2", "code": "OLD", "name": "Old", "active": False}),),
        (INVOICE, {"lines": [line(item_id="t2")]}),
        ((INVOICE, {}),),
    ),
}  # fmt: skip


async def announced(world: World, *said: Said) -> None:
    for kind, fields in said:
        await world.announce(kind, **fields)
        await world.work()


@follows(*(row.entry for row in ROWS.values()))
@pytest.mark.parametrize("opened", [qbo, xero])
@pytest.mark.parametrize("row", ROWS)
async def test_what_contradicts_goes_on_when_it_is_corrected(opened: Any, row: str) -> None:
    case = ROWS[row]
    async with opened() as world:
        await stocked(world)
        await announced(world, *case.before)
        calls = len(world.edge.requests)
        kind, fields = case.held
        id_ = await world.announce(kind, **fields)
        await world.work()
        assert len(world.edge.requests) == calls, "no call was made"

        async def correct() -> None:
            await announced(world, *case.then)

        await as_told(world, id_, case.entry, correct=correct)


@follows(found.OTHER_REALM)
async def test_what_went_to_another_company_goes_on_when_it_is_announced_to_this_one() -> None:
    async with qbo() as world:
        await stocked(world)
        other = replace(
            world.connection,
            id=ConnectionId(UUID(int=8)),
            realm_id=RealmId("9341450000000009"),
            is_default=False,
        )
        world.database.connections.rows[other.id] = other
        world.intake = Intake(world.store, now=world.clock)
        here = world.id
        world.id = other.id
        there = await world.announce(INVOICE, realm="9341450000000009")
        world.id = here
        assert world.record(there).announced.connection_id == other.id
        id_ = await world.announce(PAYMENT)
        await world.work()

        async def correct() -> None:
            await world.announce(INVOICE)

        await as_told(world, id_, found.OTHER_REALM, correct=correct)


@pytest.mark.parametrize("opened", [qbo, xero])
async def test_one_that_was_never_sent_and_is_out_of_use_asks_for_one_thing(
    opened: Any,
) -> None:
    """Both of case 11: never sent, and taken out of use after it was sent."""
    async with opened() as world:
        await world.announce(ITEM)
        never = await world.announce(CUSTOMER, active=False)
        first = await world.announce(INVOICE)
        sent = await world.announce(CUSTOMER, **OTHER)
        await world.work()
        await world.announce(CUSTOMER, **OTHER, active=False)
        await world.work()
        second = await world.announce(INVOICE, id="i2", number="INV-2", customer_id="c2")
        await world.work()
        assert world.record(never).state is SyncState.SKIPPED
        assert world.record(sent).state is SyncState.AGREED
        for id_ in (first, second):
            world.stopped(id_, found.OUT_OF_USE)
        assert world.open_tasks(never) == world.open_tasks(sent) == []
        why = world.record(first).reason
        assert why is not None
        assert why.cause == (
            "Invoice i (INV-1) names customer c (Heron & Co), which is out of use on the "
            "platform."
        )
        await world.announce(CUSTOMER)
        await world.announce(CUSTOMER, **OTHER)
        await world.work()
        for id_ in (never, sent, first, second):
            world.goes_on(id_)
        await world.announce(INVOICE, status="voided")
        await world.work()
        await world.announce(CUSTOMER, active=False)
        await world.work()
        for id_ in (never, first):
            world.goes_on(id_)


def _no_customers(request: httpx.Request) -> httpx.Response | None:
    if not request.url.path.endswith("/customer"):
        return None
    entry = {"Message": "said", "Detail": "no", "code": "2040", "element": ""}
    return httpx.Response(400, json={"Fault": {"Error": [entry], "type": "F"}})


async def test_what_waits_is_told_when_what_it_waits_for_goes_out_of_use() -> None:
    async with qbo() as world:
        await world.announce(ITEM)
        world.edge.answer = _no_customers
        customer = await world.announce(CUSTOMER)
        invoice = await world.announce(INVOICE)
        await world.work()
        assert world.record(customer).state is SyncState.DEAD
        assert world.record(invoice).state is SyncState.WAITING
        await world.announce(CUSTOMER, active=False)
        await world.work()
        assert world.record(customer).state is SyncState.SKIPPED
        world.stopped(invoice, found.OUT_OF_USE)


@pytest.mark.parametrize("opened", [qbo, xero])
async def test_a_payment_of_one_that_was_never_sent_asks_for_nothing_beside_its_invoice(
    opened: Any,
) -> None:
    async with opened() as world:
        await world.announce(ITEM)
        await world.announce(CUSTOMER, active=False)
        invoice = await world.announce(INVOICE)
        payment = await world.announce(PAYMENT)
        await world.work()
        world.stopped(invoice, found.OUT_OF_USE)
        assert world.record(payment).state is SyncState.WAITING
        why = world.record(payment).reason
        assert why is not None
        assert "invoice i is held (Invoice i (INV-1) names customer c" in why.cause
        await world.announce(CUSTOMER)
        await world.work()
        world.goes_on(invoice)
        world.goes_on(payment)


@pytest.mark.parametrize("opened", [qbo, xero])
async def test_a_payment_is_held_when_the_invoice_that_was_is_voided(opened: Any) -> None:
    """No task would be left otherwise, and the money would wait for ever."""
    async with opened() as world:
        await world.announce(ITEM)
        await world.announce(CUSTOMER, active=False)
        invoice = await world.announce(INVOICE)
        payment = await world.announce(PAYMENT)
        await world.work()
        assert world.record(payment).state is SyncState.WAITING
        await world.announce(INVOICE, status="voided")
        await world.work()
        assert world.record(invoice).state is SyncState.SKIPPED
        world.stopped(payment, found.SETTLES_VOIDED)


async def test_a_payment_on_account_of_one_that_was_never_sent_is_held_itself() -> None:
    async with qbo() as world:
        await world.announce(CUSTOMER, active=False)
        payment = await world.announce(PAYMENT, allocations=[])
        await world.work()
        world.stopped(payment, found.OUT_OF_USE)
        await world.announce(CUSTOMER)
        await world.work()
        world.goes_on(payment)


async def test_a_payment_of_one_that_went_out_of_use_is_left_to_the_ledger() -> None:
    async with xero() as world:
        await stocked(world)
        invoice = await world.announce(INVOICE)
        await world.work()
        await world.announce(CUSTOMER, active=False)
        await world.work()
        payment = await world.announce(PAYMENT)
        await world.work()
        for id_ in (invoice, payment):
            world.goes_on(id_)


async def test_a_create_in_doubt_is_found_although_its_customer_went_out_of_use() -> None:
    async with qbo() as world:
        await stocked(world)
        rule = {"name": "lost", "kind": "drop_after_commit", "method": "POST", "at_most": 1}
        await world.control("faults", rule)
        world.edge.answer = _no_queries
        id_ = await world.announce(INVOICE)
        await world.work()
        assert world.record(id_).state is SyncState.RETRYING
        world.edge.answer = lambda _: None
        await world.announce(CUSTOMER, active=False)
        await world.later(seconds=31)
        world.goes_on(id_)
        assert len(list(world.books.table("Invoice"))) == 1


def _no_queries(request: httpx.Request) -> httpx.Response | None:
    return httpx.Response(503) if request.url.path.endswith("/query") else None

"""What stands in the way among QuickBooks' records, and goes on when a person decided."""

from typing import Any

import httpx
import pytest

from providers.qbo.reasons import records
from schemas.ids import RecordId
from schemas.result import SyncState
from tests.unit.advice.as_told import as_told
from tests.unit.advice.books import (
    ACCOUNT,
    CUSTOMER,
    INVOICE,
    ITEM,
    PAYMENT,
    QboWorld,
    line,
    qbo,
    stocked,
)
from tests.unit.advice.followed import follows

pytestmark = pytest.mark.accepts("DRV-31")


async def number_taken(world: QboWorld) -> tuple[RecordId, dict[str, Any]]:
    """Announce an invoice whose number a person has used."""
    await stocked(world)
    other = await world.person("Customer", {"DisplayName": "By hand"})
    item = {"ItemRef": {"value": "1"}}
    made = await world.person(
        "Invoice",
        {
            "DocNumber": "INV-1",
            "CustomerRef": {"value": other["Id"]},
            "Line": [
                {
                    "Amount": 5,
                    "DetailType": "SalesItemLineDetail",
                    "SalesItemLineDetail": item,
                }
            ],
        },
    )
    id_ = await world.announce(INVOICE)
    await world.work()
    world.stopped(id_, records.NUMBER_TAKEN)
    return id_, made


@follows(records.NUMBER_TAKEN)
async def test_a_taken_number_goes_on_when_the_platform_s_is_changed() -> None:
    async with qbo() as world:
        id_, _ = await number_taken(world)
        await world.announce(INVOICE, number="INV-1b")
        await world.work()
        world.goes_on(id_)


@follows(records.NUMBER_TAKEN)
async def test_a_taken_number_goes_on_when_the_ledger_s_is_changed() -> None:
    async with qbo() as world:
        id_, made = await number_taken(world)
        changed = {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True}
        await world.person("Invoice", {**changed, "DocNumber": "HAND-1"})
        await world.solve(id_)
        world.goes_on(id_)


@follows(records.NUMBER_TAKEN)
async def test_a_taken_number_of_the_same_business_ends_with_the_platform_s_void() -> None:
    async with qbo() as world:
        id_, _ = await number_taken(world)
        await world.announce(INVOICE, status="voided")
        await world.work()
        world.goes_on(id_, SyncState.SKIPPED)


@follows(records.NAME_TAKEN)
@pytest.mark.parametrize("in_ledger", [True, False])
async def test_a_taken_name_goes_on_when_one_is_renamed(*, in_ledger: bool) -> None:
    async with qbo() as world:
        account = {"IncomeAccountRef": {"value": "1"}}
        by_hand = {"Name": "Work, hour", "Sku": "HAND", "Type": "Service", **account}
        made = await world.person("Item", by_hand)
        id_ = await world.announce(ITEM)
        await world.work()
        world.stopped(id_, records.NAME_TAKEN)
        if in_ledger:
            changed = {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True}
            await world.person("Item", {**changed, "Name": "By hand"})
            await world.solve(id_)
        else:
            await world.announce(ITEM, name="Work, an hour")
            await world.work()
        world.goes_on(id_)


@follows(records.RECORD_INACTIVE)
@pytest.mark.parametrize("restored", [True, False])
async def test_an_inactive_account_goes_on_when_it_is_restored_or_another_is_named(
    *, restored: bool
) -> None:
    async with qbo() as world:
        kind = {"AccountType": "Income", "AccountSubType": "SalesOfProductIncome"}
        made = await world.person("Account", {"Name": "Old", "AcctNum": "4711", **kind})
        off = {"Id": made["Id"], "SyncToken": "0", "Name": "Old", "sparse": True}
        made = await world.person("Account", {**off, "Active": False})
        id_ = await world.announce(ACCOUNT)
        await world.work()
        world.stopped(id_, records.RECORD_INACTIVE)
        if restored:
            on = {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True}
            await world.person("Account", {**on, "Name": "Old", "Active": True})
            await world.solve(id_)
        else:
            await world.announce(ACCOUNT, code="4712")
            await world.work()
        world.goes_on(id_)


async def switched(world: QboWorld, entity: str, id_: RecordId, *, active: bool) -> None:
    """Make a linked record inactive in QuickBooks, or active again."""
    external = world.record(id_).external
    assert external is not None
    found = await world.seen(entity, external.id)
    name = "DisplayName" if entity in ("Customer", "Vendor") else "Name"
    body = {
        "Id": found["Id"],
        "SyncToken": found["SyncToken"],
        "sparse": True,
        name: found[name].removesuffix(" (deleted)"),
        "Active": active,
    }
    await world.person(entity, body)


@follows(records.REFERENCE_DELETED)
async def test_a_document_of_an_inactive_item_goes_on_when_that_is_active_again() -> None:
    async with qbo() as world:
        item = await world.announce(ITEM)
        await stocked(world)
        await switched(world, "Item", item, active=False)
        id_ = await world.announce(INVOICE)
        await world.work()

        async def put_right() -> None:
            await switched(world, "Item", item, active=True)

        await as_told(world, id_, records.REFERENCE_DELETED, put_right=put_right)


async def paid_by_hand(world: QboWorld, amount: int = 10) -> tuple[RecordId, dict[str, Any]]:
    """Write an invoice of 10, and let a person record a payment of it."""
    await stocked(world)
    id_ = await world.announce(INVOICE)
    await world.work()
    external = world.record(id_).external
    assert external is not None
    invoice = await world.seen("Invoice", external.id)
    linked = [{"TxnId": external.id, "TxnType": "Invoice"}]
    payment = await world.person(
        "Payment",
        {
            "CustomerRef": invoice["CustomerRef"],
            "TotalAmt": amount,
            "Line": [{"Amount": amount, "LinkedTxn": linked}],
        },
    )
    return id_, payment


@follows(records.HAS_PAYMENTS)
@pytest.mark.parametrize(
    "change", [{"lines": [line(unit_price="12.00")]}, {"status": "voided"}]
)
async def test_what_is_paid_by_hand_goes_on_when_the_payment_is_removed(
    change: dict[str, Any],
) -> None:
    async with qbo() as world:
        id_, payment = await paid_by_hand(world)
        await world.announce(INVOICE, **change)
        await world.work()
        while world.record(id_).state is SyncState.RETRYING:
            world.stopped(id_, records.HAS_PAYMENTS)
            await world.later(minutes=80)

        async def put_right() -> None:
            body = {"Id": payment["Id"], "SyncToken": payment["SyncToken"]}
            await world.person("Payment", body, operation="delete")

        await as_told(world, id_, records.HAS_PAYMENTS, put_right=put_right)


@follows(records.CANNOT_VOID)
async def test_what_can_t_be_voided_is_done_when_a_person_has_voided_it() -> None:
    async with qbo() as world:
        await stocked(world)
        id_ = await world.announce(INVOICE)
        await world.work()
        world.edge.answer = refusing_voids
        await world.announce(INVOICE, status="voided")
        await world.work()

        async def put_right() -> None:
            external = world.record(id_).external
            assert external is not None
            body = {"Id": external.id, "SyncToken": external.sync_token}
            await world.person("Invoice", body, operation="void")

        await as_told(world, id_, records.CANNOT_VOID, put_right=put_right)


def refusing_voids(request: httpx.Request) -> httpx.Response | None:
    """Refuse voids over the API, whatever became of the invoice."""
    if "/v3/" not in request.url.path or "operation=void" not in str(request.url):
        return None
    entry = {"Message": "said", "Detail": "no", "code": "6450", "element": ""}
    return httpx.Response(400, json={"Fault": {"Error": [entry], "type": "F"}})


async def deleted_by_hand(world: QboWorld) -> RecordId:
    """Write an invoice, let a person delete it, and change it on the platform."""
    await stocked(world)
    id_ = await world.announce(INVOICE)
    await world.work()
    external = world.record(id_).external
    assert external is not None
    body = {"Id": external.id, "SyncToken": external.sync_token}
    await world.person("Invoice", body, operation="delete")
    await world.announce(INVOICE, due_on="2026-08-31")
    await world.work()
    world.stopped(id_, records.RECORD_GONE)
    return id_


@follows(records.RECORD_GONE)
async def test_what_was_deleted_goes_on_when_it_is_voided_and_announced_anew() -> None:
    async with qbo() as world:
        id_ = await deleted_by_hand(world)
        await world.announce(INVOICE, status="voided")
        again = await world.announce(INVOICE, id="i2", number="INV-2")
        await world.work()
        world.goes_on(id_)
        world.goes_on(again)


@follows(records.RECORD_GONE)
async def test_a_name_that_is_gone_goes_on_when_it_is_taken_out_of_use() -> None:
    async with qbo() as world:
        customer = await world.announce(CUSTOMER)
        await world.work()
        external = world.record(customer).external
        assert external is not None
        books = world.books
        books.table("Customer").remove(books.record("Customer", external.id), books.moment())
        await world.announce(CUSTOMER, phone="555 0101")
        await world.work()
        world.stopped(customer, records.RECORD_GONE)
        await world.announce(CUSTOMER, active=False)
        await world.work()
        world.goes_on(customer)


async def test_a_payment_goes_on_when_the_customer_is_active_again() -> None:
    async with qbo() as world:
        customer = await world.announce(CUSTOMER)
        await stocked(world)
        await world.announce(INVOICE)
        await world.work()
        await switched(world, "Customer", customer, active=False)
        payment = await world.announce(PAYMENT)
        await world.work()
        world.stopped(payment, records.REFERENCE_DELETED)
        await switched(world, "Customer", customer, active=True)
        await world.solve(payment)
        world.goes_on(payment)


async def owing(world: QboWorld) -> RecordId:
    """Take a customer out of use, of whom an invoice of 10 is open."""
    await stocked(world)
    await world.announce(INVOICE)
    await world.work()
    id_ = await world.announce(CUSTOMER, active=False)
    await world.work()
    world.stopped(id_, records.CUSTOMER_HAS_BALANCE)
    assert world.record(id_).state is SyncState.RETRYING
    why = world.record(id_).reason
    assert why is not None
    assert why.cause.startswith("Customer 'Heron & Co' has a balance of 10.00 USD")
    return id_


async def is_active(world: QboWorld, id_: RecordId) -> bool:
    external = world.record(id_).external
    assert external is not None
    return bool((await world.seen("Customer", external.id))["Active"])


@follows(records.CUSTOMER_HAS_BALANCE)
async def test_a_customer_goes_out_of_use_by_itself_when_it_has_paid() -> None:
    async with qbo() as world:
        id_ = await owing(world)
        payment = await world.announce(PAYMENT)
        await world.work()
        world.goes_on(payment)
        assert await is_active(world, id_)
        await world.later(seconds=31)
        world.goes_on(id_)
        assert not await is_active(world, id_)


@follows(records.CUSTOMER_HAS_BALANCE)
async def test_a_customer_that_owes_for_long_goes_out_of_use_when_the_task_is_solved() -> None:
    async with qbo() as world:
        id_ = await owing(world)
        while world.record(id_).state is SyncState.RETRYING:
            await world.later(minutes=80)

        async def put_right() -> None:
            await world.announce(INVOICE, status="voided")
            await world.work()

        await as_told(world, id_, records.CUSTOMER_HAS_BALANCE, put_right=put_right)
        assert not await is_active(world, id_)


@follows(records.CUSTOMER_HAS_BALANCE)
async def test_a_customer_that_owes_goes_on_when_it_is_active_again() -> None:
    async with qbo() as world:
        id_ = await owing(world)
        await world.announce(CUSTOMER)
        await world.work()
        world.goes_on(id_)
        assert await is_active(world, id_)


async def paid_twice(world: QboWorld) -> tuple[RecordId, dict[str, Any]]:
    """Announce a payment of an invoice, of which a person has recorded a part."""
    _, payment = await paid_by_hand(world, 3)
    id_ = await world.announce(PAYMENT)
    await world.work()
    world.stopped(id_, records.PAYMENT_EXCEEDS_DUE)
    return id_, payment


@follows(records.PAYMENT_EXCEEDS_DUE)
async def test_a_payment_of_what_was_paid_by_hand_goes_on_when_that_is_deleted() -> None:
    async with qbo() as world:
        id_, payment = await paid_twice(world)
        why = world.record(id_).reason
        assert why is not None
        assert why.cause == (
            "The payment settles 10.00 USD of invoice INV-1, but 7.00 USD of it are open in "
            "QuickBooks."
        )

        async def put_right() -> None:
            body = {"Id": payment["Id"], "SyncToken": payment["SyncToken"]}
            await world.person("Payment", body, operation="delete")

        await as_told(world, id_, records.PAYMENT_EXCEEDS_DUE, put_right=put_right)


@follows(records.PAYMENT_EXCEEDS_DUE)
async def test_a_payment_of_what_was_paid_by_hand_goes_on_when_it_settles_the_rest() -> None:
    async with qbo() as world:
        id_, _ = await paid_twice(world)
        await world.announce(PAYMENT, allocations=[{"invoice_id": "i", "amount": "7.00"}])
        await world.work()
        world.goes_on(id_)


async def test_what_a_payment_settles_already_is_open_to_it() -> None:
    async with qbo() as world:
        id_, _ = await paid_twice(world)
        await world.announce(PAYMENT, allocations=[{"invoice_id": "i", "amount": "4.00"}])
        await world.work()
        await world.announce(PAYMENT, allocations=[{"invoice_id": "i", "amount": "9.00"}])
        await world.work()
        world.stopped(id_, records.PAYMENT_EXCEEDS_DUE)
        why = world.record(id_).reason
        assert why is not None
        assert "settles 9.00 USD of invoice INV-1, but 7.00 USD of it" in why.cause

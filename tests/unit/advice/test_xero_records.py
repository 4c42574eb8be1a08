"""What stands in the way among Xero's records, and goes on when a person decided."""

import pytest

from providers.reasons import PAYMENT_UNALLOCATED
from providers.settling import HOLD
from providers.xero.reasons import documents, records
from schemas.ids import RecordId
from tests.unit.advice.as_told import as_told
from tests.unit.advice.books import (
    ACCOUNT,
    CUSTOMER,
    INVOICE,
    ITEM,
    PAYMENT,
    XeroWorld,
    external,
    line,
    stocked,
    xero,
)
from tests.unit.advice.followed import follows

pytestmark = pytest.mark.accepts("DRV-31")


@follows(records.ARCHIVED)
async def test_a_document_of_an_archived_contact_goes_on_when_that_is_restored() -> None:
    async with xero() as world:
        customer = await world.announce(CUSTOMER)
        await stocked(world)
        contact = {"ContactID": await external(world, customer)}
        await world.person("Contacts", {**contact, "ContactStatus": "ARCHIVED"})
        id_ = await world.announce(INVOICE)
        await world.work()

        async def put_right() -> None:
            await world.person("Contacts", {**contact, "ContactStatus": "ACTIVE"})

        await as_told(world, id_, records.ARCHIVED, put_right=put_right)


@follows(records.ARCHIVED_IN_XERO)
@pytest.mark.parametrize("restored", [True, False])
async def test_an_archived_account_goes_on_when_it_is_restored_or_another_is_named(
    *, restored: bool
) -> None:
    async with xero() as world:
        made = await world.person(
            "Accounts", {"Code": "4711", "Name": "Old", "Type": "REVENUE"}, "PUT"
        )
        account = made["Accounts"][0]["AccountID"]
        path = f"Accounts/{account}"
        await world.person(path, {"AccountID": account, "Status": "ARCHIVED"})
        id_ = await world.announce(ACCOUNT)
        await world.work()
        world.stopped(id_, records.ARCHIVED_IN_XERO)
        if restored:
            await world.person(path, {"AccountID": account, "Status": "ACTIVE"})
            await world.solve(id_)
        else:
            await world.announce(ACCOUNT, code="4712")
            await world.work()
        world.goes_on(id_)


async def number_taken(world: XeroWorld) -> tuple[RecordId, str]:
    """Announce an invoice whose number a person has used."""
    await stocked(world)
    by_hand = {
        "Type": "ACCREC",
        "InvoiceNumber": "INV-1",
        "Contact": {"Name": "By hand"},
        "Status": "AUTHORISED",
        "Date": "2026-07-06",
        "DueDate": "2026-08-06",
        "LineItems": [{"Description": "d", "UnitAmount": 5, "AccountCode": "200"}],
    }
    made = await world.person("Invoices", by_hand, "PUT")
    id_ = await world.announce(INVOICE)
    await world.work()
    world.stopped(id_, records.NUMBER_TAKEN)
    return id_, made["Invoices"][0]["InvoiceID"]


@follows(records.NUMBER_TAKEN)
async def test_a_taken_number_goes_on_when_either_one_is_changed() -> None:
    async with xero() as world:
        id_, _ = await number_taken(world)
        await world.announce(INVOICE, number="INV-1b")
        await world.work()
        world.goes_on(id_)
    async with xero() as world:
        id_, invoice = await number_taken(world)
        await world.person("Invoices", {"InvoiceID": invoice, "InvoiceNumber": "HAND-1"})
        await world.solve(id_)
        world.goes_on(id_)


@follows(records.NAME_TAKEN)
@pytest.mark.parametrize("in_ledger", [True, False])
async def test_a_taken_name_goes_on_when_one_is_renamed(*, in_ledger: bool) -> None:
    async with xero() as world:
        other = await world.announce(CUSTOMER, id="c1")
        await world.work()
        id_ = await world.announce(CUSTOMER)
        await world.work()
        world.stopped(id_, records.NAME_TAKEN)
        if in_ledger:
            contact = {"ContactID": await external(world, other)}
            await world.person("Contacts", {**contact, "Name": "By hand"})
            await world.solve(id_)
        else:
            await world.announce(CUSTOMER, name="Heron & Sons")
            await world.work()
        world.goes_on(id_)


@follows(records.CODE_TAKEN)
@pytest.mark.parametrize("in_ledger", [True, False])
async def test_a_taken_code_goes_on_when_one_is_changed(*, in_ledger: bool) -> None:
    async with xero() as world:
        by_hand = {"Code": "4711", "Name": "By hand", "Type": "EXPENSE"}
        made = await world.person("Accounts", by_hand, "PUT")
        id_ = await world.announce(ACCOUNT)
        await world.work()
        world.stopped(id_, records.CODE_TAKEN)
        if in_ledger:
            account = made["Accounts"][0]["AccountID"]
            changed = {"AccountID": account, "Code": "4799"}
            await world.person(f"Accounts/{account}", changed)
            await world.solve(id_)
        else:
            await world.announce(ACCOUNT, code="4712")
            await world.work()
        world.goes_on(id_)


@follows(records.ITEM_MISSING)
async def test_a_line_goes_on_when_its_item_is_added_again() -> None:
    async with xero() as world:
        item = await world.announce(ITEM)
        await stocked(world)
        await world.person(f"Items/{await external(world, item)}", {}, "DELETE")
        id_ = await world.announce(INVOICE)
        await world.work()

        async def put_right() -> None:
            details = {"SalesDetails": {"AccountCode": "200"}}
            await world.person("Items", {"Code": "WRK-1", "Name": "Work", **details}, "PUT")

        await as_told(world, id_, records.ITEM_MISSING, put_right=put_right)


@follows(PAYMENT_UNALLOCATED)
async def test_a_payment_in_part_goes_on_when_the_setting_is_taken_away() -> None:
    async with xero() as world:
        await stocked(world)
        await world.announce(INVOICE)
        await world.work()
        world.change(settings={**world.settings, "payments": {"unallocated": HOLD}})
        id_ = await world.announce(PAYMENT, amount="12.00")
        await world.work()

        async def put_right() -> None:
            world.change(settings=world.settings)

        await as_told(world, id_, PAYMENT_UNALLOCATED, put_right=put_right)


@follows(documents.PAYMENT_IMMUTABLE)
async def test_a_changed_payment_is_voided_and_recorded_anew() -> None:
    async with xero() as world:
        await stocked(world)
        await world.announce(INVOICE)
        id_ = await world.announce(PAYMENT)
        await world.work()
        await world.announce(PAYMENT, reference="cheque 10")
        await world.work()
        world.stopped(id_, documents.PAYMENT_IMMUTABLE)
        await world.announce(PAYMENT, status="voided")
        await world.work()
        again = await world.announce(PAYMENT, id="p2", reference="cheque 10")
        await world.work()
        world.goes_on(id_)
        world.goes_on(again)


@follows(documents.TOO_LARGE)
async def test_a_document_that_is_too_large_goes_on_when_its_texts_are_shortened() -> None:
    async with xero() as world:
        await stocked(world)
        many = [line(id=str(n), description="é" * 3_900) for n in range(500)]
        id_ = await world.announce(INVOICE, lines=many)
        await world.work()

        async def correct() -> None:
            await world.announce(INVOICE, lines=many[:10])

        await as_told(world, id_, documents.TOO_LARGE, correct=correct)


async def deleted_by_hand(world: XeroWorld) -> tuple[RecordId, RecordId]:
    """Write a customer and an invoice, of which nothing is in Xero any more."""
    customer = await world.announce(CUSTOMER)
    await stocked(world)
    id_ = await world.announce(INVOICE)
    await world.work()
    for table, one in ((world.books.invoices, id_), (world.books.contacts, customer)):
        table.remove(await external(world, one))
    return customer, id_


@follows(records.GONE)
async def test_what_is_gone_goes_on_when_it_is_taken_off_the_platform_too() -> None:
    async with xero() as world:
        customer, id_ = await deleted_by_hand(world)
        await world.announce(INVOICE, due_on="2026-08-31")
        await world.announce(CUSTOMER, phone="555 0101")
        await world.work()
        world.stopped(customer, records.GONE)
        world.stopped(id_, records.GONE)
        await world.announce(INVOICE, status="voided")
        await world.announce(CUSTOMER, active=False)
        await world.work()
        world.goes_on(id_)
        world.goes_on(customer)


@follows(records.CONTACT_MISSING)
async def test_a_document_of_a_contact_that_is_gone_goes_on_with_a_new_one() -> None:
    async with xero() as world:
        await deleted_by_hand(world)
        id_ = await world.announce(INVOICE, id="i2", number="INV-2")
        await world.work()
        world.stopped(id_, records.CONTACT_MISSING)
        await world.announce(CUSTOMER, id="c2")
        await world.announce(INVOICE, id="i2", number="INV-2", customer_id="c2")
        await world.work()
        world.goes_on(id_)


@follows(records.INVOICE_MISSING)
async def test_a_payment_of_an_invoice_that_is_gone_goes_on_with_a_new_one() -> None:
    async with xero() as world:
        await stocked(world)
        invoice = await world.announce(INVOICE)
        await world.work()
        world.books.invoices.remove(await external(world, invoice))
        id_ = await world.announce(PAYMENT)
        await world.work()
        world.stopped(id_, records.INVOICE_MISSING)
        await world.announce(INVOICE, id="i2", number="INV-2")
        settled = [{"invoice_id": "i2", "amount": "10.00"}]
        await world.announce(PAYMENT, allocations=settled)
        await world.work()
        world.goes_on(id_)


@follows(records.PAYMENT_EXCEEDS_DUE)
async def test_a_payment_of_what_was_paid_by_hand_goes_on_when_that_is_deleted() -> None:
    async with xero() as world:
        await stocked(world)
        invoice = await world.announce(INVOICE)
        await world.work()
        by_hand = {
            "Invoice": {"InvoiceID": await external(world, invoice)},
            "Account": {"Code": "090"},
            "Amount": 5,
            "Date": "2026-07-10",
        }
        made = await world.person("Payments", by_hand, "PUT")
        id_ = await world.announce(PAYMENT)
        await world.work()
        why = world.record(id_).reason
        assert why is not None
        assert why.cause == (
            "The payment settles 10.00 NZD of invoice INV-1, but 5.00 NZD of it are open in "
            "Xero."
        )
        assert why.provider_code.startswith("Payment amount exceeds")

        async def put_right() -> None:
            path = f"Payments/{made['Payments'][0]['PaymentID']}"
            await world.person(path, {"Status": "DELETED"})

        await as_told(world, id_, records.PAYMENT_EXCEEDS_DUE, put_right=put_right)


@pytest.mark.parametrize("first", ["0", "4.00"])
async def test_what_an_overpayment_settles_beyond_what_is_open_is_told(first: str) -> None:
    """A later version settles by the overpayment; what it settles already is open to it."""
    async with xero() as world:
        await stocked(world)
        invoice = await world.announce(INVOICE)
        settles = [{"invoice_id": "i", "amount": first}] if first != "0" else []
        id_ = await world.announce(PAYMENT, allocations=settles)
        await world.work()
        world.goes_on(id_)
        by_hand = {
            "Invoice": {"InvoiceID": await external(world, invoice)},
            "Account": {"Code": "090"},
            "Amount": 3,
            "Date": "2026-07-10",
        }
        await world.person("Payments", by_hand, "PUT")
        await world.announce(PAYMENT, allocations=[{"invoice_id": "i", "amount": "9.00"}])
        await world.work()
        world.stopped(id_, records.PAYMENT_EXCEEDS_OPEN)
        why = world.record(id_).reason
        assert why is not None
        assert "settles 9.00 NZD of invoice INV-1, but 7.00 NZD of it are open" in why.cause

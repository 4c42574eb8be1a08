"""Payments that neither ledger can carry as announced, and what its advice has people do."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from typing import Any, Final

import httpx
import pytest

from providers.qbo.reasons.settings import CURRENCY_DIFFERS, PARTY_CURRENCY_FIXED
from providers.reasons import (
    ACCOUNT_CURRENCY_DIFFERS,
    RATE_LEAVES_NOTHING,
    RATE_NOT_CARRIED,
)
from providers.simulators.xero.config import OrganisationSpec
from providers.xero.reasons import documents, settings
from schemas.documents.document import DocumentType
from schemas.ids import RecordId
from tests.integration.providers import xero_organisation
from tests.unit.advice.as_told import as_told
from tests.unit.advice.books import (
    BILL,
    CUSTOMER,
    INVOICE,
    PAYMENT,
    VENDOR,
    QboWorld,
    XeroWorld,
    external,
    qbo,
    stocked,
    xero,
)
from tests.unit.advice.followed import follows

pytestmark = pytest.mark.accepts("DRV-31")

TRADING: Final = OrganisationSpec(
    name="Maple Florist",
    tenant_id=xero_organisation.ORGANISATION,
    foreign_currencies={"EUR": Decimal("0.5")},
)
Opened = Callable[[], AbstractAsyncContextManager[QboWorld | XeroWorld]]


@asynccontextmanager
async def trading_at_qbo() -> AsyncIterator[QboWorld]:
    """Connect a company that keeps several currencies."""
    async with qbo(multicurrency=True) as world:
        yield world


@asynccontextmanager
async def trading_at_xero() -> AsyncIterator[XeroWorld]:
    """Connect an organisation that keeps several currencies."""
    async with xero(organisations=(TRADING,)) as world:
        yield world


BOTH: Final = pytest.mark.parametrize("opened", [trading_at_qbo, trading_at_xero])


async def euro_account(world: QboWorld | XeroWorld) -> str:
    """Open a bank account in euros, and return what the settings name it by."""
    if isinstance(world, QboWorld):
        bank = {"Name": "Bank EUR", "AccountType": "Bank", "CurrencyRef": {"value": "EUR"}}
        return str((await world.person("Account", bank))["Id"])
    named = {"Code": "EUR", "CurrencyCode": "EUR", "BankAccountNumber": "1"}
    await world.person("Accounts", {"Name": "Bank EUR", "Type": "BANK", **named}, "PUT")
    return "EUR"


async def pays(world: QboWorld | XeroWorld, **fields: Any) -> RecordId:
    """Announce a payment, work, and see that nothing of it was sent to the ledger."""
    world.edge.requests.clear()
    id_ = await world.announce(PAYMENT, **fields)
    await world.work()
    assert [one.url for one in world.edge.requests if one.method != "GET"] == []
    return id_


@follows(PARTY_CURRENCY_FIXED)
@pytest.mark.parametrize(("kind", "trade"), [(CUSTOMER, INVOICE), (VENDOR, BILL)])
async def test_a_party_that_got_another_currency_goes_on_in_its_own(
    kind: DocumentType, trade: DocumentType
) -> None:
    async with trading_at_qbo() as world:
        await stocked(world)
        euros = {"currency": "EUR"}
        id_ = await world.announce(kind, **euros, phone="555 0101")
        await world.work()
        world.stopped(id_, PARTY_CURRENCY_FIXED)
        await world.announce(kind, currency="USD", phone="555 0101")
        second = await world.announce(kind, id="e", name="Second", **euros)
        of_it = await world.announce(trade, **{f"{kind}_id": "e"}, **euros)
        await world.work()
        for one in (id_, second, of_it):
            world.goes_on(one)


@follows(CURRENCY_DIFFERS)
@pytest.mark.parametrize(
    ("kind", "named", "party"),
    [
        (INVOICE, "invoice i (INV-1)", "customer c (Heron & Co)"),
        (BILL, "bill b (NS-1)", "vendor v (Nordic Steel Ltd)"),
        (PAYMENT, "payment p", "customer c (Heron & Co)"),
    ],
)
async def test_a_document_in_another_currency_than_its_party_names_both(
    kind: DocumentType, named: str, party: str
) -> None:
    async with trading_at_qbo() as world:
        await stocked(world)
        alone: dict[str, Any] = {"allocations": []} if kind is PAYMENT else {}
        id_ = await world.announce(kind, currency="EUR", **alone)
        await world.work()
        world.stopped(id_, CURRENCY_DIFFERS)
        why = world.record(id_).reason
        assert why is not None
        assert why.cause == (
            f"The {named} is in EUR, but QuickBooks has the {party} in USD, where that can't "
            "be changed."
        )
        assert why.fix == (
            "Announce the document in USD, or for a second "
            f"{party.split()[0]} whose currency is EUR."
        )
        assert why.provider_code.startswith("6000 ")
        await world.announce(kind, currency="USD", **alone)
        await world.work()
        world.goes_on(id_)


async def test_a_party_may_say_the_currency_that_quickbooks_gave_it() -> None:
    async with trading_at_qbo() as world:
        await stocked(world)
        for currency in ("USD", None):
            id_ = await world.announce(CUSTOMER, currency=currency)
            await world.work()
            world.goes_on(id_)


@pytest.mark.accepts("DRV-08")
@follows(ACCOUNT_CURRENCY_DIFFERS)
@BOTH
async def test_money_goes_on_when_another_account_is_the_default(opened: Opened) -> None:
    async with opened() as world:
        await stocked(world)
        before = world.settings
        accounts = {**before["accounts"], "deposit": await euro_account(world)}
        await world.connect()
        world.change(settings={**before, "accounts": accounts})
        await world.announce(INVOICE)
        await world.work()
        id_ = await pays(world)

        async def put_right() -> None:
            world.change(settings=before)

        await as_told(world, id_, ACCOUNT_CURRENCY_DIFFERS, put_right=put_right)


@BOTH
async def test_a_payment_replaces_another_one_in_one_go(opened: Opened) -> None:
    """As the advice of a payment that can't be changed says: void it, and record a new one."""
    async with opened() as world:
        await stocked(world)
        await world.announce(INVOICE)
        old = await world.announce(PAYMENT, id="p9")
        await world.work()
        await world.announce(PAYMENT, id="p9", status="voided")
        new = await world.announce(PAYMENT, id="p1")
        await world.work()
        for id_ in (old, new):
            world.goes_on(id_)


async def test_room_is_made_before_it_is_taken() -> None:
    async with qbo() as world:
        await stocked(world)
        await world.announce(INVOICE)
        lowered = await world.announce(PAYMENT, id="p9")
        await world.work()
        await world.announce(PAYMENT, id="p9", **of("4.00"))
        new = await world.announce(PAYMENT, id="p1", **of("6.00"))
        await world.work()
        for id_ in (lowered, new):
            world.goes_on(id_)


def of(amount: str) -> dict[str, Any]:
    """Return the fields of a payment of so much of the invoice."""
    return {"amount": amount, "allocations": [{"invoice_id": "i", "amount": amount}]}


@pytest.mark.accepts("DRV-08")
@follows(RATE_NOT_CARRIED)
async def test_a_rate_that_is_not_to_the_company_s_own_currency_is_left_out() -> None:
    async with trading_at_qbo() as world:
        await stocked(world)
        await world.announce(INVOICE)
        await world.work()
        shares = [{"invoice_id": "i", "amount": "8.00"}]
        euros = {"currency": "EUR", "exchange_rate": "1.25", "amount": "8.00"}
        id_ = await pays(world, **euros, allocations=shares)
        world.stopped(id_, RATE_NOT_CARRIED)
        await world.announce(PAYMENT)
        await world.work()
        world.goes_on(id_)


@pytest.mark.accepts("DRV-08")
@follows(RATE_NOT_CARRIED)
async def test_what_settles_nothing_is_in_the_amount_that_is_to_be_announced() -> None:
    async with trading_at_qbo() as world:
        await stocked(world)
        await world.announce(INVOICE)
        euros = {"currency": "EUR", "exchange_rate": "1.25", "amount": "9.00"}
        shares = [{"invoice_id": "i", "amount": "8.00"}]
        id_ = await world.announce(PAYMENT, **euros, allocations=shares)
        await world.work()
        world.stopped(id_, RATE_NOT_CARRIED)
        why = world.record(id_).reason
        assert why is not None
        assert "9.00 EUR settles 10.00 USD" in why.cause
        assert why.fix.startswith("Announce the payment in USD, of 11.25 USD")
        await world.announce(PAYMENT, amount="11.25")
        await world.work()
        world.goes_on(id_)
        (paid,) = (one.body for one in world.books.table("Payment"))
        assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (Decimal("11.25"), Decimal("1.25"))


@follows(RATE_LEAVES_NOTHING)
@BOTH
async def test_a_rate_that_leaves_nothing_is_corrected(opened: Opened) -> None:
    async with opened() as world:
        await stocked(world)
        await world.announce(CUSTOMER, id="e", name="Euro", currency="EUR")
        await world.announce(INVOICE, customer_id="e", currency="EUR")
        paying: dict[str, Any] = {
            "customer_id": "e",
            "amount": "20.00",
            "allocations": [{"invoice_id": "i", "amount": "20.00"}],
        }
        id_ = await world.announce(PAYMENT, **paying, exchange_rate="0.0001")
        await world.work()
        world.stopped(id_, RATE_LEAVES_NOTHING)
        why = world.record(id_).reason
        assert why is not None
        assert why.fix.startswith("Correct the rate")
        await world.announce(PAYMENT, **paying, exchange_rate="0.5")
        await world.work()
        world.goes_on(id_)


@follows(RATE_NOT_CARRIED)
async def test_a_rate_for_several_invoices_is_left_out() -> None:
    async with trading_at_xero() as world:
        await stocked(world)
        both = ("i", "i2")
        for id_ in both:
            await world.announce(INVOICE, id=id_, number=id_, currency="EUR")
        shares = [{"invoice_id": id_, "amount": "20.00"} for id_ in both]
        await world.work()
        at_a_rate = {"amount": "40.00", "exchange_rate": "0.5"}
        payment = await pays(world, allocations=shares, **at_a_rate)
        world.stopped(payment, RATE_NOT_CARRIED)
        accounts = {**world.settings["accounts"], "deposit": await euro_account(world)}
        world.change(settings={**world.settings, "accounts": accounts})
        await world.connect()
        shares = [{"invoice_id": id_, "amount": "10.00"} for id_ in both]
        await world.announce(PAYMENT, currency="EUR", amount="20.00", allocations=shares)
        await world.work()
        world.goes_on(payment)


async def overpaid(world: XeroWorld) -> RecordId:
    """Announce a payment of two more than its invoice."""
    await stocked(world)
    await world.announce(INVOICE)
    id_ = await world.announce(PAYMENT, amount="12.00")
    await world.work()
    return id_


@follows(documents.OVERPAYMENT_STAYS)
async def test_a_void_goes_on_when_the_overpayment_is_voided_in_xero() -> None:
    async with xero() as world:
        id_ = await overpaid(world)
        world.goes_on(id_)
        await world.announce(PAYMENT, amount="12.00", status="voided")
        await world.work()
        (over,) = await world.seen("BankTransactions")

        async def put_right() -> None:
            path = f"BankTransactions/{over['BankTransactionID']}"
            await world.person(path, {"Status": "DELETED"})

        await as_told(world, id_, documents.OVERPAYMENT_STAYS, put_right=put_right)


def _without_bank_transactions(request: httpx.Request) -> httpx.Response | None:
    if not request.url.path.endswith("/BankTransactions"):
        return None
    lacking = {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}
    return httpx.Response(401, json={"Detail": "AuthorizationUnsuccessful"}, headers=lacking)


@follows(settings.OVERPAYMENT_NOT_CONSENTED)
async def test_an_overpayment_goes_on_with_a_wider_consent() -> None:
    async with xero() as world:
        world.edge.answer = _without_bank_transactions
        id_ = await overpaid(world)

        async def put_right() -> None:
            world.edge.answer = lambda _: None
            await world.connect()

        await as_told(world, id_, settings.OVERPAYMENT_NOT_CONSENTED, put_right=put_right)
        (invoice,) = await world.seen(f"Invoices/{await _invoice(world)}")
        assert [one["Amount"] for one in invoice["Payments"]] == [10]


async def _invoice(world: XeroWorld) -> str:
    rows = world.database.records.rows.values()
    (id_,) = [one.announced.record_id for one in rows if one.announced.document_type is INVOICE]
    return await external(world, id_)

"""Payments of invoices in another currency: right in both currencies, or held with both."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from providers.simulators.xero.config import OrganisationSpec
from schemas.documents.document import Document
from tests.contracts.ledger_harness import (
    ACCOUNT,
    CUSTOMER,
    INVOICE,
    ITEM,
    PAYMENT,
    LedgerHarness,
)
from tests.integration.consumers.sync_harness import SyncHarness
from tests.integration.providers import qbo_company, xero_organisation
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import SECOND, XeroOrganisation

pytestmark = pytest.mark.accepts("DRV-08")
Company = QboCompany | XeroOrganisation
BRITISH = OrganisationSpec(
    name="Harbour Cafe",
    country="GB",
    tenant_id=SECOND,
    foreign_currencies={"EUR": Decimal("1.1"), "JPY": Decimal(190)},
)
AT_XERO = pytest.mark.parametrize("company", ["xero"], indirect=True)
AT_QUICKBOOKS = pytest.mark.parametrize("company", ["qbo"], indirect=True)


@pytest_asyncio.fixture(params=["qbo", "xero"])
async def company(request: pytest.FixtureRequest, quickbooks: str) -> AsyncIterator[Company]:
    """Open a British company with bank accounts in pounds, euros and yen."""
    if request.param == "qbo":
        accounts = dict(qbo_company.SETTINGS["accounts"])
        async with qbo_company.connected(
            quickbooks,
            country="GB",
            multicurrency=True,
            custom_numbers=True,
            chosen={**qbo_company.SETTINGS, "accounts": accounts},
        ) as opened:
            for currency in ("EUR", "JPY"):
                bank = {"Name": f"Bank {currency}", "AccountType": "Bank"}
                await opened.person_does(
                    "Account", {**bank, "CurrencyRef": {"value": currency}}
                )
            yield await opened.read_again()
        return
    accounts = dict(xero_organisation.SETTINGS["accounts"])
    chosen = {**xero_organisation.SETTINGS, "accounts": accounts}
    settings = xero_organisation.config(organisations=(BRITISH,))
    async with xero_organisation.connected(settings, tenant=SECOND, chosen=chosen) as at_xero:
        for currency in ("EUR", "JPY"):
            bank = {"Name": f"Bank {currency}", "Type": "BANK", "BankAccountNumber": currency}
            named = {"Code": currency, "CurrencyCode": currency}
            await at_xero.person_does("Accounts", bank | named, method="PUT")
        yield await at_xero.read_again()


async def deposits_go_to(company: Company, currency: str) -> None:
    """Set another default account for deposits."""
    accounts = company.settings["accounts"]
    if isinstance(company, XeroOrganisation):
        accounts["deposit"] = currency
        return
    found = await company.listed("Account")
    (bank,) = [one for one in found if one["label"] == f"Bank {currency}"]
    accounts["deposit"] = str(bank["id"])


async def invoiced(
    harness: SyncHarness, ledger: LedgerHarness, currency: str, price: str, count: int = 1
) -> None:
    for kind in (ACCOUNT, ITEM):
        await harness.announce(kind, ledger.document(kind))
    await harness.announce(CUSTOMER, ledger.document(CUSTOMER, currency=currency))
    for n in range(1, count + 1):
        line = {"id": "1", "item_id": "item", "unit_price": price}
        fields = {"currency": currency, "tax_mode": "none", "lines": [line]}
        document = ledger.document(INVOICE, id=f"invoice{n}", number=f"INV-{n}", **fields)
        await harness.announce(INVOICE, document)
    await harness.work()


def paying(
    ledger: LedgerHarness, currency: str, each: str, count: int = 1, **fields: Any
) -> Document:
    shares = [{"invoice_id": f"invoice{n}", "amount": each} for n in range(1, count + 1)]
    whole = str(Decimal(each) * count)
    said = {"currency": currency, "amount": whole, "allocations": shares}
    return ledger.document(PAYMENT, **said | fields)


async def paid(harness: SyncHarness, document: Document, version: int = 1) -> dict[str, Any]:
    await harness.announce(PAYMENT, document, version)
    await harness.work()
    return await harness.record("payment")


async def agreed(harness: SyncHarness, document: Document, version: int = 1) -> None:
    record = await paid(harness, document, version)
    assert (record["state"], record["reason"]) == ("agreed", None)
    assert await harness.value("SELECT count(*) FROM tasks WHERE closed_at IS NULL") == 0


async def held(
    harness: SyncHarness, company: Company, document: Document, version: int = 1
) -> dict[str, Any]:
    """Announce a payment that must be held, and see that nothing of it was written."""
    before = await company.count(PAYMENT)
    record = await paid(harness, document, version)
    assert record["state"] == "held", record["reason"]
    assert await company.count(PAYMENT) == before
    return dict(record["reason"])


async def open_amount(harness: SyncHarness, company: Company) -> Decimal:
    external_id = (await harness.record("invoice1"))["external_id"]
    if isinstance(company, QboCompany):
        return Decimal((await company.read("Invoice", external_id))["Balance"])
    return Decimal((await company.read(f"Invoices/{external_id}"))[0]["AmountDue"])


async def both_amounts(harness: SyncHarness, company: Company) -> tuple[Decimal, Decimal]:
    """Return what a payment is in the invoice's currency, and what was received."""
    external_id = (await harness.record("payment"))["external_id"]
    if isinstance(company, QboCompany):
        found = await company.read("Payment", external_id)
        home = round(found["TotalAmt"] * found["ExchangeRate"], 2)
        return found["TotalAmt"], home
    (element,) = await company.read(f"Payments/{external_id}")
    return element["Amount"], element["BankAmount"]


@pytest.mark.parametrize(
    ("currency", "total", "received", "rate"),
    [
        ("EUR", "400.00", "340.00", "1.17647058823529"),
        ("EUR", "1234567.89", "1050432.11", "1.17529527061039595"),
        ("JPY", "50000", "263.16", "190.0"),
    ],
)
async def test_a_payment_in_the_company_s_currency_is_carried_in_both(
    harness: SyncHarness,
    company: Company,
    ledger: LedgerHarness,
    currency: str,
    total: str,
    received: str,
    rate: str,
) -> None:
    await invoiced(harness, ledger, currency, total)
    await agreed(harness, paying(ledger, "GBP", received, exchange_rate=rate))
    assert await both_amounts(harness, company) == (Decimal(total), Decimal(received))
    assert await open_amount(harness, company) == 0
    figures = (await harness.record("payment"))["ledger_figures"]
    assert Decimal(figures["total"]) == Decimal(received)


async def test_what_is_left_of_it_is_kept_too(
    harness: SyncHarness, company: Company, ledger: LedgerHarness
) -> None:
    await invoiced(harness, ledger, "EUR", "400.00")
    document = paying(ledger, "GBP", "340.00", amount="425.00", exchange_rate="1.176470588235")
    await agreed(harness, document)
    assert await open_amount(harness, company) == 0
    if isinstance(company, QboCompany):
        assert await both_amounts(harness, company) == (Decimal(500), Decimal(425))
    else:
        (advance,) = await company.read("Overpayments")
        assert (advance["Total"], advance["CurrencyCode"]) == (85, "GBP")


async def test_one_cent_too_much_at_the_rate_says_so(
    harness: SyncHarness, company: Company, ledger: LedgerHarness
) -> None:
    await invoiced(harness, ledger, "EUR", "400.00")
    reason = await held(
        harness, company, paying(ledger, "GBP", "340.01", exchange_rate="1.17647058823529")
    )
    assert reason["code"] == "payment_exceeds_open_amount"
    assert "0.01 EUR more than its total of 400.00 EUR" in reason["cause"]


@AT_XERO
async def test_a_foreign_payment_of_a_pound_invoice_goes_to_a_bank_account_of_its_currency(
    harness: SyncHarness, company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    await invoiced(harness, ledger, "GBP", "340.00")
    document = paying(ledger, "EUR", "400.00", exchange_rate="0.85")
    reason = await held(harness, company, document)
    assert reason["code"] == "account_currency_differs"
    assert "is in EUR, but the account that it goes to (090) is in GBP" in reason["cause"]
    assert reason["fix"] == "Name a deposit account in EUR."
    await deposits_go_to(company, "EUR")
    await harness.release("payment")
    await harness.work()
    assert (await harness.record("payment"))["state"] == "agreed"
    assert await both_amounts(harness, company) == (Decimal(340), Decimal(400))
    assert await open_amount(harness, company) == 0


@AT_QUICKBOOKS
@pytest.mark.parametrize(
    ("currency", "price", "rate"), [("GBP", "340.00", "0.85"), ("JPY", "64000", "160")]
)
async def test_a_rate_that_leads_elsewhere_than_home_is_held_and_its_advice_works(
    harness: SyncHarness,
    company: QboCompany,
    ledger: LedgerHarness,
    currency: str,
    price: str,
    rate: str,
) -> None:
    await invoiced(harness, ledger, currency, price)
    reason = await held(harness, company, paying(ledger, "EUR", "400.00", exchange_rate=rate))
    assert reason["code"] == "exchange_rate_not_carried"
    assert f"400.00 EUR settles {price} {currency} at the rate {rate}" in reason["cause"]
    assert "with a rate to GBP only" in reason["cause"]
    assert reason["fix"].startswith(f"Announce the payment in {currency}, of {price}")
    await agreed(harness, paying(ledger, currency, price), 2)
    assert await open_amount(harness, company) == 0


@AT_XERO
async def test_several_invoices_at_a_rate_are_held_and_their_advice_works(
    harness: SyncHarness, company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    await invoiced(harness, ledger, "EUR", "400.00", 2)
    document = paying(ledger, "GBP", "340.00", 2, exchange_rate="1.17647058823529")
    reason = await held(harness, company, document)
    assert reason["code"] == "exchange_rate_not_carried"
    assert "680.00 GBP settles 800.00 EUR" in reason["cause"]
    assert "of 800.00 EUR and without a rate" in reason["fix"]
    await agreed(harness, paying(ledger, "EUR", "400.00", 2), 2)
    assert await open_amount(harness, company) == 0


async def test_money_goes_to_no_account_of_a_third_currency(
    harness: SyncHarness, company: Company, ledger: LedgerHarness
) -> None:
    await invoiced(harness, ledger, "EUR", "400.00")
    own = company.settings["accounts"]["deposit"]
    await deposits_go_to(company, "JPY")
    reason = await held(harness, company, paying(ledger, "EUR", "400.00"))
    assert reason["code"] == "account_currency_differs"
    assert "is in EUR" in reason["cause"]
    assert reason["cause"].endswith("is in JPY.")
    company.settings["accounts"]["deposit"] = own
    await harness.release("payment")
    await harness.work()
    assert (await harness.record("payment"))["state"] == "agreed", "home is fine"
    await deposits_go_to(company, "EUR")
    await invoiced_and_paid_again(harness, company, ledger)


async def invoiced_and_paid_again(
    harness: SyncHarness, company: Company, ledger: LedgerHarness
) -> None:
    line = {"id": "1", "item_id": "item", "unit_price": "9.00"}
    fields = {"currency": "EUR", "tax_mode": "none", "lines": [line], "number": "INV-9"}
    await harness.announce(INVOICE, ledger.document(INVOICE, id="invoice9", **fields))
    shares = [{"invoice_id": "invoice9", "amount": "9.00"}]
    said = {"id": "again", "currency": "EUR", "amount": "9.00", "allocations": shares}
    await harness.announce(PAYMENT, ledger.document(PAYMENT, **said))
    await harness.work()
    assert (await harness.record("again"))["state"] == "agreed"


@AT_QUICKBOOKS
async def test_a_rate_that_the_ledger_cuts_is_held_with_the_difference_shown(
    harness: SyncHarness, company: QboCompany, ledger: LedgerHarness
) -> None:
    await company.control("switches", {"rate_decimals": 2})
    await invoiced(harness, ledger, "EUR", "450.00")
    document = paying(ledger, "GBP", "380.25", exchange_rate="1.18343195266272189349")
    record = await paid(harness, document)
    assert (record["state"], record["reason"]["code"]) == ("held", "total_mismatch")
    assert "total 378.00" in record["reason"]["cause"]
    assert "the platform says 380.25" in record["reason"]["cause"]

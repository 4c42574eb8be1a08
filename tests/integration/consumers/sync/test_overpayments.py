"""What of a payment settles no invoice: kept by either ledger, once, and used later."""

from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import Any

import pytest

from schemas.documents.document import Document, Status
from tests.contracts.ledger_harness import (
    ACCOUNT,
    CUSTOMER,
    INVOICE,
    ITEM,
    PAYMENT,
    LedgerHarness,
)
from tests.integration.consumers.sync_harness import SyncHarness, open_sync_harness
from tests.integration.providers import qbo_company
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import (
    SETTINGS,
    XeroOrganisation,
    connected,
)

Company = QboCompany | XeroOrganisation
WHOLE = Decimal("59.97")
AT_XERO = pytest.mark.parametrize("company", ["xero"], indirect=True)


def paying(ledger: LedgerHarness, amount: str, *settled: str, **fields: Any) -> Document:
    """Make a payment of this amount that settles these invoices whole."""
    shares = [{"invoice_id": one, "amount": str(WHOLE)} for one in settled]
    return ledger.document(PAYMENT, amount=amount, allocations=shares, **fields)


async def invoiced(harness: SyncHarness, ledger: LedgerHarness) -> None:
    for kind in (ACCOUNT, ITEM, CUSTOMER):
        await harness.announce(kind, ledger.document(kind))
    for n in (1, 2):
        document = ledger.document(INVOICE, id=f"invoice{n}", number=f"INV-{n}")
        await harness.announce(INVOICE, document)
    await harness.work()


async def paid(harness: SyncHarness, document: Document, version: int = 1) -> dict[str, Any]:
    await harness.announce(PAYMENT, document, version)
    await harness.work()
    return await harness.record("payment")


async def agreed(harness: SyncHarness, document: Document, version: int = 1) -> None:
    record = await paid(harness, document, version)
    assert (record["state"], record["reason"]) == ("agreed", None)
    figures = record["ledger_figures"]
    if not figures["voided"]:
        assert Decimal(figures["total"]) == document.amount  # type: ignore[attr-defined]
    assert await harness.value("SELECT count(*) FROM tasks WHERE closed_at IS NULL") == 0
    assert await harness.value("SELECT count(*) FROM intents") == 0


async def received(company: Company) -> dict[str, Decimal]:
    """Return all that the ledger received, and what of it settles nothing, by its own view."""
    if isinstance(company, QboCompany):
        payments = await company.listed("Payment")
        bodies = [await company.read("Payment", str(one["id"])) for one in payments]
        live = [body for body in bodies if body["TotalAmt"]]
        return {
            "total": sum((body["TotalAmt"] for body in live), Decimal(0)),
            "left": sum((body["UnappliedAmt"] for body in live), Decimal(0)),
        }
    payments = await company.read("Payments")
    advances = await company.read("Overpayments")
    live = [one for one in (*payments, *advances) if one["Status"] not in ("DELETED", "VOIDED")]
    total = sum((Decimal(one.get("Amount") or one["Total"]) for one in live), Decimal(0))
    left = sum((Decimal(one.get("RemainingCredit") or 0) for one in live), Decimal(0))
    return {"total": total, "left": left}


async def open_amount(harness: SyncHarness, company: Company, document_id: str) -> Decimal:
    external_id = (await harness.record(document_id))["external_id"]
    if isinstance(company, QboCompany):
        return Decimal((await company.read("Invoice", external_id))["Balance"])
    return Decimal((await company.read(f"Invoices/{external_id}"))[0]["AmountDue"])


@pytest.mark.parametrize("settled", [("invoice1",), ("invoice1", "invoice2"), ()])
async def test_what_settles_no_invoice_is_kept_and_used_by_a_later_version(
    harness: SyncHarness, company: Company, ledger: LedgerHarness, settled: tuple[str, ...]
) -> None:
    await invoiced(harness, ledger)
    await agreed(harness, paying(ledger, "200.00", *settled))
    left = Decimal(200) - WHOLE * len(settled)
    assert await received(company) == {"total": 200, "left": left}
    await agreed(harness, paying(ledger, "200.00", "invoice1", "invoice2"), 2)
    assert await received(company) == {"total": 200, "left": Decimal(200) - WHOLE * 2}
    for n in (1, 2):
        assert await open_amount(harness, company, f"invoice{n}") == 0


async def test_more_was_received_than_was_said_at_first(
    harness: SyncHarness, company: Company, ledger: LedgerHarness
) -> None:
    await invoiced(harness, ledger)
    await agreed(harness, paying(ledger, "59.97", "invoice1"))
    await agreed(harness, paying(ledger, "59.98", "invoice1"), 2)
    assert await received(company) == {"total": Decimal("59.98"), "left": Decimal("0.01")}
    await agreed(harness, paying(ledger, "59.98", "invoice1"), 3)
    assert await received(company) == {"total": Decimal("59.98"), "left": Decimal("0.01")}


async def test_one_cent_too_much_says_so_and_its_advice_works(
    harness: SyncHarness, company: Company, ledger: LedgerHarness
) -> None:
    await invoiced(harness, ledger)
    shares = [{"invoice_id": "invoice1", "amount": "59.98"}]
    much = ledger.document(PAYMENT, amount="59.98", allocations=shares)
    record = await paid(harness, much)
    assert (record["state"], record["reason"]["code"]) == (
        "held",
        "payment_exceeds_open_amount",
    )
    assert f"0.01 {company.currency} more than its total of 59.97" in record["reason"]["cause"]
    assert record["reason"]["fix"] == (
        f"Settle no more than 59.97 {company.currency} of the invoice, and leave the rest "
        "unallocated."
    )
    await agreed(harness, paying(ledger, "59.98", "invoice1"), 2)
    assert await received(company) == {"total": Decimal("59.98"), "left": Decimal("0.01")}


CALLS = ["/Payments", "/BankTransactions", "/Allocations"]
KINDS = ["drop_after_commit", "server_error", "rate_limited"]


@AT_XERO
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", CALLS)
async def test_nothing_is_written_twice_however_an_answer_is_lost(
    harness: SyncHarness,
    company: XeroOrganisation,
    ledger: LedgerHarness,
    call: str,
    kind: str,
) -> None:
    await invoiced(harness, ledger)
    more = {"retry_after_s": 1} if kind == "rate_limited" else {}
    await company.fault(kind, method="PUT", path=call, **more)
    await agreed(harness, paying(ledger, "200.00", "invoice1"))
    await agreed(harness, paying(ledger, "200.00", "invoice1", "invoice2"), 2)
    assert await received(company) == {"total": 200, "left": Decimal(200) - WHOLE * 2}
    assert len(await company.read("Payments")) == 1
    (advance,) = await company.read("Overpayments")
    assert [one["Amount"] for one in advance["Allocations"]] == [WHOLE]


@AT_XERO
@pytest.mark.parametrize("point", ["after_intent_before_call", "after_call_before_settle"])
@pytest.mark.parametrize("newer", [None, "allocated", "voided"])
async def test_a_worker_that_is_killed_leaves_no_part_behind(
    harness: SyncHarness,
    company: XeroOrganisation,
    ledger: LedgerHarness,
    point: str,
    newer: str | None,
) -> None:
    await invoiced(harness, ledger)
    document = paying(ledger, "200.00", "invoice1")
    await harness.announce(PAYMENT, document)
    await harness.killed_at(point)
    version = 1
    if newer == "allocated":
        document, version = paying(ledger, "200.00", "invoice1", "invoice2"), 2
    elif newer == "voided":
        document, version = paying(ledger, "200.00", "invoice1", status=Status.VOIDED), 2
    record = await paid(harness, document, version)
    if newer == "voided":
        expected = "skipped" if point == "after_intent_before_call" else "held"
        assert record["state"] == expected, record["reason"]
        return
    assert record["state"] == "agreed", record["reason"]
    used = WHOLE * len(document.allocations)  # type: ignore[attr-defined]
    assert await received(company) == {"total": 200, "left": Decimal(200) - used}


@AT_XERO
async def test_an_overpayment_whose_answer_was_lost_is_not_made_for_a_newer_version(
    harness: SyncHarness, company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    """A newer version has another key, so that only our mark tells that it is there."""
    await invoiced(harness, ledger)
    await agreed(harness, paying(ledger, str(WHOLE), "invoice1"))
    await harness.announce(PAYMENT, paying(ledger, "200.00", "invoice1"), 2)
    await harness.killed_at("after_call_before_settle")
    await agreed(harness, paying(ledger, "200.00", "invoice1", "invoice2"), 3)
    assert await received(company) == {"total": 200, "left": Decimal(200) - WHOLE * 2}


async def test_a_part_that_was_refused_is_written_when_the_cause_is_gone(
    migrated_database_url: str,
) -> None:
    """An overpayment goes to a bank account only, unlike a payment."""
    accounts = {**SETTINGS["accounts"], "deposit": "615"}
    async with connected(chosen={**SETTINGS, "accounts": accounts}) as company:
        ledger = LedgerHarness(company)
        async with open_sync_harness(migrated_database_url, company, realm="1") as harness:
            await invoiced(harness, ledger)
            record = await paid(harness, paying(ledger, "200.00", "invoice1"))
            assert record["state"] == "held"
            assert record["reason"]["code"] == "deposit_account_invalid"
            assert (await received(company))["total"] == WHOLE
            accounts["deposit"] = "090"
            await harness.release("payment")
            await harness.work()
            assert (await harness.record("payment"))["state"] == "agreed"
            assert await received(company) == {"total": 200, "left": Decimal("140.03")}


@pytest.mark.parametrize("provider", ["qbo", "xero"])
async def test_a_tenant_may_have_it_held(
    migrated_database_url: str, quickbooks: str, provider: str
) -> None:
    hold = {"payments": {"unallocated": "hold"}}
    opened: AbstractAsyncContextManager[Company]
    if provider == "qbo":
        chosen = {**qbo_company.SETTINGS, **hold}
        opened = qbo_company.connected(quickbooks, chosen=chosen)
    else:
        opened = connected(chosen={**SETTINGS, **hold})
    async with opened as company:
        ledger = LedgerHarness(company)
        async with open_sync_harness(migrated_database_url, company, realm="1") as harness:
            await invoiced(harness, ledger)
            record = await paid(harness, paying(ledger, "59.98", "invoice1"))
            assert (record["state"], record["reason"]["code"]) == (
                "held",
                "payment_unallocated",
            )
            currency = company.currency
            assert f"0.01 {currency} of the payment of 59.98" in record["reason"]["cause"]
            assert (await received(company))["total"] == 0
            await agreed(harness, paying(ledger, "59.97", "invoice1"), 2)


@AT_XERO
async def test_a_void_waits_for_the_person_who_alone_can_void_an_overpayment(
    harness: SyncHarness, company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    await invoiced(harness, ledger)
    await agreed(harness, paying(ledger, "200.00", "invoice1"))
    void = paying(ledger, "200.00", "invoice1", status=Status.VOIDED)
    record = await paid(harness, void, 2)
    assert (record["state"], record["reason"]["code"]) == ("held", "overpayment_stays")
    assert "140.03 of the payment are an overpayment" in record["reason"]["cause"]
    assert await received(company) == {"total": 200, "left": Decimal("140.03")}, "untouched"
    (advance,) = await company.read("BankTransactions")
    await company.person_does(
        f"BankTransactions/{advance['BankTransactionID']}", {"Status": "DELETED"}
    )
    await harness.release("payment")
    await harness.work()
    assert (await harness.record("payment"))["state"] == "agreed"
    assert await received(company) == {"total": 0, "left": 0}
    assert await open_amount(harness, company, "invoice1") == WHOLE


@pytest.mark.parametrize("company", ["qbo"], indirect=True)
async def test_a_void_takes_the_unapplied_part_too(
    harness: SyncHarness, company: QboCompany, ledger: LedgerHarness
) -> None:
    await invoiced(harness, ledger)
    await agreed(harness, paying(ledger, "200.00", "invoice1"))
    await agreed(harness, paying(ledger, "200.00", "invoice1", status=Status.VOIDED), 2)
    assert await received(company) == {"total": 0, "left": 0}


@AT_XERO
@pytest.mark.parametrize(
    "change",
    [
        {"amount": "150.00"},
        {"allocations": []},
        {"reference": "cheque 10"},
        {"paid_on": "2026-08-02"},
        {"allocations": [{"invoice_id": f"invoice{n}", "amount": "59.97"} for n in (1, 2, 3)]},
    ],
    ids=["less", "not allocated", "reference", "date", "more than is left"],
)
async def test_what_can_not_be_changed_is_held_and_nothing_is_touched(
    harness: SyncHarness,
    company: XeroOrganisation,
    ledger: LedgerHarness,
    change: dict[str, Any],
) -> None:
    await invoiced(harness, ledger)
    await harness.announce(INVOICE, ledger.document(INVOICE, id="invoice3", number="INV-3"))
    first = paying(ledger, "200.00", "invoice1")
    await agreed(harness, first)
    (advance,) = await company.read("Overpayments")
    refund = {
        "Overpayment": {"OverpaymentID": advance["OverpaymentID"]},
        "Account": {"Code": "090"},
        "Date": "2026-08-01",
        "Amount": 100,
    }
    await company.person_does("Payments", refund)
    before = await received(company)
    assert before["left"] == Decimal("40.03")
    fields = first.model_dump(mode="json") | change
    record = await paid(harness, ledger.document(PAYMENT, **fields), 2)
    assert (record["state"], record["reason"]["code"]) == ("held", "payment_immutable")
    assert await received(company) == before

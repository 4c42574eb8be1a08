"""A ledger whose total is not the platform's: the record is held, and says by how much."""

from decimal import Decimal
from typing import Any

import pytest

from schemas.documents.document import Document, DocumentType
from tests.contracts.ledger_harness import (
    ACCOUNT,
    BILL,
    CUSTOMER,
    INVOICE,
    ITEM,
    TRADE,
    VENDOR,
    LedgerHarness,
    line,
)
from tests.integration.consumers.sync_harness import SyncHarness
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation

Company = QboCompany | XeroOrganisation
PARTY = {INVOICE: CUSTOMER, BILL: VENDOR}
CENT = Decimal("0.01")


def priced(ledger: LedgerHarness, kind: DocumentType, price: str = "19.99") -> Document:
    lines = [line("1", "3", price, ledger.company.tax_rate)]
    return ledger.document(kind, tax_mode="exclusive", lines=lines)


async def answer_one_cent_more(company: Company) -> None:
    """Let every answer of the ledger have totals that its rounding made one cent more."""
    await company.control("faults", {"name": "rounding", "kind": "cent_more"})


async def answer_truly(company: Company) -> None:
    await company.client.delete("/_simulator/faults/rounding")


def total_of(document: Any) -> Decimal:
    return Decimal(document.totals().total)


@pytest.mark.accepts("DRV-07", "DRV-24", "ENT-09", "ENT-18")
@pytest.mark.parametrize("kind", TRADE, ids=lambda kind: kind.value)
async def test_a_total_that_differs_by_a_cent_is_held_with_both_figures(
    harness: SyncHarness, ledger: LedgerHarness, company: Company, kind: DocumentType
) -> None:
    for needed in (ACCOUNT, ITEM, PARTY[kind]):
        await harness.announce(needed, ledger.document(needed))
    await harness.work()
    before = await company.count(kind)
    document = priced(ledger, kind)
    ours = total_of(document)
    await answer_one_cent_more(company)
    await harness.announce(kind, document)
    await harness.work()
    held = await harness.record(kind.value)
    assert (held["state"], held["reason"]["code"]) == ("held", "total_mismatch")
    assert held["reason"]["category"] == "validation"
    assert f"total {ours + CENT} " in held["reason"]["cause"]
    assert f"platform says {ours} " in held["reason"]["cause"]
    assert held["external_id"], "the ledger has it: it is linked"
    await harness.work()
    assert await company.count(kind) == before + 1, "it is not written again"

    await answer_truly(company)
    await harness.announce(kind, priced(ledger, kind, price="20.49"), 2)
    await harness.work()
    agreed = await harness.record(kind.value)
    assert (agreed["state"], agreed["reason"]) == ("agreed", None)
    assert agreed["external_id"] == held["external_id"]
    assert await company.count(kind) == before + 1


@pytest.mark.accepts("ENT-09", "ENT-18")
@pytest.mark.parametrize("kind", TRADE, ids=lambda kind: kind.value)
async def test_a_change_that_makes_the_totals_differ_is_held_too(
    harness: SyncHarness, ledger: LedgerHarness, company: Company, kind: DocumentType
) -> None:
    for needed in (ACCOUNT, ITEM, PARTY[kind]):
        await harness.announce(needed, ledger.document(needed))
    await harness.announce(kind, priced(ledger, kind))
    await harness.work()
    assert (await harness.record(kind.value))["state"] == "agreed"
    await answer_one_cent_more(company)
    await harness.announce(kind, priced(ledger, kind, price="20.49"), 2)
    await harness.work()
    held = await harness.record(kind.value)
    assert (held["state"], held["reason"]["code"]) == ("held", "total_mismatch")
    assert held["base_version"] == 1, "the two sides last agreed on the first version"


@pytest.mark.parametrize("kind", TRADE, ids=lambda kind: kind.value)
async def test_a_document_that_changes_back_after_a_held_total_is_sent_again(
    harness: SyncHarness, ledger: LedgerHarness, company: Company, kind: DocumentType
) -> None:
    for needed in (ACCOUNT, ITEM, PARTY[kind]):
        await harness.announce(needed, ledger.document(needed))
    first = priced(ledger, kind)
    await harness.announce(kind, first)
    await harness.work()
    await answer_one_cent_more(company)
    await harness.announce(kind, priced(ledger, kind, price="20.49"), 2)
    await harness.work()
    held = await harness.record(kind.value)
    assert (held["state"], held["base"], held["base_version"]) == ("held", None, 1)
    await answer_truly(company)
    await harness.announce(kind, first, 3)
    await harness.work()
    agreed = await harness.record(kind.value)
    assert agreed["state"] == "agreed"
    assert agreed["observed_version"] > held["observed_version"], "an update was sent"
    figures = agreed["ledger_figures"]
    assert Decimal(str(figures["total"])) == total_of(first)


@pytest.mark.accepts("ENT-09", "ENT-18", "ERR-08", "ERR-15")
@pytest.mark.parametrize("kind", TRADE, ids=lambda kind: kind.value)
async def test_what_is_released_is_compared_again_before_it_counts_as_agreed(
    harness: SyncHarness, ledger: LedgerHarness, company: Company, kind: DocumentType
) -> None:
    for needed in (ACCOUNT, ITEM, PARTY[kind]):
        await harness.announce(needed, ledger.document(needed))
    await harness.work()
    await answer_one_cent_more(company)
    await harness.announce(kind, priced(ledger, kind))
    await harness.work()
    before = await company.count(kind)
    await harness.release(kind.value)
    await harness.work()
    held = await harness.record(kind.value)
    assert (held["state"], held["reason"]["code"]) == ("held", "total_mismatch")
    await answer_truly(company)
    await harness.release(kind.value)
    await harness.work()
    agreed = await harness.record(kind.value)
    assert (agreed["state"], agreed["reason"]) == ("agreed", None)
    assert await company.count(kind) == before

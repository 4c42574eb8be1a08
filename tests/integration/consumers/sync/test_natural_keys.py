"""Keys in any spelling of blanks and Unicode: one record, which is found at both ledgers."""

import unicodedata
from collections.abc import Mapping
from typing import Any

import pytest

from schemas.documents.document import DocumentType
from tests.contracts.ledger_harness import (
    ACCOUNT,
    BILL,
    CUSTOMER,
    INVOICE,
    ITEM,
    VENDOR,
    LedgerHarness,
)
from tests.integration.consumers.sync.test_life_of_documents import NEEDED, Company, stock
from tests.integration.consumers.sync.test_refused_versions import take
from tests.integration.consumers.sync_harness import SyncHarness

pytestmark = pytest.mark.accepts("DRV-32")

KEY = "Café Öst 7"
SPELLINGS = {
    "as it is kept": KEY,
    "blanks around": f"  {KEY} ",
    "inner blanks": KEY.replace(" ", "   "),
    "tabs and ends of lines": KEY.replace(" ", "\t\n"),
    "no-break spaces": KEY.replace(" ", "\u00a0"),
    "decomposed": unicodedata.normalize("NFD", KEY),
    "marks without width": f"\ufeff{KEY[0]}\u200b{KEY[1:]}",
    "control characters": f"\x07{KEY}\x1f",
}
FIELDS = {
    CUSTOMER: "name",
    VENDOR: "name",
    ITEM: "code",
    ACCOUNT: "name",
    INVOICE: "number",
    BILL: "number",
}
SPELLED = pytest.mark.parametrize("spelling", SPELLINGS)
KINDS = pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.value)


def written(ledger: LedgerHarness, kind: DocumentType, spelling: str) -> dict[str, Any]:
    """Return the fields of a document as a service writes them."""
    plain: Mapping[str, Any] = ledger.document(kind).model_dump(mode="json")
    return {**plain, FIELDS[kind]: SPELLINGS[spelling]}


async def announce(
    harness: SyncHarness, ledger: LedgerHarness, kind: DocumentType, spelling: str, version: int
) -> None:
    await take(harness, kind, version, written(ledger, kind, spelling))


async def needed_for(harness: SyncHarness, ledger: LedgerHarness, kind: DocumentType) -> None:
    """Bring to the ledger what a document of the kind names."""
    names = {reference.type for reference in ledger.document(kind).references()}
    wanted = [one for one in NEEDED if one in names or one is ACCOUNT]
    await stock(harness, ledger, *(one for one in wanted if one is not kind))


@KINDS
async def test_spellings_of_one_key_are_one_record_and_no_change(
    harness: SyncHarness, ledger: LedgerHarness, company: Company, kind: DocumentType
) -> None:
    await needed_for(harness, ledger, kind)
    before = await company.count(kind)
    await announce(harness, ledger, kind, "as it is kept", 1)
    await harness.work()
    calls = len(company.calls)
    for version, spelling in enumerate(SPELLINGS, start=2):
        await announce(harness, ledger, kind, spelling, version)
        await harness.work()
        record = await harness.record(kind.value)
        assert (record["state"], record["base_version"]) == ("agreed", version), spelling
        assert record["desired"][FIELDS[kind]] == KEY
    assert await company.count(kind) == before + 1
    assert len(company.calls) == calls, "no spelling is a change"


@SPELLED
@KINDS
async def test_what_was_written_in_one_spelling_is_found_in_another(
    harness: SyncHarness,
    ledger: LedgerHarness,
    company: Company,
    kind: DocumentType,
    spelling: str,
) -> None:
    """The answer to the create is lost with the worker: only a look-up can tell."""
    await needed_for(harness, ledger, kind)
    before = await company.count(kind)
    await announce(harness, ledger, kind, spelling, 1)
    await harness.killed_at("after_call_before_settle")
    assert await company.count(kind) == before + 1
    await announce(harness, ledger, kind, "as it is kept", 2)
    await harness.work()
    record = await harness.record(kind.value)
    assert (record["state"], record["base_version"]) == ("agreed", 2)
    assert await company.count(kind) == before + 1


@SPELLED
@pytest.mark.parametrize("kind", [ITEM, INVOICE], ids=lambda kind: kind.value)
async def test_another_document_of_the_same_key_is_no_twin(
    harness: SyncHarness,
    ledger: LedgerHarness,
    company: Company,
    kind: DocumentType,
    spelling: str,
) -> None:
    await needed_for(harness, ledger, kind)
    await announce(harness, ledger, kind, "as it is kept", 1)
    await harness.work()
    count = await company.count(kind)
    other = {**written(ledger, kind, spelling), "id": "another"}
    await take(harness, kind, 1, other)
    await harness.work()
    record = await harness.record("another")
    assert record["state"] == "held"
    assert record["reason"]["code"] in ("already_linked", "number_taken")
    assert await company.count(kind) == count

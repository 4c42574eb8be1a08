"""What pushing relies on of any ledger, small enough that the simulation's passes it too.

All else that is promised of a provider is in `ledger.py`. The documents carry what the
simulated ledger reads the version of a document from.
"""

from dataclasses import replace

import pytest

from providers.base import External, Operation, Result, Write, Written
from providers.errors import Blocked, Gone, Stale, Uncertain
from schemas.documents.document import DocumentType
from tests.contracts.ledger_harness import (
    CUSTOMER,
    INVOICE,
    PAYMENT,
    Company,
    LedgerHarness,
    Trouble,
)

WRITTEN = (CUSTOMER, INVOICE)
NOTES = {CUSTOMER: "phone", INVOICE: "reference", PAYMENT: "reference"}


async def prepared(
    ledger: LedgerHarness, kind: DocumentType, version: int = 1, **fields: object
) -> Write:
    """Return the write of a version of a document; what it names is in the ledger."""
    needed = {INVOICE: (CUSTOMER,), PAYMENT: (CUSTOMER, INVOICE)}.get(kind, ())
    for one in needed:
        document = ledger.document(one, **noted(one, 1))
        if not any(reference.type is one for reference in ledger.links):
            await ledger.done(Operation.CREATE, ledger.write(document))
    changed = () if version == 1 else (NOTES[kind],)
    return ledger.write(ledger.document(kind, **noted(kind, version), **fields), *changed)


def noted(kind: DocumentType, version: int) -> dict[str, object]:
    """Return the fields of a version, without anything that a ledger may not know of."""
    lines = {"lines": [{"id": "1", "quantity": "3", "unit_price": "19.99"}]}
    return {NOTES[kind]: f"v{version}", **(lines if kind is INVOICE else {})}


class LedgerWritesContract:
    """Every ledger that records are pushed to passes this; a subclass gives ``company``."""

    @pytest.fixture
    def ledger(self, company: Company) -> LedgerHarness:
        return LedgerHarness(company)

    @pytest.mark.parametrize("kind", WRITTEN)
    async def test_a_create_that_is_repeated_with_its_key_is_one_record(
        self, ledger: LedgerHarness, kind: DocumentType
    ) -> None:
        write = await prepared(ledger, kind)
        before = await ledger.company.count(kind)
        first = await ledger.done(Operation.CREATE, write)
        again = await ledger.done(Operation.CREATE, write)
        assert again.external.id == first.external.id
        assert await ledger.company.count(kind) == before + 1

    @pytest.mark.parametrize("kind", WRITTEN)
    async def test_a_document_is_found_without_its_link_once_it_is_there(
        self, ledger: LedgerHarness, kind: DocumentType
    ) -> None:
        write = await prepared(ledger, kind)
        assert await ledger.found(write) is None
        written = await ledger.done(Operation.CREATE, write)
        assert external_of(await ledger.found(write)).id == written.external.id

    async def test_an_invoice_has_the_figures_of_its_document(
        self, ledger: LedgerHarness
    ) -> None:
        write = await prepared(ledger, INVOICE)
        written = await ledger.done(Operation.CREATE, write)
        totals = write.document.totals()  # type: ignore[attr-defined] # an invoice
        assert written.figures is not None
        assert (written.figures.total, written.figures.tax) == (totals.total, totals.tax)

    @pytest.mark.parametrize("kind", WRITTEN)
    async def test_an_update_changes_the_same_record(
        self, ledger: LedgerHarness, kind: DocumentType
    ) -> None:
        created = await ledger.done(Operation.CREATE, await prepared(ledger, kind))
        count = await ledger.company.count(kind)
        updated = await ledger.done(Operation.UPDATE, await prepared(ledger, kind, 2))
        assert updated.external.id == created.external.id
        assert await ledger.company.count(kind) == count

    @pytest.mark.parametrize("operation", [Operation.UPDATE, Operation.VOID])
    async def test_a_version_that_was_overtaken_is_refused_where_the_ledger_has_versions(
        self, ledger: LedgerHarness, operation: Operation
    ) -> None:
        created = await ledger.done(Operation.CREATE, await prepared(ledger, INVOICE))
        await ledger.done(Operation.UPDATE, await prepared(ledger, INVOICE, 2))
        status = "voided" if operation is Operation.VOID else "approved"
        late = await prepared(ledger, INVOICE, 3, status=status)
        late = replace(late, external=created.external)
        result = await ledger.result(operation, late)
        assert isinstance(result, Stale if ledger.company.has_versions else Written)

    async def test_a_record_that_is_not_there_is_gone(self, ledger: LedgerHarness) -> None:
        await ledger.done(Operation.CREATE, await prepared(ledger, CUSTOMER))
        lost = await prepared(ledger, CUSTOMER, 2)
        lost = replace(lost, external=External(ledger.company.unknown_id, "0"))
        assert isinstance(await ledger.error(Operation.UPDATE, lost), Gone)

    async def test_a_void_is_done_and_found(self, ledger: LedgerHarness) -> None:
        await ledger.done(Operation.CREATE, await prepared(ledger, INVOICE))
        void = await prepared(ledger, INVOICE, 2, status="voided")
        assert (await ledger.done(Operation.VOID, void)).voided
        found = await ledger.found(void)
        assert isinstance(found, Written)
        assert found.voided

    async def test_a_paid_invoice_is_voided_only_where_the_ledger_unapplies_payments(
        self, ledger: LedgerHarness
    ) -> None:
        await ledger.done(Operation.CREATE, await prepared(ledger, INVOICE))
        await ledger.done(Operation.CREATE, await prepared(ledger, PAYMENT))
        void = await prepared(ledger, INVOICE, 2, status="voided")
        result = await ledger.result(Operation.VOID, void)
        if ledger.company.voids_paid:
            assert isinstance(result, Written)
            assert result.voided
        else:
            assert isinstance(result, Blocked)

    @pytest.mark.parametrize("kind", WRITTEN)
    async def test_a_lost_answer_is_a_doubt_and_the_work_may_be_done(
        self, ledger: LedgerHarness, kind: DocumentType
    ) -> None:
        write = await prepared(ledger, kind)
        before = await ledger.company.count(kind)
        await ledger.company.strike(Trouble.ANSWER_LOST)
        assert isinstance(await ledger.error(Operation.CREATE, write), Uncertain)
        assert external_of(await ledger.found(write)).id
        assert await ledger.company.count(kind) == before + 1


def external_of(found: Result | None) -> External:
    assert isinstance(found, Written), found
    return found.external

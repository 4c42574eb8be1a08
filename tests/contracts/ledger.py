"""What every ledger promises, whatever the provider, tried on one company over real HTTP."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from providers.base import External, Operation, Result, Written
from providers.errors import NeedsPerson, ProviderError, RateLimited, Retryable, Uncertain
from schemas.documents.document import DocumentType, Reference
from schemas.documents.trade import TradeDocument
from tests.contracts.ledger_harness import (
    CHANGES,
    CUSTOMER,
    EVERY,
    INVOICE,
    NAMES,
    TRADE,
    TRANSACTIONS,
    Company,
    LedgerHarness,
    Trouble,
    key_of,
    line,
)


def classed(line_id: str, class_code: str) -> dict[str, Any]:
    """Return an untaxed line with a class."""
    return {**line(line_id, "1", "10.00", "0"), "class_code": class_code}


@pytest.mark.accepts("OTH-06")
class LedgerContract:
    """Every ledger passes this; a subclass gives the fixture ``company``."""

    @pytest.fixture
    def ledger(self, company: Company) -> LedgerHarness:
        return LedgerHarness(company)

    @pytest.mark.parametrize("document_type", EVERY)
    async def test_a_create_makes_one_record(
        self, ledger: LedgerHarness, document_type: DocumentType
    ) -> None:
        write = await ledger.prepared(document_type)
        before = await ledger.company.count(document_type)
        written = await ledger.done(Operation.CREATE, write)
        assert written.external.id
        assert not written.voided
        assert await ledger.company.count(document_type) == before + 1

    @pytest.mark.accepts("ENT-09")
    @pytest.mark.parametrize("mode", ["exclusive", "inclusive", "none"])
    @pytest.mark.parametrize("document_type", TRADE)
    async def test_the_ledger_holds_the_figures_of_the_document(
        self, ledger: LedgerHarness, document_type: DocumentType, mode: str
    ) -> None:
        lines = [line("1", "3", "19.99", ledger.company.tax_rate), line("2", "7", "0.35", "0")]
        lines[0]["discount"] = {"percent": "12.5"}
        written = await ledger.stocked(
            document_type, tax_mode=mode, lines=lines, discount={"amount": "3.33"}
        )
        document = ledger.document(
            document_type, tax_mode=mode, lines=lines, discount={"amount": "3.33"}
        )
        assert isinstance(document, TradeDocument)
        figures = written.figures
        assert figures is not None
        totals = document.totals()
        assert (figures.total, figures.tax) == (totals.total, totals.tax)
        assert figures.balance == totals.total

    @pytest.mark.accepts("ERR-14")
    @pytest.mark.parametrize("document_type", EVERY)
    async def test_a_create_repeated_with_its_key_makes_no_second_record(
        self, ledger: LedgerHarness, document_type: DocumentType
    ) -> None:
        write = await ledger.prepared(document_type)
        first = await ledger.done(Operation.CREATE, write)
        count = await ledger.company.count(document_type)
        again = await ledger.done(Operation.CREATE, write)
        assert again.external.id == first.external.id
        assert await ledger.company.count(document_type) == count

    @pytest.mark.parametrize("document_type", EVERY)
    async def test_what_is_absent_is_not_found(
        self, ledger: LedgerHarness, document_type: DocumentType
    ) -> None:
        assert await ledger.found(await ledger.prepared(document_type)) is None

    @pytest.mark.parametrize("document_type", EVERY)
    async def test_what_was_written_is_found_without_its_link(
        self, ledger: LedgerHarness, document_type: DocumentType
    ) -> None:
        write = await ledger.prepared(document_type)
        written = await ledger.done(Operation.CREATE, write)
        found = await ledger.found(write)
        assert isinstance(found, Written), found
        assert found.external.id == written.external.id
        assert found.figures == written.figures

    @pytest.mark.parametrize("document_type", EVERY)
    async def test_what_is_linked_is_found_by_its_link(
        self, ledger: LedgerHarness, document_type: DocumentType
    ) -> None:
        written = await ledger.stocked(document_type)
        found = await ledger.found(ledger.write(ledger.document(document_type)))
        assert isinstance(found, Written), found
        assert found.external.id == written.external.id
        assert not found.voided

    @pytest.mark.parametrize("document_type", EVERY)
    async def test_an_update_changes_the_same_record_or_waits_for_a_person(
        self, ledger: LedgerHarness, document_type: DocumentType
    ) -> None:
        written = await ledger.stocked(document_type)
        count = await ledger.company.count(document_type)
        changes = CHANGES[document_type]
        changed = ledger.write(ledger.document(document_type, **changes), *changes)
        if document_type in ledger.company.immutable:
            assert isinstance(await ledger.error(Operation.UPDATE, changed), NeedsPerson)
        else:
            updated = await ledger.done(Operation.UPDATE, changed)
            assert updated.external.id == written.external.id
        assert await ledger.company.count(document_type) == count

    @pytest.mark.parametrize("document_type", TRADE)
    async def test_new_lines_come_to_new_figures(
        self, ledger: LedgerHarness, document_type: DocumentType
    ) -> None:
        await ledger.stocked(document_type)
        lines = [line("1", "2", "10.00", ledger.company.tax_rate), line("3", "1", "5.00", "0")]
        document = ledger.document(document_type, tax_mode="exclusive", lines=lines)
        assert isinstance(document, TradeDocument)
        updated = await ledger.done(
            Operation.UPDATE, ledger.write(document, "lines", "tax_mode")
        )
        assert updated.figures is not None
        assert updated.figures.total == document.totals().total

    @pytest.mark.accepts("ENT-11", "MAP-18")
    @pytest.mark.parametrize("document_type", TRADE)
    async def test_a_line_arrives_with_its_class(
        self, ledger: LedgerHarness, document_type: DocumentType
    ) -> None:
        lines = [classed("1", "north"), classed("2", ""), classed("3", "unkept")]
        written = await ledger.stocked(document_type, lines=lines)
        record_id = written.external.id
        assert await ledger.company.classes(document_type, record_id) == ["North", "", ""]
        lines = [classed("1", ""), classed("2", "north")]
        await ledger.done(
            Operation.UPDATE, ledger.write(ledger.document(document_type, lines=lines), "lines")
        )
        assert await ledger.company.classes(document_type, record_id) == ["", "North"]

    @pytest.mark.accepts("ENT-11", "MAP-18")
    @pytest.mark.parametrize("document_type", TRADE)
    async def test_a_class_that_is_not_mapped_waits_for_a_person(
        self, ledger: LedgerHarness, document_type: DocumentType
    ) -> None:
        write = await ledger.prepared(document_type, lines=[classed("1", "west")])
        error = await ledger.error(Operation.CREATE, write)
        assert isinstance(error, NeedsPerson)
        assert error.reason.code == "class_unmapped"
        assert "west" in error.reason.cause
        assert await ledger.company.count(document_type) == 0

    @pytest.mark.parametrize("document_type", TRANSACTIONS)
    async def test_a_void_is_done_once_and_succeeds_again(
        self, ledger: LedgerHarness, document_type: DocumentType
    ) -> None:
        written = await ledger.stocked(document_type)
        for attempt in ("first", "second"):
            void = ledger.write(ledger.document(document_type, status="voided"))
            key = key_of(void.document, attempt)
            result = await ledger.done(Operation.VOID, replace(void, idempotency_key=key))
            assert result.voided
            assert result.external.id == written.external.id
            assert result.figures is None or result.figures.balance == 0

    @pytest.mark.parametrize("document_type", TRANSACTIONS)
    async def test_what_was_voided_is_found_void(
        self, ledger: LedgerHarness, document_type: DocumentType
    ) -> None:
        await ledger.stocked(document_type)
        void = ledger.write(ledger.document(document_type, status="voided"))
        await ledger.done(Operation.VOID, void)
        found = await ledger.found(void)
        assert isinstance(found, Written), found
        assert found.voided

    @pytest.mark.parametrize("document_type", NAMES)
    async def test_a_name_goes_out_of_use_and_comes_back(
        self, ledger: LedgerHarness, document_type: DocumentType
    ) -> None:
        written = await ledger.stocked(document_type)
        for active in (False, True):
            write = ledger.write(ledger.document(document_type, active=active), "active")
            result = await ledger.done(Operation.UPDATE, write)
            assert result.voided is not active
            assert result.external.id == written.external.id

    @pytest.mark.parametrize("document_type", NAMES)
    async def test_a_name_out_of_use_is_not_taken_over(
        self, ledger: LedgerHarness, document_type: DocumentType
    ) -> None:
        write = await ledger.prepared(document_type)
        await ledger.done(Operation.CREATE, write)
        away = ledger.write(ledger.document(document_type, active=False), "active")
        await ledger.done(Operation.UPDATE, away)
        assert isinstance(await ledger.found(write), NeedsPerson)

    async def test_a_number_of_another_invoice_waits_for_a_person(
        self, ledger: LedgerHarness
    ) -> None:
        await ledger.stocked(INVOICE)
        other = ledger.write(ledger.document(INVOICE, id="another"))
        count = await ledger.company.count(INVOICE)
        assert isinstance(await ledger.error(Operation.CREATE, other), ProviderError)
        found = await ledger.found(other)
        assert isinstance(found, NeedsPerson)
        assert found.reason.code == "number_taken"
        assert await ledger.company.count(INVOICE) == count

    async def test_a_reference_to_nothing_is_told_and_writes_nothing(
        self, ledger: LedgerHarness
    ) -> None:
        write = await ledger.prepared(INVOICE)
        customer = Reference(CUSTOMER, "customer")
        lost = replace(
            write, links={**write.links, customer: External(ledger.company.unknown_id)}
        )
        error = await ledger.error(Operation.CREATE, lost)
        assert not isinstance(error, Retryable)
        assert error.reason.fix
        assert await ledger.company.count(INVOICE) == 0

    async def test_each_write_has_its_own_result_in_order(self, ledger: LedgerHarness) -> None:
        good = await ledger.prepared(INVOICE, id="good", number="G-1")
        customer = Reference(CUSTOMER, "customer")
        bad = ledger.write(ledger.document(INVOICE, id="bad", number="B-1"))
        bad = replace(bad, links={**bad.links, customer: External(ledger.company.unknown_id)})
        best = ledger.write(ledger.document(INVOICE, id="best", number="G-2"))
        limit = ledger.company.provider.batch_limit(INVOICE, Operation.CREATE)
        results: list[Result] = []
        writes = [good, bad, best]
        for start in range(0, len(writes), limit):
            chunk = writes[start : start + limit]
            results += await ledger.company.ledger.write(Operation.CREATE, chunk)
        assert [isinstance(result, Written) for result in results] == [True, False, True]

    @pytest.mark.accepts("ERR-13")
    async def test_a_throttle_says_how_long_and_writes_nothing(
        self, ledger: LedgerHarness
    ) -> None:
        write = await ledger.prepared(INVOICE)
        await ledger.company.strike(Trouble.RATE_LIMITED)
        with pytest.raises(RateLimited) as throttled:
            await ledger.result(Operation.CREATE, write)
        assert throttled.value.retry_after > timedelta(0)
        assert await ledger.company.count(INVOICE) == 0
        await ledger.done(Operation.CREATE, write)

    async def test_an_expired_token_is_replaced_and_nobody_notices(
        self, ledger: LedgerHarness
    ) -> None:
        write = await ledger.prepared(INVOICE)
        await ledger.company.strike(Trouble.TOKEN_EXPIRED)
        await ledger.done(Operation.CREATE, write)
        assert await ledger.company.count(INVOICE) == 1

    @pytest.mark.accepts("ERR-14")
    @pytest.mark.parametrize("document_type", EVERY)
    async def test_a_lost_answer_is_a_doubt_that_a_look_up_ends(
        self, ledger: LedgerHarness, document_type: DocumentType
    ) -> None:
        write = await ledger.prepared(document_type)
        before = await ledger.company.count(document_type)
        await ledger.company.strike(Trouble.ANSWER_LOST)
        assert isinstance(await ledger.error(Operation.CREATE, write), Uncertain)
        found = await ledger.found(write)
        assert isinstance(found, Written), found
        again = await ledger.done(Operation.CREATE, write)
        assert again.external.id == found.external.id
        assert await ledger.company.count(document_type) == before + 1

    async def test_a_broken_server_may_be_tried_again(self, ledger: LedgerHarness) -> None:
        write = await ledger.prepared(INVOICE)
        await ledger.company.strike(Trouble.BROKEN)
        assert isinstance(await ledger.error(Operation.CREATE, write), Retryable)
        assert await ledger.found(write) is None
        await ledger.done(Operation.CREATE, write)
        assert await ledger.company.count(INVOICE) == 1

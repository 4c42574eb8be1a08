"""What every ledger promises, whatever the provider, tried on one company over real HTTP."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from providers.base import External, Operation, Result, Written
from providers.errors import NeedsPerson, ProviderError, RateLimited, Retryable, Uncertain
from schemas.documents.document import DocumentType, Reference
from schemas.documents.trade import TradeDocument
from tests.contracts.shop import (
    CHANGES,
    CUSTOMER,
    EVERY,
    INVOICE,
    NAMES,
    TRADE,
    TRANSACTIONS,
    Company,
    Shop,
    Trouble,
    key_of,
    line,
)


def classed(line_id: str, class_code: str) -> dict[str, Any]:
    """Give an untaxed line with a class."""
    return {**line(line_id, "1", "10.00", "0"), "class_code": class_code}


@pytest.mark.accepts("CON-22")
class LedgerContract:
    """Every ledger passes this; a subclass gives the fixture ``company``."""

    @pytest.fixture
    def shop(self, company: Company) -> Shop:
        return Shop(company)

    @pytest.mark.parametrize("document_type", EVERY)
    async def test_a_create_makes_one_record(
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        write = await shop.prepared(document_type)
        before = await shop.company.count(document_type)
        written = await shop.done(Operation.CREATE, write)
        assert written.external.id
        assert not written.voided
        assert await shop.company.count(document_type) == before + 1

    @pytest.mark.accepts("ENT-09")
    @pytest.mark.parametrize("mode", ["exclusive", "inclusive", "none"])
    @pytest.mark.parametrize("document_type", TRADE)
    async def test_the_ledger_holds_the_figures_of_the_document(
        self, shop: Shop, document_type: DocumentType, mode: str
    ) -> None:
        lines = [line("1", "3", "19.99", shop.company.tax_rate), line("2", "7", "0.35", "0")]
        lines[0]["discount"] = {"percent": "12.5"}
        written = await shop.stocked(
            document_type, tax_mode=mode, lines=lines, discount={"amount": "3.33"}
        )
        document = shop.document(
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
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        write = await shop.prepared(document_type)
        first = await shop.done(Operation.CREATE, write)
        count = await shop.company.count(document_type)
        again = await shop.done(Operation.CREATE, write)
        assert again.external.id == first.external.id
        assert await shop.company.count(document_type) == count

    @pytest.mark.parametrize("document_type", EVERY)
    async def test_what_is_absent_is_not_found(
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        assert await shop.found(await shop.prepared(document_type)) is None

    @pytest.mark.parametrize("document_type", EVERY)
    async def test_what_was_written_is_found_without_its_link(
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        write = await shop.prepared(document_type)
        written = await shop.done(Operation.CREATE, write)
        found = await shop.found(write)
        assert isinstance(found, Written), found
        assert found.external.id == written.external.id
        assert found.figures == written.figures

    @pytest.mark.parametrize("document_type", EVERY)
    async def test_what_is_linked_is_found_by_its_link(
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        written = await shop.stocked(document_type)
        found = await shop.found(shop.write(shop.document(document_type)))
        assert isinstance(found, Written), found
        assert found.external.id == written.external.id
        assert not found.voided

    @pytest.mark.parametrize("document_type", EVERY)
    async def test_an_update_changes_the_same_record_or_waits_for_a_person(
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        written = await shop.stocked(document_type)
        count = await shop.company.count(document_type)
        changes = CHANGES[document_type]
        changed = shop.write(shop.document(document_type, **changes), *changes)
        if document_type in shop.company.immutable:
            assert isinstance(await shop.error(Operation.UPDATE, changed), NeedsPerson)
        else:
            updated = await shop.done(Operation.UPDATE, changed)
            assert updated.external.id == written.external.id
        assert await shop.company.count(document_type) == count

    @pytest.mark.parametrize("document_type", TRADE)
    async def test_new_lines_come_to_new_figures(
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        await shop.stocked(document_type)
        lines = [line("1", "2", "10.00", shop.company.tax_rate), line("3", "1", "5.00", "0")]
        document = shop.document(document_type, tax_mode="exclusive", lines=lines)
        assert isinstance(document, TradeDocument)
        updated = await shop.done(Operation.UPDATE, shop.write(document, "lines", "tax_mode"))
        assert updated.figures is not None
        assert updated.figures.total == document.totals().total

    @pytest.mark.accepts("ENT-11")
    @pytest.mark.parametrize("document_type", TRADE)
    async def test_a_line_arrives_with_its_class(
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        lines = [classed("1", "north"), classed("2", ""), classed("3", "unkept")]
        written = await shop.stocked(document_type, lines=lines)
        record_id = written.external.id
        assert await shop.company.classes(document_type, record_id) == ["North", "", ""]
        lines = [classed("1", ""), classed("2", "north")]
        await shop.done(
            Operation.UPDATE, shop.write(shop.document(document_type, lines=lines), "lines")
        )
        assert await shop.company.classes(document_type, record_id) == ["", "North"]

    @pytest.mark.accepts("ENT-11")
    @pytest.mark.parametrize("document_type", TRADE)
    async def test_a_class_that_is_not_mapped_waits_for_a_person(
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        write = await shop.prepared(document_type, lines=[classed("1", "west")])
        error = await shop.error(Operation.CREATE, write)
        assert isinstance(error, NeedsPerson)
        assert error.reason.code == "class_unmapped"
        assert "west" in error.reason.cause
        assert await shop.company.count(document_type) == 0

    @pytest.mark.parametrize("document_type", TRANSACTIONS)
    async def test_a_void_is_done_once_and_succeeds_again(
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        written = await shop.stocked(document_type)
        for attempt in ("first", "second"):
            void = shop.write(shop.document(document_type, status="voided"))
            key = key_of(void.document, attempt)
            result = await shop.done(Operation.VOID, replace(void, idempotency_key=key))
            assert result.voided
            assert result.external.id == written.external.id
            assert result.figures is None or result.figures.balance == 0

    @pytest.mark.parametrize("document_type", TRANSACTIONS)
    async def test_what_was_voided_is_found_void(
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        await shop.stocked(document_type)
        void = shop.write(shop.document(document_type, status="voided"))
        await shop.done(Operation.VOID, void)
        found = await shop.found(void)
        assert isinstance(found, Written), found
        assert found.voided

    @pytest.mark.parametrize("document_type", NAMES)
    async def test_a_name_goes_out_of_use_and_comes_back(
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        written = await shop.stocked(document_type)
        for active in (False, True):
            write = shop.write(shop.document(document_type, active=active), "active")
            result = await shop.done(Operation.UPDATE, write)
            assert result.voided is not active
            assert result.external.id == written.external.id

    @pytest.mark.parametrize("document_type", NAMES)
    async def test_a_name_out_of_use_is_not_taken_over(
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        write = await shop.prepared(document_type)
        await shop.done(Operation.CREATE, write)
        away = shop.write(shop.document(document_type, active=False), "active")
        await shop.done(Operation.UPDATE, away)
        assert isinstance(await shop.found(write), NeedsPerson)

    async def test_a_number_of_another_invoice_waits_for_a_person(self, shop: Shop) -> None:
        await shop.stocked(INVOICE)
        other = shop.write(shop.document(INVOICE, id="another"))
        count = await shop.company.count(INVOICE)
        assert isinstance(await shop.error(Operation.CREATE, other), ProviderError)
        found = await shop.found(other)
        assert isinstance(found, NeedsPerson)
        assert found.reason.code == "number_taken"
        assert await shop.company.count(INVOICE) == count

    async def test_a_reference_to_nothing_is_told_and_writes_nothing(self, shop: Shop) -> None:
        write = await shop.prepared(INVOICE)
        customer = Reference(CUSTOMER, "customer")
        lost = replace(
            write, links={**write.links, customer: External(shop.company.unknown_id)}
        )
        error = await shop.error(Operation.CREATE, lost)
        assert not isinstance(error, Retryable)
        assert error.reason.fix
        assert await shop.company.count(INVOICE) == 0

    async def test_each_write_has_its_own_result_in_order(self, shop: Shop) -> None:
        good = await shop.prepared(INVOICE, id="good", number="G-1")
        customer = Reference(CUSTOMER, "customer")
        bad = shop.write(shop.document(INVOICE, id="bad", number="B-1"))
        bad = replace(bad, links={**bad.links, customer: External(shop.company.unknown_id)})
        best = shop.write(shop.document(INVOICE, id="best", number="G-2"))
        limit = shop.company.provider.batch_limit(INVOICE, Operation.CREATE)
        results: list[Result] = []
        writes = [good, bad, best]
        for start in range(0, len(writes), limit):
            chunk = writes[start : start + limit]
            results += await shop.company.ledger.write(Operation.CREATE, chunk)
        assert [isinstance(result, Written) for result in results] == [True, False, True]

    @pytest.mark.accepts("ERR-13")
    async def test_a_throttle_says_how_long_and_writes_nothing(self, shop: Shop) -> None:
        write = await shop.prepared(INVOICE)
        await shop.company.strike(Trouble.RATE_LIMITED)
        with pytest.raises(RateLimited) as throttled:
            await shop.result(Operation.CREATE, write)
        assert throttled.value.retry_after > timedelta(0)
        assert await shop.company.count(INVOICE) == 0
        await shop.done(Operation.CREATE, write)

    async def test_an_expired_token_is_replaced_and_nobody_notices(self, shop: Shop) -> None:
        write = await shop.prepared(INVOICE)
        await shop.company.strike(Trouble.TOKEN_EXPIRED)
        await shop.done(Operation.CREATE, write)
        assert await shop.company.count(INVOICE) == 1

    @pytest.mark.accepts("ERR-14")
    @pytest.mark.parametrize("document_type", EVERY)
    async def test_a_lost_answer_is_a_doubt_that_a_look_up_ends(
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        write = await shop.prepared(document_type)
        before = await shop.company.count(document_type)
        await shop.company.strike(Trouble.ANSWER_LOST)
        assert isinstance(await shop.error(Operation.CREATE, write), Uncertain)
        found = await shop.found(write)
        assert isinstance(found, Written), found
        again = await shop.done(Operation.CREATE, write)
        assert again.external.id == found.external.id
        assert await shop.company.count(document_type) == before + 1

    @pytest.mark.accepts("ERR-01")
    async def test_a_broken_server_may_be_tried_again(self, shop: Shop) -> None:
        write = await shop.prepared(INVOICE)
        await shop.company.strike(Trouble.BROKEN)
        assert isinstance(await shop.error(Operation.CREATE, write), Retryable)
        assert await shop.found(write) is None
        await shop.done(Operation.CREATE, write)
        assert await shop.company.count(INVOICE) == 1

"""What every ledger promises, whatever the provider, tried on one company over real HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest

from providers.base import External, Ledger, Operation, Provider, Result, Write, Written
from providers.errors import NeedsPerson, ProviderError, RateLimited, Retryable, Uncertain
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import Document, DocumentType, Reference
from schemas.documents.trade import TradeDocument

Fields = Mapping[str, Any]

CUSTOMER: Final = DocumentType.CUSTOMER
VENDOR: Final = DocumentType.VENDOR
ITEM: Final = DocumentType.ITEM
ACCOUNT: Final = DocumentType.ACCOUNT
INVOICE: Final = DocumentType.INVOICE
BILL: Final = DocumentType.BILL
PAYMENT: Final = DocumentType.PAYMENT
NAMES: Final = (CUSTOMER, VENDOR, ITEM, ACCOUNT)
TRADE: Final = (INVOICE, BILL)
TRANSACTIONS: Final = (*TRADE, PAYMENT)
EVERY: Final = (*NAMES, *TRANSACTIONS)


class Trouble(StrEnum):
    """What strikes the next write, once."""

    RATE_LIMITED = "rate limited"
    TOKEN_EXPIRED = "token expired"  # noqa: S105 - the name of a trouble
    BROKEN = "an error of the server, and nothing is done"
    ANSWER_LOST = "the connection drops, and everything is done"


class Company(Protocol):
    """One company of a provider, connected, described and empty.

    Its settings name default accounts for sales, purchases and deposits, and map the tax code
    ``zero`` where the company has several codes without tax.

    Attributes:
        tax_rate: Per cent; a rate that the company has exactly one tax code for.
        unknown_id: Well formed, and of no record.
        immutable: The documents that can't be changed once they are written.
    """

    provider: Provider
    ledger: Ledger
    currency: str
    tax_rate: str
    unknown_id: str
    immutable: frozenset[DocumentType]

    async def strike(self, trouble: Trouble) -> None:
        """Let something happen to the next write."""

    async def count(self, document_type: DocumentType) -> int:
        """Say how many records of the kind the company has, in use or not."""


@dataclass
class Shop:
    """A platform with one document of each kind, and the links that it was given."""

    company: Company
    links: dict[Reference, External] = field(default_factory=dict)

    def document(self, document_type: DocumentType, **fields: Any) -> Document:
        """Give the shop's document of a kind, with some fields otherwise."""
        least = _DOCUMENTS[document_type]
        if document_type in TRANSACTIONS:
            least = {**least, "currency": self.company.currency}
        return DOCUMENTS[document_type].model_validate({**least, **fields})

    def write(self, document: Document, *changed: str) -> Write:
        """Give the write of a document, with a key for what is in it."""
        document_type = next(t for t, model in DOCUMENTS.items() if type(document) is model)
        return Write(
            document_type=document_type,
            document=document,
            external=self.links.get(Reference(document_type, document.id)),
            links={r: self.links[r] for r in document.references()},
            idempotency_key=_key(document, *changed),
            changed=frozenset(changed),
        )

    async def prepared(self, document_type: DocumentType, **fields: Any) -> Write:
        """Give the write of a document after writing all that it names."""
        document = self.document(document_type, **fields)
        for reference in document.references():
            if reference not in self.links:
                await self.stocked(reference.type)
        return self.write(document)

    async def stocked(self, document_type: DocumentType, **fields: Any) -> Written:
        """Write a document and all that it names."""
        return await self.done(Operation.CREATE, await self.prepared(document_type, **fields))

    async def done(self, operation: Operation, write: Write) -> Written:
        """Carry out a write that must succeed."""
        result = await self.result(operation, write)
        assert isinstance(result, Written), result
        self.links[Reference(write.document_type, write.document.id)] = result.external
        return result

    async def result(self, operation: Operation, write: Write) -> Result:
        """Carry out one write."""
        (result,) = await self.company.ledger.write(operation, [write])
        return result

    async def error(self, operation: Operation, write: Write) -> ProviderError:
        """Carry out a write that must fail, for itself or with its call."""
        try:
            result = await self.result(operation, write)
        except ProviderError as error:
            return error
        assert isinstance(result, ProviderError), result
        return result

    async def found(self, write: Write) -> Result | None:
        """Look one document up."""
        (found,) = await self.company.ledger.find([write])
        return found


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

    @pytest.mark.parametrize("mode", ["exclusive", "inclusive", "none"])
    @pytest.mark.parametrize("document_type", TRADE)
    async def test_the_ledger_holds_the_figures_of_the_document(
        self, shop: Shop, document_type: DocumentType, mode: str
    ) -> None:
        lines = [_line("1", "3", "19.99", shop.company.tax_rate), _line("2", "7", "0.35", "0")]
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
    async def test_an_update_changes_the_same_record(
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        if document_type in shop.company.immutable:
            pytest.skip(f"a {document_type} can't be changed there")
        written = await shop.stocked(document_type)
        count = await shop.company.count(document_type)
        changes = _CHANGES[document_type]
        changed = shop.write(shop.document(document_type, **changes), *changes)
        updated = await shop.done(Operation.UPDATE, changed)
        assert updated.external.id == written.external.id
        assert await shop.company.count(document_type) == count

    async def test_a_document_that_can_not_be_changed_waits_for_a_person(
        self, shop: Shop
    ) -> None:
        for document_type in shop.company.immutable:
            await shop.stocked(document_type)
            changes = _CHANGES[document_type]
            changed = shop.write(shop.document(document_type, **changes), *changes)
            assert isinstance(await shop.error(Operation.UPDATE, changed), NeedsPerson)

    @pytest.mark.parametrize("document_type", TRADE)
    async def test_new_lines_come_to_new_figures(
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        await shop.stocked(document_type)
        lines = [_line("1", "2", "10.00", shop.company.tax_rate), _line("3", "1", "5.00", "0")]
        document = shop.document(document_type, tax_mode="exclusive", lines=lines)
        assert isinstance(document, TradeDocument)
        updated = await shop.done(Operation.UPDATE, shop.write(document, "lines", "tax_mode"))
        assert updated.figures is not None
        assert updated.figures.total == document.totals().total

    @pytest.mark.parametrize("document_type", TRANSACTIONS)
    async def test_a_void_is_done_once_and_succeeds_again(
        self, shop: Shop, document_type: DocumentType
    ) -> None:
        written = await shop.stocked(document_type)
        for attempt in ("first", "second"):
            void = shop.write(shop.document(document_type, status="voided"))
            key = _key(void.document, attempt)
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

    async def test_a_broken_server_may_be_tried_again(self, shop: Shop) -> None:
        write = await shop.prepared(INVOICE)
        await shop.company.strike(Trouble.BROKEN)
        assert isinstance(await shop.error(Operation.CREATE, write), Retryable)
        assert await shop.found(write) is None
        await shop.done(Operation.CREATE, write)
        assert await shop.company.count(INVOICE) == 1


def _key(document: Document, *changed: str) -> UUID:
    return uuid5(NAMESPACE_OID, f"{document.model_dump_json()} {sorted(changed)}")


def _line(line_id: str, quantity: str, price: str, tax_rate: str) -> dict[str, Any]:
    return {
        "id": line_id,
        "description": f"Work {line_id}",
        "item_id": "item",
        "quantity": quantity,
        "unit_price": price,
        "tax_rate": tax_rate,
        "tax_code": "" if Decimal(tax_rate) else "zero",
    }


_TRADE: Final[Fields] = {
    "issued_on": "2026-07-06",
    "due_on": "2026-08-20",
    "tax_mode": "none",
    "lines": [_line("1", "3", "19.99", "0")],
}
_DOCUMENTS: Final[Mapping[DocumentType, Fields]] = {
    CUSTOMER: {
        "id": "customer",
        "name": "O'Hara & Sons \\ Ltd",
        "email": "ap@ohara.example",
        "address": {"lines": ["14 Quay Rd"], "city": "Oakland", "country": "US"},
    },
    VENDOR: {"id": "vendor", "name": "Nordic Steel Ltd", "account_number": "A-1"},
    ACCOUNT: {"id": "account", "code": "4711", "name": "Field work", "kind": "revenue"},
    ITEM: {
        "id": "item",
        "code": "WRK-1",
        "name": "Field work, hour",
        "sales_price": "19.99",
        "purchase_price": "9.99",
        "income_account_id": "account",
    },
    INVOICE: {"id": "invoice", "number": "INV-77", "customer_id": "customer", **_TRADE},
    BILL: {"id": "bill", "number": "NS-88731", "vendor_id": "vendor", **_TRADE},
    PAYMENT: {
        "id": "payment",
        "customer_id": "customer",
        "paid_on": "2026-07-31",
        "amount": "59.97",
        "allocations": [{"invoice_id": "invoice", "amount": "59.97"}],
        "reference": "cheque 9",
    },
}
_CHANGES: Final[Mapping[DocumentType, Fields]] = {
    CUSTOMER: {"name": "O'Hara & Daughters Ltd", "phone": "555 0100"},
    VENDOR: {"account_number": "A-2"},
    ACCOUNT: {"name": "Work in the field"},
    ITEM: {"sales_price": "21.50", "description": "An hour in the field"},
    INVOICE: {"due_on": "2026-09-01"},
    BILL: {"due_on": "2026-09-01", "reference": "PO 7"},
    PAYMENT: {"reference": "cheque 10"},
}

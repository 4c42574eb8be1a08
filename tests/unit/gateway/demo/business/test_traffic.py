"""The made-up business: repeatable, complete, and such that both providers can hold it."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

import pytest
from hypothesis import given, settings, strategies as st

from gateway.demo.business.actions import Action, Change
from gateway.demo.business.document_factory import DocumentFactory
from gateway.demo.business.document_mix import LEAST, document_mix
from gateway.demo.business.platform_tax import TaxRounding, rounding_of, with_figures
from gateway.demo.business.scenario import QBO, TENANTS, XERO
from gateway.demo.business.seeded_random import SeededRandom
from gateway.demo.business.traffic import traffic
from schemas.currencies import minor_units
from schemas.documents.bill import Bill
from schemas.documents.catalogue import decode, encode
from schemas.documents.customer import Customer
from schemas.documents.document import Document, DocumentType, Status
from schemas.documents.invoice import Invoice
from schemas.documents.lines import TaxMode
from schemas.documents.payment import Payment
from schemas.documents.trade import TradeDocument
from schemas.documents.vendor import Vendor
from schemas.ids import TenantId

T = TypeVar("T", bound=Document)
TODAY = date(2026, 11, 21)
RUNS = given(
    seed=st.integers(0, 10_000),
    documents=st.integers(LEAST * len(TENANTS), 400),
)


def business(documents: int, seed: int) -> list[Action]:
    return traffic(TENANTS, documents=documents, seed=seed, today=TODAY)


def changes(actions: Sequence[Action]) -> Iterator[tuple[TenantId, Change]]:
    for action in actions:
        for change in action.changes:
            yield action.tenant_id, change


def test_the_same_seed_makes_the_same_business() -> None:
    assert business(200, 7) == business(200, 7)


def test_another_seed_makes_another_business() -> None:
    assert business(200, 7) != business(200, 8)


@settings(max_examples=20)
@RUNS
def test_there_are_as_many_documents_as_asked_for(seed: int, documents: int) -> None:
    ids = {
        (tenant, change.document.id) for tenant, change in changes(business(documents, seed))
    }
    assert len(ids) == documents


@settings(max_examples=20)
@RUNS
def test_every_state_of_every_document_is_a_valid_one(seed: int, documents: int) -> None:
    for _, change in changes(business(documents, seed)):
        assert decode(change.type, encode(change.document)) == change.document


@settings(max_examples=20)
@RUNS
def test_what_a_document_names_is_announced_in_the_end(seed: int, documents: int) -> None:
    known: defaultdict[TenantId, set[tuple[DocumentType, str]]] = defaultdict(set)
    named: defaultdict[TenantId, set[tuple[DocumentType, str]]] = defaultdict(set)
    for tenant, change in changes(business(documents, seed)):
        known[tenant].add((change.type, change.document.id))
        named[tenant].update((ref.type, ref.id) for ref in change.document.references())
    assert all(named[tenant] <= known[tenant] for tenant in named)


@settings(max_examples=20)
@RUNS
def test_an_invoice_is_edited_and_voided_only_before_anything_is_paid(
    seed: int, documents: int
) -> None:
    paid: set[str] = set()
    for _, change in changes(business(documents, seed)):
        if isinstance(change.document, Payment):
            paid.update(one.invoice_id for one in change.document.allocations)
        if isinstance(change.document, Invoice):
            assert change.document.id not in paid


@settings(max_examples=20)
@RUNS
def test_payments_are_allocated_in_full_and_never_exceed_their_invoice(
    seed: int, documents: int
) -> None:
    open_: dict[str, Decimal] = {}
    for _, change in changes(business(documents, seed)):
        document = change.document
        if isinstance(document, Invoice):
            open_[document.id] = document.totals().total
        if isinstance(document, Payment) and document.status is Status.APPROVED:
            assert sum(one.amount for one in document.allocations) == document.amount
            for one in document.allocations:
                open_[one.invoice_id] -= one.amount
                assert open_[one.invoice_id] >= 0


@settings(max_examples=20)
@RUNS
def test_a_payment_is_of_the_customer_of_its_invoices(seed: int, documents: int) -> None:
    customers: dict[str, str] = {}
    for _, change in changes(business(documents, seed)):
        document = change.document
        if isinstance(document, Invoice):
            customers[document.id] = document.customer_id
        if isinstance(document, Payment):
            of_invoices = {customers[one.invoice_id] for one in document.allocations}
            assert of_invoices == {document.customer_id}


@settings(max_examples=20)
@RUNS
def test_numbers_and_names_are_unique_within_a_tenant(seed: int, documents: int) -> None:
    last = {
        (tenant, change.type, change.document.id): change.document
        for tenant, change in changes(business(documents, seed))
    }
    numbers = Counter(
        (t, kind, getattr(d, "number", id_)) for (t, kind, id_), d in last.items()
    )
    names = Counter((t, kind, getattr(d, "name", id_)) for (t, kind, id_), d in last.items())
    assert set(numbers.values()) == set(names.values()) == {1}


def test_a_thousand_parties_have_names_of_their_own() -> None:
    """A ledger takes each name once, and two of 226 customers used to have the same."""
    factory = DocumentFactory(TENANTS[0], SeededRandom("1"), today=TODAY)
    for party in (factory.customer, factory.vendor):
        assert len({party().name for _ in range(1_000)}) == 1_000


def test_account_numbers_are_unique_within_a_tenant() -> None:
    """Xero takes each once; random ones met among the vendors of a business of 2,000."""
    vendors = {
        (tenant, change.document.id): change.document.account_number
        for tenant, change in changes(business(2_000, 22))
        if isinstance(change.document, Vendor)
    }
    assert len({(tenant, number) for (tenant, _), number in vendors.items()}) == len(vendors)


def test_ledgers_have_room_for_every_number() -> None:
    for _, change in changes(business(2000, 3)):
        if isinstance(change.document, TradeDocument):
            assert len(getattr(change.document, "number", "")) <= 21


@pytest.mark.parametrize(
    "event_type",
    [
        *("invoice.issued.v1", "invoice.drafted.v1", "invoice.amended.v1", "invoice.voided.v1"),
        *("bill.drafted.v1", "bill.approved.v1", "bill.voided.v1"),
        *("payment.received.v1", "payment.voided.v1"),
        *("customer.registered.v1", "customer.renamed.v1", "customer.changed.v1"),
        *("account.opened.v1", "item.added.v1", "vendor.registered.v1"),
    ],
)
def test_everything_that_a_business_does_happens_by_default(event_type: str) -> None:
    assert event_type in {change.event_type for _, change in changes(business(400, 1))}


def test_some_invoices_are_announced_before_their_customer() -> None:
    before = 0
    known: set[str] = set()
    for _, change in changes(business(400, 1)):
        known.add(change.document.id)
        if isinstance(change.document, Invoice) and change.document.customer_id not in known:
            before += 1
    assert before > 5


def test_prices_discounts_and_taxes_vary() -> None:
    trade = [
        c.document for _, c in changes(business(400, 1)) if isinstance(c.document, Invoice)
    ]
    lines = [line for invoice in trade for line in invoice.lines]
    assert {len(invoice.lines) for invoice in trade} >= {1, 2, 3, 4, 5, 6}
    assert {invoice.tax_mode.value for invoice in trade} == {"exclusive", "inclusive", "none"}
    assert {str(line.tax_rate) for line in lines} >= {"0", "5", "8", "15", "20"}
    assert any(line.discount and line.discount.percent for line in lines)
    assert any(line.discount and line.discount.amount for line in lines)
    assert any(invoice.discount for invoice in trade)


def documents_of(model: type[T], documents: int = 400) -> list[T]:
    found = (change.document for _, change in changes(business(documents, 1)))
    return [document for document in found if isinstance(document, model)]


def test_harbour_sells_and_buys_in_yen_and_dinars_at_both_ledgers() -> None:
    for model in (Invoice, Bill, Payment):
        found = {getattr(one, "currency", "") for one in documents_of(model, 800)}
        assert found >= {"GBP", "JPY", "KWD"}
    abroad = {
        tenant
        for tenant, change in changes(business(400, 1))
        if getattr(change.document, "currency", None) in ("JPY", "KWD")
    }
    assert abroad == {"harbour"}
    [harbour] = [tenant for tenant in TENANTS if tenant.id == "harbour"]
    assert {company.provider for company in harbour.companies} == {QBO, XERO}


def test_tax_is_rounded_in_every_way_and_stated() -> None:
    taxed = [one for one in documents_of(Invoice) if one.tax_mode is not TaxMode.NONE]
    assert {rounding_of(one) for one in taxed} == set(TaxRounding)
    moved = [one for one in taxed if one.totals() != unstated(one).totals()]
    assert moved, "a tax that the lines alone do not come to"


def unstated(invoice: Invoice) -> Invoice:
    return with_figures(invoice, TaxRounding.UNSTATED)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20)
def test_the_platforms_figures_are_those_of_its_own_rounding(seed: int) -> None:
    for _, change in changes(business(LEAST * len(TENANTS), seed)):
        document = change.document
        if isinstance(document, TradeDocument) and document.tax_total is not None:
            assert document.tax_total == tax_by_hand(document)
            assert (document.totals().tax, document.totals().total) == (
                document.tax_total,
                document.total,
            )


def tax_by_hand(document: TradeDocument) -> Decimal:
    """Add the tax up and round it as the platform of the document does, in fractions."""
    groups: defaultdict[object, Fraction] = defaultdict(Fraction)
    rounding = rounding_of(document)
    amounts = with_figures(document, TaxRounding.UNSTATED).totals().lines
    for n, (line, figures) in enumerate(zip(document.lines, amounts, strict=True)):
        key = {TaxRounding.LINE: n, TaxRounding.RATE: (line.tax_code, line.tax_rate)}
        within = line.tax_rate if document.tax_mode is TaxMode.INCLUSIVE else 0
        exact = Fraction(figures.amount) * Fraction(line.tax_rate) / Fraction(100 + within)
        groups[key.get(rounding)] += exact
    scale = 10 ** minor_units(document.currency)
    units = [math.floor(abs(tax) * scale + Fraction(1, 2)) for tax in groups.values()]
    return sum(
        (
            Decimal(math.copysign(1, tax)) * unit / scale
            for tax, unit in zip(groups.values(), units, strict=True)
        ),
        Decimal(0),
    )


def test_texts_are_as_people_write_them() -> None:
    assert any(", " in (one.email or "") for one in documents_of(Customer))
    assert any(", " in (one.email or "") for one in documents_of(Vendor))
    assert any(len(one.reference) > 21 for one in documents_of(Payment))
    assert any(len(one.reference) > 255 for one in documents_of(Invoice))
    lines = [line for invoice in documents_of(Invoice) for line in invoice.lines]
    assert any(line.quantity != line.quantity.quantize(Decimal("0.0001")) for line in lines)


def test_blanks_get_around_numbers_and_new_fields_into_events() -> None:
    written = [change.written for _, change in changes(business(400, 1)) if change.written]
    assert {name for one in written for name in one} == {
        *("number", "code", "name", "sales_channel"),
    }
    for _, change in changes(business(400, 1)):
        for name, text in change.written.items():
            if name != "sales_channel":
                assert text.strip() == getattr(change.document, name)
                assert text != text.strip()


@given(documents=st.integers(LEAST, 5000))
def test_a_mix_comes_to_the_documents_asked_for(documents: int) -> None:
    mix = document_mix(documents, accounts=8)
    of_each = (mix.customers, mix.vendors, mix.items, mix.invoices, mix.bills, mix.payments)
    assert sum(of_each) + 8 == documents
    assert min(of_each) >= 1

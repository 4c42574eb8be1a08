"""The laws of comparing documents: every contradiction is found, and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given, strategies as st

from consumers.sync.consistency import Elsewhere, Related, compared, contradictions, in_one
from schemas.currencies import smallest_amount
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import Document, DocumentType, Reference, Status
from schemas.documents.invoice import Invoice
from schemas.documents.payment import Payment

pytestmark = pytest.mark.accepts("DRV-23")

CUSTOMER, VENDOR = DocumentType.CUSTOMER, DocumentType.VENDOR
INVOICE, BILL, PAYMENT = DocumentType.INVOICE, DocumentType.BILL, DocumentType.PAYMENT
CURRENCIES: Final = ("GBP", "EUR", "JPY", "KWD")
DATES: Final = {"issued_on": "2026-11-02", "due_on": "2026-11-30"}


def made(kind: DocumentType, **fields: Any) -> Document:
    return DOCUMENTS[kind].model_validate(fields)


def of(*documents: Document) -> dict[Reference, Document]:
    kinds = {model: kind for kind, model in DOCUMENTS.items()}
    return {Reference(kinds[type(d)], d.id): d for d in documents}


def changed(document: Any, **fields: Any) -> Any:
    return type(document).model_validate({**document.model_dump(), **fields})


@st.composite
def settlements(draw: st.DrawFn) -> tuple[Payment, Related]:
    """Draw a payment of one to three invoices, and all that it is compared with."""
    currency = draw(st.sampled_from(CURRENCIES))
    unit = smallest_amount(currency)
    customer = made(
        CUSTOMER, id="c", name="C", currency=draw(st.sampled_from([None, currency]))
    )
    invoices, shares, others = [], [], []
    for n in range(draw(st.integers(1, 3))):
        mine, theirs, left = (draw(st.integers(low, 10**6)) * unit for low in (1, 0, 0))
        line = {"id": "1", "unit_price": mine + theirs + left}
        fields = {"id": f"i{n}", "number": f"N{n}", "customer_id": "c", "lines": [line]}
        invoices.append(made(INVOICE, **fields, **DATES, currency=currency, tax_mode="none"))
        shares.append({"invoice_id": f"i{n}", "amount": mine})
        if theirs:
            others.append(paying(f"o{n}", currency, [{**shares[-1], "amount": theirs}]))
    others.append(paying("void", currency, shares, status="voided"))
    unallocated = draw(st.integers(0, 100)) * unit
    payment = paying("p", currency, shares, unallocated)
    return payment, Related(of(customer, *invoices), [payment, *others])


def paying(
    id_: str, currency: str, shares: list[Any], more: Decimal = Decimal(0), **fields: Any
) -> Payment:
    amount = sum((share["amount"] for share in shares), Decimal(0)) + more
    common = {"customer_id": "c", "paid_on": "2026-11-10", "currency": currency}
    return Payment(id=id_, amount=amount, allocations=shares, **common, **fields)


def with_invoice(related: Related, id_: str, **fields: Any) -> Related:
    reference = Reference(INVOICE, id_)
    invoice = changed(related.documents[reference], **fields)
    return replace(related, documents={**related.documents, reference: invoice})


def without(related: Related, id_: str) -> dict[Reference, Document]:
    return {ref: d for ref, d in related.documents.items() if ref != Reference(INVOICE, id_)}


def other_than(currency: str) -> str:
    """Return a currency with the same decimals at most as its documents' amounts have."""
    return "KWD" if currency != "KWD" else "TND"


def in_another_currency(payment: Payment, related: Related) -> tuple[Payment, Related]:
    other = changed(payment, currency=other_than(payment.currency))
    documents = {
        ref: changed(d, currency=None) if ref.type is CUSTOMER else d
        for ref, d in related.documents.items()
    }
    return other, replace(related, documents=documents)


def of_a_customer_in_another_currency(
    payment: Payment, related: Related
) -> tuple[Payment, Related]:
    customer = changed(
        related.documents[Reference(CUSTOMER, "c")], currency=other_than(payment.currency)
    )
    return payment, replace(related, documents={**related.documents, **of(customer)})


def of_another_customer(payment: Payment, related: Related) -> tuple[Payment, Related]:
    return payment, with_invoice(related, "i0", customer_id="d")


def of_a_draft(payment: Payment, related: Related) -> tuple[Payment, Related]:
    return payment, with_invoice(related, "i0", status=Status.DRAFT)


def of_a_void(payment: Payment, related: Related) -> tuple[Payment, Related]:
    return payment, with_invoice(related, "i0", status=Status.VOIDED)


def one_unit_too_much(payment: Payment, related: Related) -> tuple[Payment, Related]:
    invoice = related.documents[Reference(INVOICE, "i0")]
    assert isinstance(invoice, Invoice)
    taken = sum(
        (
            share.amount
            for one in related.payments
            if one.id not in (payment.id, "void")
            for share in one.allocations
            if share.invoice_id == "i0"
        ),
        Decimal(0),
    )
    too_much = invoice.totals().total - taken + smallest_amount(invoice.currency)
    first, *rest = payment.allocations
    shares = [first.model_copy(update={"amount": too_much}), *rest]
    amount = sum((share.amount for share in shares), Decimal(0))
    return changed(
        payment, amount=amount, allocations=[share.model_dump() for share in shares]
    ), related


def of_a_bill(payment: Payment, related: Related) -> tuple[Payment, Related]:
    line = {"id": "1", "unit_price": "1"}
    bill = made(BILL, id="i0", number="B", vendor_id="v", lines=[line], currency="GBP", **DATES)
    return payment, replace(related, documents={**without(related, "i0"), **of(bill)})


def of_another_realm(payment: Payment, related: Related) -> tuple[Payment, Related]:
    elsewhere = Elsewhere("r1", {Reference(INVOICE, "i0"): "r2"})
    return payment, replace(related, documents=without(related, "i0"), elsewhere=elsewhere)


def at_a_rate_between_equal_currencies(
    payment: Payment, related: Related
) -> tuple[Payment, Related]:
    return changed(payment, exchange_rate="1.1"), related


def across_currencies_at_a_rate(payment: Payment, related: Related) -> tuple[Payment, Related]:
    """Settle the same amounts: the rate of two currencies may well be 1."""
    other, related = in_another_currency(payment, related)
    return changed(other, exchange_rate="1"), related


def at_one_rate_for_several_currencies(
    payment: Payment, related: Related
) -> tuple[Payment, Related]:
    other, related = across_currencies_at_a_rate(payment, related)
    line = {"id": "1", "unit_price": "1"}
    first = related.documents[Reference(INVOICE, "i0")]
    swiss = changed(first, id="i9", currency="CHF", lines=[line])
    shares = [*other.model_dump()["allocations"], {"invoice_id": "i9", "amount": "1"}]
    other = changed(other, amount=other.amount + 1, allocations=shares)
    return other, replace(related, documents={**related.documents, **of(swiss)})


def of_its_own_and_another_currency(
    payment: Payment, related: Related
) -> tuple[Payment, Related]:
    line = {"id": "1", "unit_price": "1"}
    first = related.documents[Reference(INVOICE, "i0")]
    other = changed(first, id="i9", currency=other_than(payment.currency), lines=[line])
    shares = [*payment.model_dump()["allocations"], {"invoice_id": "i9", "amount": "1"}]
    both = changed(payment, amount=payment.amount + 1, allocations=shares)
    return both, replace(related, documents={**related.documents, **of(other)})


def of_its_own_and_another_currency_at_a_rate(
    payment: Payment, related: Related
) -> tuple[Payment, Related]:
    both, related = of_its_own_and_another_currency(payment, related)
    return changed(both, exchange_rate="1.1"), related


Contradict = Callable[[Payment, Related], tuple[Payment, Related]]
MISMATCHES: Mapping[str, Contradict] = {
    "payment_currency_differs": in_another_currency,
    "party_currency_differs": of_a_customer_in_another_currency,
    "payment_party_differs": of_another_customer,
    "settles_draft": of_a_draft,
    "settles_voided": of_a_void,
    "payment_exceeds_open_amount": one_unit_too_much,
    "wrong_direction": of_a_bill,
    "other_realm": of_another_realm,
    "exchange_rate_contradicts": at_a_rate_between_equal_currencies,
    "exchange_rate_for_several_currencies": at_one_rate_for_several_currencies,
}


@given(settlements())
def test_what_is_consistent_passes(drawn: tuple[Payment, Related]) -> None:
    assert contradictions(*drawn) == ()


@pytest.mark.accepts("DRV-08")
@given(settlements())
def test_what_is_consistent_at_a_rate_passes(drawn: tuple[Payment, Related]) -> None:
    assert contradictions(*across_currencies_at_a_rate(*drawn)) == ()


@pytest.mark.accepts("DRV-08")
@given(settlements())
def test_what_is_too_much_at_a_rate_is_found(drawn: tuple[Payment, Related]) -> None:
    payment, related = across_currencies_at_a_rate(*one_unit_too_much(*drawn))
    [found] = contradictions(payment, related)
    assert found.code == "payment_exceeds_open_amount"


@pytest.mark.parametrize("code", MISMATCHES)
@given(drawn=settlements())
def test_each_contradiction_is_found_and_no_other(
    code: str, drawn: tuple[Payment, Related]
) -> None:
    payment, related = MISMATCHES[code](*drawn)
    found = contradictions(payment, related)
    assert {reason.code for reason in found} == {code}
    assert found == contradictions(payment, related), "always the same"
    for reason in found:
        assert reason.cause.startswith("Payment p "), "one side"
        assert any(name in reason.cause for name in (" i0", " i1", " i2", " c (")), "the other"


@given(settlements(), st.sampled_from(sorted(MISMATCHES)))
def test_the_order_in_which_others_are_known_changes_nothing(
    drawn: tuple[Payment, Related], code: str
) -> None:
    payment, related = MISMATCHES[code](*drawn)
    turned = replace(
        related,
        documents=dict(list(related.documents.items())[::-1]),
        payments=related.payments[::-1],
    )
    assert contradictions(payment, turned) == contradictions(payment, related)


@given(settlements())
def test_what_is_not_known_contradicts_nothing(drawn: tuple[Payment, Related]) -> None:
    assert contradictions(drawn[0], Related()) == ()


@pytest.mark.accepts("DRV-08")
@pytest.mark.parametrize(
    "mismatch",
    [
        at_one_rate_for_several_currencies,
        of_its_own_and_another_currency,
        of_its_own_and_another_currency_at_a_rate,
    ],
)
@given(drawn=settlements())
def test_several_currencies_are_told_of_alone(
    mismatch: Contradict, drawn: tuple[Payment, Related]
) -> None:
    """To give a rate, or to leave it out, would lead from one contradiction to the next."""
    [found] = contradictions(*mismatch(*drawn))
    assert found.code == "exchange_rate_for_several_currencies"


@given(settlements())
def test_of_another_currency_the_invoice_is_the_first_to_be_named(
    drawn: tuple[Payment, Related],
) -> None:
    """Another customer, of the payment's currency, would contradict the invoice's."""
    payment, related = drawn
    other = changed(payment, currency=other_than(payment.currency))
    customer = changed(related.documents[Reference(CUSTOMER, "c")], currency=payment.currency)
    related = replace(related, documents={**related.documents, **of(customer)})
    codes = [reason.code for reason in contradictions(other, related)]
    assert codes[0] == "payment_currency_differs"
    assert codes[-1] == "party_currency_differs"


@given(settlements())
def test_an_invoice_is_of_the_customer_of_what_settles_it(
    drawn: tuple[Payment, Related],
) -> None:
    payment, related = drawn
    related = replace(related, payments=[payment])
    invoice = related.documents[Reference(INVOICE, "i0")]
    assert contradictions(invoice, related) == ()
    moved = changed(invoice, customer_id="d")
    [found] = contradictions(moved, related)
    assert found.code == "payment_party_differs"
    void = changed(payment, status="voided")
    assert contradictions(moved, replace(related, payments=[void])) == ()
    elsewhere = changed(payment, allocations=[])
    assert contradictions(moved, replace(related, payments=[elsewhere])) == ()


@pytest.mark.parametrize(
    ("kind", "party", "fields"),
    [(INVOICE, CUSTOMER, {"customer_id": "x"}), (BILL, VENDOR, {"vendor_id": "x"})],
    ids=["invoice", "bill"],
)
def test_an_invoice_and_a_bill_are_of_the_currency_of_their_party(
    kind: DocumentType, party: DocumentType, fields: dict[str, str]
) -> None:
    line = {"id": "1", "unit_price": "1"}
    trade = made(kind, id="t", number="N", currency="EUR", lines=[line], **DATES, **fields)
    for currency in (None, "EUR"):
        known = of(made(party, id="x", name="X", currency=currency))
        assert contradictions(trade, Related(known)) == ()
    [found] = contradictions(trade, Related(of(made(party, id="x", name="X", currency="GBP"))))
    assert found.code == "party_currency_differs"
    assert found.cause == (
        f"{kind.value.capitalize()} t (N) is in EUR, but {party.value} x (X) is in GBP."
    )
    opposite = VENDOR if party is CUSTOMER else CUSTOMER
    [found] = contradictions(trade, Related(of(made(opposite, id="x", name="X"))))
    assert found.code == "wrong_direction"
    assert found.cause.endswith(f"names {party.value} x, but that is a {opposite.value}.")


def test_a_rate_excuses_no_payment_that_settles_nothing() -> None:
    customer = made(CUSTOMER, id="c", name="C", currency="GBP")
    payment = paying("p", "EUR", [], Decimal(10), exchange_rate="0.86")
    [found] = contradictions(payment, Related(of(customer)))
    assert found.code == "party_currency_differs"


@pytest.mark.accepts("DRV-08")
def test_a_payment_at_a_rate_settles_whole_units_of_the_invoice_s_currency() -> None:
    invoice = made(
        INVOICE,
        id="i",
        number="N",
        customer_id="c",
        currency="JPY",
        tax_mode="none",
        lines=[{"id": "1", "unit_price": "1352"}],
        **DATES,
    )
    share = {"invoice_id": "i", "amount": Decimal("7.12")}
    payment = paying("p", "GBP", [share], exchange_rate="189.9")
    assert contradictions(payment, Related(of(invoice))) == ()
    dearer = changed(payment, exchange_rate="190")
    [found] = contradictions(dearer, Related(of(invoice)))
    assert found.cause == (
        "Payment p settles 1353 JPY of invoice i (N), 1 JPY more than its total of 1352 JPY."
    )


def test_a_name_is_compared_with_nothing() -> None:
    customer = made(CUSTOMER, id="c", name="C")
    assert (compared(customer), contradictions(customer, Related())) == ((), ())


def test_several_contradictions_are_told_in_one_reason() -> None:
    shares = [{"invoice_id": f"i{n}", "amount": Decimal(5)} for n in range(5)]
    line = {"id": "1", "unit_price": "4"}
    common = {"customer_id": "c", "currency": "GBP", "lines": [line], "tax_mode": "none"}
    known = of(
        *(made(INVOICE, id=f"i{n}", number=f"N{n}", **common, **DATES) for n in range(5))
    )
    told = in_one(contradictions(paying("p", "GBP", shares), Related(known)))
    assert told.code == "payment_exceeds_open_amount"
    assert told.cause.count("1.00 GBP more than its total of 4.00 GBP") == 3
    assert told.cause.endswith("There are 2 more of the kind.")

"""The law of the mapping: what QuickBooks adds up is what the platform added up.

QuickBooks' side is worked out here from the body alone, by its documented rules: the amounts
of the lines, less the discount line, plus the tax that is sent.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from providers.base import Side
from providers.parts import create_body
from providers.qbo.company import QboCompany
from providers.qbo.fitting import fitted
from providers.qbo.mapping.catalogue import parts_of
from schemas.documents.bill import Bill
from schemas.documents.document import DocumentType
from schemas.documents.invoice import Invoice
from schemas.documents.trade import TradeDocument
from tests.unit.providers.qbo.samples import CA, GB, US, books, document

CENT = Decimal("0.01")
DETAILS = (
    "SalesItemLineDetail",
    "ItemBasedExpenseLineDetail",
    "AccountBasedExpenseLineDetail",
)
COMPANIES = {"US": US, "GB": GB, "CA": CA}


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def ledger_total(body: dict[str, Any]) -> tuple[Decimal, Decimal]:
    """Total and tax, as QuickBooks works them out of a body."""
    lines = [line for line in body["Line"] if line["DetailType"] in DETAILS]
    discount = sum(
        (line["Amount"] for line in body["Line"] if line["DetailType"] == "DiscountLineDetail"),
        Decimal(0),
    )
    tax = body.get("TxnTaxDetail", {}).get("TotalTax", Decimal(0))
    net: Decimal = sum((line["Amount"] for line in lines), Decimal(0)) - discount
    return net + tax, tax


def nets_by_class(body: dict[str, Any]) -> dict[str, Decimal]:
    """What QuickBooks' report by class has of a body; the empty class has none."""
    nets: dict[str, Decimal] = {}
    for line in body["Line"]:
        detail = line[line["DetailType"]]
        sign = -1 if line["DetailType"] == "DiscountLineDetail" else 1
        its_class = detail.get("ClassRef", {}).get("value", "")
        nets[its_class] = nets.get(its_class, Decimal(0)) + sign * line["Amount"]
    return nets


def check_rules(body: dict[str, Any], company: QboCompany, side: Side) -> None:
    """What QuickBooks refuses: 6070, 2290, amounts that are no cents, an incomplete tax."""
    used: set[str] = set()
    for line in body["Line"]:
        assert line["Amount"] == cents(line["Amount"])
        detail = line[line["DetailType"]]
        if line["DetailType"] == "DiscountLineDetail":
            assert line["Amount"] > 0
        if "Qty" in detail:
            assert cents(detail["Qty"] * detail["UnitPrice"]) == line["Amount"]
        assert len(line.get("Description", "")) <= 4000
        code = company.tax_code(detail.get("TaxCodeRef", {}).get("value", ""))
        used |= {share.rate_id for share in code.shares(side)} if code else set()
    if not company.is_us:
        check_tax_lines(body, used)


def check_tax_lines(body: dict[str, Any], used: set[str]) -> None:
    """Outside the US every rate in use has its amount, and the amounts are the tax."""
    taxes = body.get("TxnTaxDetail", {}).get("TaxLine", [])
    assert {tax["TaxLineDetail"]["TaxRateRef"]["value"] for tax in taxes} == used
    total = body.get("TxnTaxDetail", {}).get("TotalTax", Decimal(0))
    assert sum((tax["Amount"] for tax in taxes), Decimal(0)) == total
    assert (body["GlobalTaxCalculation"] == "NotApplicable") == (not used)


def decimals(least: str, most: str, places: int) -> st.SearchStrategy[str]:
    return st.decimals(least, most, places=places).map(str)


MANY = st.sampled_from(["0.00012", "125000", "0.333333", "1.0000005"])
discounts = st.one_of(
    st.none(),
    st.builds(lambda p: {"percent": p}, decimals("0", "100", 2)),
    st.builds(lambda a: {"amount": a}, decimals("0", "500", 2)),
)


def lines(
    rates: list[str], classes: list[str], *, account: bool
) -> st.SearchStrategy[list[dict[str, Any]]]:
    line = st.fixed_dictionaries(
        {
            "id": st.just("l"),
            "description": st.sampled_from(["", "Survey", "x" * 3990]),
            "item_id": st.just(None) if account else st.just("i1"),
            "account_id": st.just("a1") if account else st.just(None),
            "quantity": decimals("-5", "300", 4) | MANY,
            "unit_price": decimals("-20", "2000", 4) | MANY,
            "discount": discounts,
            "tax_rate": st.sampled_from(rates),
            "class_code": st.sampled_from(classes),
        }
    )
    return st.lists(line, min_size=1, max_size=8)


CLASSES = {"classes": {"north": "5000000000000142241", "south": "5000000000000142242"}}
RATES = {"US": ["0", "8", "8.875"], "GB": ["0", "5", "20"], "CA": ["0", "5", "12"]}


@st.composite
def trade_documents(draw: st.DrawFn) -> tuple[QboCompany, TradeDocument]:
    country = draw(st.sampled_from(sorted(COMPANIES)))
    document_type = draw(st.sampled_from([DocumentType.INVOICE, DocumentType.BILL]))
    account = document_type is DocumentType.BILL and draw(st.booleans())
    company = COMPANIES[country].model_copy(update={"allows_discounts": draw(st.booleans())})
    classes = draw(st.sampled_from([[""], ["north"], ["", "north", "south"]]))
    fields = {
        "currency": company.currency,
        "tax_mode": draw(st.sampled_from(["exclusive", "inclusive", "none"])),
        "lines": draw(lines(RATES[country], classes, account=account)),
        "discount": draw(discounts),
    }
    try:
        made = document(document_type, **fields)
    except ValueError:  # a total below zero is no valid document
        made = document(document_type, **{**fields, "lines": positive(fields["lines"])})
    made = fitted(made, company).document
    assert isinstance(made, TradeDocument)
    return company, made


def positive(drawn: Any) -> list[dict[str, Any]]:
    """The same lines, sure to come to more than any discount takes off."""
    extra = {"id": "x", "item_id": "i1", "unit_price": "90000000", "tax_rate": "0"}
    return [*drawn, extra]


@given(trade_documents())
def test_the_ledger_arrives_at_the_same_total(made: tuple[QboCompany, TradeDocument]) -> None:
    company, trade = made
    body = create_body(parts_of(trade, books(company, trade, **CLASSES)))
    totals = trade.totals()
    total, tax = ledger_total(body)
    assert total == totals.total
    if not (company.is_us and isinstance(trade, Bill)):
        assert tax == totals.tax
    side = Side.SALES if isinstance(trade, Invoice) else Side.PURCHASES
    check_rules(body, company, side)


@given(trade_documents())
def test_every_line_is_kept_in_order(made: tuple[QboCompany, TradeDocument]) -> None:
    company, trade = made
    body = create_body(parts_of(trade, books(company, trade, **CLASSES)))
    kept = [line for line in body["Line"] if line["DetailType"] in DETAILS]
    assert len(kept) == len(trade.lines)
    for line, sent in zip(trade.lines, kept, strict=True):
        assert sent.get("Description", "").startswith(line.description)
        its_class = sent[sent["DetailType"]].get("ClassRef", {}).get("value", "")
        assert its_class == CLASSES["classes"].get(line.class_code, "")


@given(trade_documents())
def test_every_class_has_its_own_net(made: tuple[QboCompany, TradeDocument]) -> None:
    company, trade = made
    body = create_body(parts_of(trade, books(company, trade, **CLASSES)))
    ours: dict[str, Decimal] = {}
    for line, figures in zip(trade.lines, trade.totals().lines, strict=True):
        bought_in_us = company.is_us and isinstance(trade, Bill)
        amount = figures.gross if bought_in_us else figures.net
        its_class = CLASSES["classes"].get(line.class_code, "")
        ours[its_class] = ours.get(its_class, Decimal(0)) + amount
    assert nets_by_class(body) == ours


def test_a_us_invoice_has_one_tax_amount_under_the_companys_code() -> None:
    invoice = document(DocumentType.INVOICE, tax_mode="exclusive", lines=[taxed("8", "100")])
    body = create_body(parts_of(invoice, books(US, invoice)))
    assert body["TxnTaxDetail"] == {
        "TxnTaxCodeRef": {"value": "2"},
        "TotalTax": Decimal("8.00"),
    }
    assert body["ApplyTaxAfterDiscount"] is True
    assert "GlobalTaxCalculation" not in body


def test_two_rates_of_one_code_share_its_tax() -> None:
    invoice = document(
        DocumentType.INVOICE,
        currency="CAD",
        tax_mode="exclusive",
        lines=[taxed("12", "100.10"), taxed("5", "10")],
    )
    body = create_body(parts_of(invoice, books(CA, invoice)))
    amounts = {
        tax["TaxLineDetail"]["TaxRateRef"]["value"]: (
            tax["Amount"],
            tax["TaxLineDetail"]["NetAmountTaxable"],
        )
        for tax in body["TxnTaxDetail"]["TaxLine"]
    }
    assert amounts == {
        "6": (Decimal("5.50"), Decimal("110.10")),
        "7": (Decimal("7.01"), Decimal("100.10")),
    }


@pytest.mark.parametrize(
    ("company", "mode", "apart"),
    [
        (US, "exclusive", True),
        (US, "inclusive", False),
        (US, "none", True),
        (GB, "exclusive", False),
        (GB, "inclusive", False),
        (GB, "none", True),
    ],
)
def test_a_discount_has_its_own_line_where_tax_does_not_depend_on_it(
    company: QboCompany, mode: str, apart: bool
) -> None:
    invoice = document(
        DocumentType.INVOICE,
        currency=company.currency,
        tax_mode=mode,
        lines=[taxed("8" if company is US else "20", "100")],
        discount={"percent": "10"},
    )
    body = create_body(parts_of(invoice, books(company, invoice)))
    kinds = [line["DetailType"] for line in body["Line"]]
    assert ("DiscountLineDetail" in kinds) is apart


def taxed(rate: str, price: str) -> dict[str, str]:
    return {"id": "l", "item_id": "i1", "unit_price": price, "tax_rate": rate}


def test_the_platform_s_own_tax_is_sent() -> None:
    invoice = document(
        DocumentType.INVOICE,
        currency="GBP",
        tax_mode="exclusive",
        lines=[taxed("20", "10.03")] * 3,
        tax_total="6.02",
        total="36.11",
    )
    body = create_body(parts_of(invoice, books(GB, invoice)))
    assert ledger_total(body) == (Decimal("36.11"), Decimal("6.02"))


def test_an_amount_that_was_moved_by_a_cent_is_sent_without_its_price() -> None:
    invoice = document(
        DocumentType.INVOICE,
        currency="GBP",
        tax_mode="none",
        lines=[{"id": "l", "item_id": "i1", "unit_price": "10", "quantity": "0.3333"}] * 3,
        total="10.00",
    )
    lines = create_body(parts_of(invoice, books(GB, invoice)))["Line"]
    assert [str(line["Amount"]) for line in lines] == ["3.34", "3.33", "3.33"]
    assert ["Qty" in line["SalesItemLineDetail"] for line in lines] == [False, True, True]

"""Which tax a document gets: automated in the United States, by code elsewhere.

Source: Intuit "Manage sales tax", US and non-US workflows, as of 2026.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.rules import tax_calculation
from providers.simulators.qbo.rules.drafts import Draft
from providers.simulators.qbo.rules.tax_calculation import Rate, RateTax, TaxableLine, Taxation
from providers.simulators.qbo.wire import errors

ZERO = Decimal(0)
AUTOMATED_CODE = "2"
PSEUDO = ("TAX", "NON")


def rates_of(company: CompanyBooks, code_id: str | None, *, side: str) -> tuple[Rate, ...]:
    """Return the rates of a tax code, for the side ``Sales`` or ``Purchase``."""
    if code_id is None or code_id == "NON":
        return ()
    # TAX and NON are no records: TAX stands for the automated code of US companies.
    if code_id == "TAX":
        code_id = AUTOMATED_CODE
    code = company.table("TaxCode").get(code_id)
    details = code.body.get(f"{side}TaxRateList", {}).get("TaxRateDetail", ()) if code else ()
    return tuple(_rate(company, detail["TaxRateRef"]["value"]) for detail in details)


def _rate(company: CompanyBooks, rate_id: str) -> Rate:
    return Rate(rate_id, company.record("TaxRate", rate_id).body["RateValue"])


def tax_sales(
    draft: Draft, lines: Sequence[dict[str, Any]], discount: Decimal, *, taxable: bool
) -> Taxation:
    """Tax the sales lines, and write into the body what QuickBooks shows of it.

    Args:
        taxable: Whether the customer pays tax (United States only).

    Raises:
        QboRefused: 6100 for a code that US lines do not take; 6000 for a missing code or an
            incomplete override elsewhere.
    """
    if draft.company.is_us:
        return _tax_automatically(draft, lines, discount, taxable=taxable)
    return tax_by_code(draft, lines, "SalesItemLineDetail", side="Sales", discount=discount)


def _tax_automatically(
    draft: Draft, lines: Sequence[dict[str, Any]], discount: Decimal, *, taxable: bool
) -> Taxation:
    draft.body.pop("GlobalTaxCalculation", None)
    taxables: list[TaxableLine] = []
    for line in lines:
        code = line["SalesItemLineDetail"]["TaxCodeRef"]["value"]
        if code not in PSEUDO:
            raise errors.bad_line_tax_code()
        rates = rates_of(draft.company, code, side="Sales") if taxable else ()
        taxables.append(TaxableLine(line["Amount"], rates))
    first = bool(draft.body.get("ApplyTaxAfterDiscount"))
    taxation = tax_calculation.tax_on_top(
        taxables, discount=discount, discount_first=first, unit=draft.unit
    )
    return _with_total_override(draft, taxation)


def _with_total_override(draft: Draft, taxation: Taxation) -> Taxation:
    """Honour a TotalTax that was sent together with a TxnTaxCodeRef."""
    sent = draft.sent.get("TxnTaxDetail") or {}
    if "TxnTaxCodeRef" not in sent or "TotalTax" not in sent:
        return taxation
    # An override needs something taxable to rest on.
    if not taxation.by_rate:
        return taxation
    part = taxation.by_rate[0]
    return Taxation((RateTax(part.rate, part.base, sent["TotalTax"]),), taxation.nets)


def tax_by_code(
    draft: Draft,
    lines: Sequence[dict[str, Any]],
    *details: str,
    side: str,
    discount: Decimal = ZERO,
) -> Taxation:
    """Tax lines by the code that each has in its detail.

    Amounts contain tax when the document says ``TaxInclusive``: then the lines are changed
    to amounts without tax and keep what was sent as ``TaxInclusiveAmt``.

    Raises:
        QboRefused: 6000, a line has no code, or TxnTaxDetail lacks a rate that is in use.
    """
    draft.default("GlobalTaxCalculation", "TaxExcluded")
    mode = draft.body["GlobalTaxCalculation"]
    if mode == "NotApplicable":
        return Taxation((), tuple(line["Amount"] for line in lines))
    taxables = [
        TaxableLine(_amount(line, details, mode), _line_rates(draft, line, details, side))
        for line in lines
    ]
    if mode == "TaxExcluded":
        return _with_rate_override(
            draft, tax_calculation.tax_on_top(taxables, discount=discount, unit=draft.unit)
        )
    taxation = _with_rate_override(
        draft, tax_calculation.tax_within(taxables, discount=discount, unit=draft.unit)
    )
    gross = sum((taxable.amount for taxable in taxables), ZERO)
    nets = taxation.nets
    # Net amounts are rounded line by line; the last one takes the cent that is over.
    if not discount:
        nets = tuple(tax_calculation.fit_nets(nets, gross - taxation.total))
    for line, taxable, net in zip(lines, taxables, nets, strict=True):
        _show_net(line, _detail(line, details), taxable.amount, net)
    return Taxation(taxation.by_rate, nets)


def _detail(line: dict[str, Any], details: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = next((line[name] for name in details if name in line), {})
    return found


def _amount(line: dict[str, Any], details: Sequence[str], mode: str) -> Decimal:
    gross = _detail(line, details).get("TaxInclusiveAmt") if mode == "TaxInclusive" else None
    amount: Decimal = gross or line["Amount"]
    return amount


def _line_rates(
    draft: Draft, line: dict[str, Any], details: Sequence[str], side: str
) -> tuple[Rate, ...]:
    code = _detail(line, details).get("TaxCodeRef")
    if code is None:
        raise errors.business(
            "Make sure all your transactions have a tax rate before you save.", "TaxCodeRef"
        )
    return rates_of(draft.company, code["value"], side=side)


def _show_net(
    line: dict[str, Any], detail: dict[str, Any], gross: Decimal, net: Decimal
) -> None:
    line["Amount"] = net
    detail["TaxInclusiveAmt"] = gross
    if detail.get("Qty"):
        detail["UnitPrice"] = round(net / detail["Qty"], 7).normalize()


def _with_rate_override(draft: Draft, taxation: Taxation) -> Taxation:
    """Honour tax amounts that were sent by rate."""
    sent = (draft.sent.get("TxnTaxDetail") or {}).get("TaxLine") or ()
    if not sent:
        return taxation
    amounts = {
        line["TaxLineDetail"]["TaxRateRef"]["value"]: line.get("Amount", ZERO)
        for line in sent
        if "TaxRateRef" in line.get("TaxLineDetail", {})
    }
    if amounts.keys() != {part.rate.id for part in taxation.by_rate}:
        raise errors.business(
            "TxnTaxDetail must have a line for every tax rate in use, and no other.",
            "TxnTaxDetail",
        )
    return tax_calculation.overridden(taxation, amounts)


def show_taxation(draft: Draft, taxation: Taxation) -> None:
    """Write ``TxnTaxDetail`` as QuickBooks answers it."""
    detail: dict[str, Any] = {"TotalTax": taxation.total}
    if draft.company.is_us and taxation.by_rate:
        detail["TxnTaxCodeRef"] = {"value": AUTOMATED_CODE}
    if taxation.by_rate:
        detail["TaxLine"] = [_tax_line(part) for part in taxation.by_rate]
    draft.body["TxnTaxDetail"] = detail


def _tax_line(part: RateTax) -> dict[str, Any]:
    return {
        "Amount": part.amount,
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": {"value": part.rate.id},
            "PercentBased": True,
            "TaxPercent": part.rate.percent,
            "NetAmountTaxable": part.base,
        },
    }

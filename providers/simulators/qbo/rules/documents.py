"""What every transaction has: its date, term, currency and lines with ids."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from providers.simulators.minor_units import to_unit
from providers.simulators.qbo.books.table import Record
from providers.simulators.qbo.rules.amounts import fit_amounts
from providers.simulators.qbo.rules.drafts import Draft, check_period, today
from providers.simulators.qbo.wire import errors

ZERO = Decimal(0)


def complete_date(draft: Draft) -> None:
    """Default the date to the server's, and refuse closed periods, the old date's as well.

    Raises:
        QboRefused: 6210.
    """
    draft.default("TxnDate", today(draft.company))
    check_period(draft.company, draft.body["TxnDate"])
    # Moving a document out of a closed period changes that period too.
    if draft.old is not None:
        check_period(draft.company, draft.old.body.get("TxnDate"))


def complete_due_date(draft: Draft, party: Record, *, term_property: str) -> None:
    """Default the term to the party's, and the due date to date plus term."""
    if draft.creating and "SalesTermRef" not in draft.sent:
        draft.default("SalesTermRef", party.body.get(term_property))
    term_id = draft.reference("SalesTermRef")
    term = draft.company.table("Term").get(term_id) if term_id else None
    days = term.body.get("DueDays", 0) if term else 0
    due = date.fromisoformat(draft.body["TxnDate"]) + timedelta(days=int(days))
    draft.default("DueDate", due.isoformat())


def complete_currency(draft: Draft, party: Record | None) -> None:
    """Set the document's currency, which is its party's, and the rate of a foreign one.

    From then on the amounts have the decimals of the currency.

    Raises:
        QboRefused: 2090 for too many decimals, by switch; 6000, another currency than the
            party's, or a foreign one where multicurrency is off.
    """
    company = draft.company
    held = party.body.get("CurrencyRef") if party else None
    currency = (held or company.currency_ref())["value"]
    sent = draft.reference("CurrencyRef") or currency
    if party is not None and sent != currency:
        raise errors.business(
            f"The currency {sent} differs from that of the customer or vendor, {currency}."
        )
    if sent != company.home_currency and not company.spec.multicurrency:
        raise errors.business("Multicurrency is not enabled for this company.")
    draft.body["CurrencyRef"] = company.currency_ref(sent)
    if sent == company.home_currency:
        draft.body.pop("ExchangeRate", None)
    else:
        # The simulator knows no rates of the day: a document without a rate gets 1.
        draft.body["ExchangeRate"] = _kept_rate(draft) or Decimal(1)
    fit_amounts(draft)


def _kept_rate(draft: Draft) -> Decimal | None:
    rate: Decimal | None = draft.body.get("ExchangeRate")
    decimals = draft.company.switches.rate_decimals
    return round(rate, decimals) if rate and decimals is not None else rate


def complete_home_amounts(draft: Draft, *names: str) -> None:
    """Add the amounts in home currency to a document in a foreign one."""
    if "ExchangeRate" in draft.body:
        for name in names:
            if name in draft.body:
                amount = draft.company.at_home(draft.body[name], draft.body)
                draft.body[f"Home{name}"] = amount


def check_lines(lines: Iterable[dict[str, Any]], *, text_only: str = "DescriptionOnly") -> None:
    """Check that each line has a type and an amount.

    Raises:
        QboRefused: 2020.
    """
    for line in lines:
        if "DetailType" not in line:
            raise errors.missing("DetailType")
        if line["DetailType"] == text_only:
            continue
        if "Amount" not in line:
            raise errors.missing("Amount")


def drop_line_classes(lines: Iterable[dict[str, Any]]) -> None:
    """Drop the classes of lines silently, as QuickBooks does."""
    for line in lines:
        line.get(line["DetailType"], {}).pop("ClassRef", None)


def check_product(line: dict[str, Any], detail: dict[str, Any], *, unit: Decimal) -> None:
    """Check that the amount is quantity times price, where both are given.

    Raises:
        QboRefused: 6070.
    """
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    if quantity and price and to_unit(quantity * price, unit) != line["Amount"]:
        raise errors.bad_amount(line["Amount"])


def identify_lines(
    lines: Sequence[dict[str, Any]], old: Record | None, *, first: int = 1
) -> None:
    """Number the lines; a line that names one of the stored lines keeps its id."""
    stored = {line["Id"] for line in old.body.get("Line", ()) if "Id" in line} if old else set()
    following = max((int(line_id) + 1 for line_id in stored), default=first)
    for position, line in enumerate(lines, start=1):
        # An id that no stored line has is no id: a client can't choose ids for new lines.
        if line.get("Id") not in stored:
            line["Id"] = str(following)
            following += 1
        line["LineNum"] = position


def writable_links(links: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Drop the links that only the server makes, such as payments."""
    # Payments link to what they pay; the other end of such a link is never written.
    kept = ("Estimate", "TimeActivity", "PurchaseOrder", "ReimburseCharge", "StatementCharge")
    return [link for link in links if link.get("TxnType") in kept]

"""What invoices, credit notes and bank transactions have in common: header, lines, locks."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from providers.simulators.xero.books import totals
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.rules.lines import LineRules, build_lines
from providers.simulators.xero.wire import fields
from providers.simulators.xero.wire.errors import ElementRejected
from providers.simulators.xero.wire.fields import Payload

_LINE_AMOUNT_TYPES = {"exclusive": "Exclusive", "inclusive": "Inclusive", "notax": "NoTax"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """How a write was asked for, and by whom.

    Attributes:
        unit_places: Decimals of unit prices: 2, or 4 with ``unitdp=4``.
        adviser: Whether the user who gave consent may write into a locked period.
        client_id: App that writes; empty for a person at Xero's own pages.
    """

    unit_places: int = 2
    adviser: bool = False
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class SavedRecord:
    """What came of a write.

    Attributes:
        record: Record as it is saved.
        warnings: What Xero warns of, in order.
    """

    record: Record
    warnings: tuple[str, ...] = ()


def line_amount_types(payload: Payload, default: str) -> str:
    """Read LineAmountTypes, in any case of letters.

    Raises:
        ElementRejected: none of Exclusive, Inclusive, NoTax.
    """
    sent = fields.text(payload, "LineAmountTypes")
    if sent is None:
        return default
    if sent.lower() not in _LINE_AMOUNT_TYPES:
        raise ElementRejected(f"The LineAmountTypes value {sent} is not valid")
    return _LINE_AMOUNT_TYPES[sent.lower()]


def currency(org: OrganisationBooks, payload: Payload, kept: Record | None) -> dict[str, Any]:
    """Read currency and rate; the default is the base currency, and the rate of the day.

    Raises:
        ElementRejected: a currency that the organisation hasn't added.
    """
    code = fields.text(payload, "CurrencyCode") or (
        kept["CurrencyCode"] if kept else org.base_currency
    )
    if code not in org.rates:
        raise ElementRejected(f"Organisation is not subscribed to currency {code}")
    rate = fields.number(payload, "CurrencyRate")
    if rate is None and kept and kept["CurrencyCode"] == code:
        rate = kept["CurrencyRate"]
    if rate is None or code == org.base_currency:
        rate = org.rates[code]
    return {"CurrencyCode": code, "CurrencyRate": totals.to_places(rate, 6)}


def lines_of(
    org: OrganisationBooks, payload: Payload, kept: Record | None, rules: LineRules
) -> list[Record]:
    """Return a document's lines after a write.

    Lines that are sent replace the set. When none are sent the kept ones are made anew, with
    new ids and prices rounded to the places asked for, as integrators have seen Xero do.
    """
    kept_lines: Sequence[Record] = kept["LineItems"] if kept else ()
    # Tax was computed for the other kind of amounts and must not pass as an override.
    if kept and kept["LineAmountTypes"] != rules.line_amount_types:
        kept_lines = [{**line, "TaxAmount": None} for line in kept_lines]
    sent = fields.parts(payload, "LineItems")
    if sent is not None:
        return build_lines(org, sent, kept_lines, rules)
    again = build_lines(
        org, [_again(line, rules.unit_places) for line in kept_lines], kept_lines, rules
    )
    return [{**line, "LineItemID": str(uuid.uuid4())} for line in again]


def _again(line: Record, places: int) -> Record:
    """Return what sends a kept line again, with its price rounded to ``places``."""
    rounded = totals.to_places(line["UnitAmount"], places)
    price = {} if rounded == line["UnitAmount"] else {"UnitAmount": rounded}
    return {"LineItemID": line["LineItemID"], **price}


def totals_of(
    org: OrganisationBooks, document: Record, lines: Sequence[Record]
) -> dict[str, Decimal]:
    """Return the computed totals of a document under Xero's names."""
    unit = org.unit(document["CurrencyCode"])
    sums = totals.document_totals(lines, document["LineAmountTypes"], unit)
    return {
        "SubTotal": sums.sub_total,
        "TotalTax": sums.total_tax,
        "Total": sums.total,
        "TotalDiscount": sums.total_discount,
    }


def check_client_total(org: OrganisationBooks, payload: Payload, total: Decimal) -> None:
    """Refuse a sent Total that differs, where the simulator is set so.

    Raises:
        ElementRejected: it differs.
    """
    sent = fields.number(payload, "Total")
    if org.switches.client_total == "refuse" and sent is not None and sent != total:
        raise ElementRejected("The invoice total does not equal the sum of the lines.")


def check_lock(org: OrganisationBooks, day: date | None, *, adviser: bool) -> None:
    """Refuse a date in a locked period.

    The period lock stops everyone but advisers; the end of year lock stops everyone.

    Raises:
        ElementRejected: the date is on or before a lock date.
    """
    if day is None:
        return
    year_lock, period_lock = org.profile["EndOfYearLockDate"], org.profile["PeriodLockDate"]
    if year_lock is not None and day <= year_lock:
        raise _locked("end of year lock date", year_lock)
    if period_lock is not None and day <= period_lock and not adviser:
        raise _locked("period lock date", period_lock)


def _locked(name: str, at: date) -> ElementRejected:
    return ElementRejected(
        f"The document date cannot be before the {name}, currently set at {at:%d-%b-%Y}"
    )

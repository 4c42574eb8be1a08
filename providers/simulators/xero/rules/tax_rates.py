"""Tax rates of an organisation's own; those that every organisation has can't be changed.

Source: Xero Tax Rates page, read 2026-09.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from providers.simulators.xero.books import totals
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.wire import fields
from providers.simulators.xero.wire.errors import ElementRejected
from providers.simulators.xero.wire.fields import Payload

_OWN: Final = "TAX"
_STATUSES: Final = frozenset({"ACTIVE", "DELETED", "ARCHIVED"})
_SALES: Final = "OUTPUT"
_PURCHASES: Final = "INPUT"
_HUNDRED: Final = Decimal(100)


def create_tax_rate(org: OrganisationBooks, payload: Payload) -> Record:
    """Add a tax rate; Xero assigns its code.

    Raises:
        ElementRejected: no name or components, or a name that is taken.
    """
    report = fields.text(payload, "ReportTaxType")
    if not report:
        raise ElementRejected("Report Tax Type must be specified")
    # The side of the books that a rate reports on decides which accounts may use it.
    blank: Record = {
        "TaxType": _next_code(org),
        "ReportTaxType": report,
        "Status": "ACTIVE",
        "CanApplyToAssets": True,
        "CanApplyToEquity": True,
        "CanApplyToExpenses": not report.startswith(_SALES),
        "CanApplyToLiabilities": True,
        "CanApplyToRevenue": not report.startswith(_PURCHASES),
    }
    return _save(org, blank, payload)


def _next_code(org: OrganisationBooks) -> str:
    own = sum(1 for rate in org.tax_rates if rate["TaxType"].startswith(_OWN))
    return f"{_OWN}{own + 1:03}"


def update_tax_rate(org: OrganisationBooks, rate: Record, payload: Payload) -> Record:
    """Change a rate of the organisation's own, or end it by status.

    Raises:
        ElementRejected: one that every organisation has, or components that are missing.
    """
    if not rate["TaxType"].startswith(_OWN):
        raise ElementRejected("System tax rates can not be updated")
    status = fields.text(payload, "Status") or rate["Status"]
    if status not in _STATUSES:
        raise ElementRejected(f"The Status {status} is not valid")
    if status != "ACTIVE":
        return org.tax_rates.put({**rate, "Status": status, "UpdatedDateUTC": org.now()})
    return _save(org, dict(rate, Status=status), payload)


def match_tax_rate(org: OrganisationBooks, payload: Payload) -> Record | None:
    """Return the rate that a POST without a code means: that of its name."""
    name = fields.text(payload, "Name")
    return org.tax_rates.first("name", name.casefold()) if name else None


def _save(org: OrganisationBooks, rate: Record, payload: Payload) -> Record:
    name = fields.text(payload, "Name", at_most=50) or rate.get("Name")
    components = fields.parts(payload, "TaxComponents")
    if not name:
        raise ElementRejected("Tax rate name must be specified")
    if not components:
        raise ElementRejected("Tax rate must have at least one tax component")
    other = org.tax_rates.first("name", name.casefold())
    if other is not None and other["TaxType"] != rate["TaxType"]:
        raise ElementRejected("Tax rate name must be unique")
    read = [_component(sent) for sent in components]
    percent = _effective(read)
    return org.tax_rates.put(
        {
            **rate,
            "Name": name,
            "TaxComponents": read,
            "DisplayTaxRate": percent,
            "EffectiveRate": percent,
            "UpdatedDateUTC": org.now(),
        }
    )


def _component(sent: Payload) -> dict[str, Any]:
    name, rate = fields.text(sent, "Name"), fields.number(sent, "Rate")
    if not name or rate is None or rate < 0:
        raise ElementRejected("A tax component must have a name and a rate")
    return {
        "Name": name,
        "Rate": totals.to_places(rate, 4),
        "IsCompound": fields.flag(sent, "IsCompound") or False,
        "IsNonRecoverable": fields.flag(sent, "IsNonRecoverable") or False,
    }


def _effective(components: Sequence[Record]) -> Decimal:
    """Return the percentage of all components; a compound one taxes the others' tax too."""
    plain = sum((c["Rate"] for c in components if not c["IsCompound"]), Decimal(0))
    on_top = sum((c["Rate"] for c in components if c["IsCompound"]), Decimal(0))
    return totals.to_places(plain + on_top * (_HUNDRED + plain) / _HUNDRED, 4)

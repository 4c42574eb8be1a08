"""Customers, vendors and employees.

Source: Intuit Accounting API, Customer, Vendor, Employee.
"""

from decimal import Decimal

from providers.simulators.qbo.entities.people import NAME_PARTS
from providers.simulators.qbo.rules.amounts import fit_amounts
from providers.simulators.qbo.rules.drafts import Draft
from providers.simulators.qbo.rules.naming import (
    check_unique_person,
    complete_activity,
    complete_full_name,
)
from providers.simulators.qbo.wire import errors

ZERO = Decimal(0)
SHOWN_DIGITS = 4


def complete_customer(draft: Draft) -> None:
    """Complete a customer or sub-customer."""
    if draft.body.get("Job") and "ParentRef" not in draft.body:
        raise errors.missing("ParentRef")
    _complete_name(draft)
    draft.body["Level"] = complete_full_name(draft, "DisplayName")
    draft.body["IsProject"] = False
    if draft.creating:
        draft.default("Balance", ZERO)
        draft.body["BalanceWithJobs"] = draft.body["Balance"]
        draft.default("PreferredDeliveryMethod", "Print")


def complete_vendor(draft: Draft) -> None:
    """Complete a vendor; of a tax identifier only the last characters are kept."""
    _complete_name(draft)
    if draft.creating:
        draft.default("Balance", ZERO)
    identifier = draft.body.get("TaxIdentifier")
    if identifier:
        hidden = max(len(identifier) - SHOWN_DIGITS, 0)
        draft.body["TaxIdentifier"] = "X" * hidden + identifier[hidden:]


def complete_employee(draft: Draft) -> None:
    """Complete an employee."""
    _complete_name(draft)


def _complete_name(draft: Draft) -> None:
    parts = (draft.body.get(part) for part in NAME_PARTS)
    built = " ".join(part for part in parts if part)
    draft.default("DisplayName", built or None)
    if "DisplayName" not in draft.body:
        raise errors.no_name()
    draft.body["DisplayName"] = draft.body["DisplayName"].strip()
    draft.default("PrintOnCheckName", draft.body["DisplayName"][:110])
    _complete_currency(draft)
    fit_amounts(draft)
    complete_activity(draft, "DisplayName")
    check_unique_person(draft)


def _complete_currency(draft: Draft) -> None:
    company = draft.company
    currency = draft.reference("CurrencyRef") or company.home_currency
    if currency != company.home_currency and not company.spec.multicurrency:
        raise errors.business("Multicurrency is not enabled for this company.")
    draft.body["CurrencyRef"] = company.currency_ref(currency)

"""Items, accounts, classes, departments, terms and payment methods.

Source: Intuit Accounting API, page per entity.
"""

from decimal import Decimal

from providers.simulators.qbo.entities.account_types import (
    BALANCE_SHEET,
    SUBTYPES,
    TYPE_BY_SUBTYPE,
    classification_of,
)
from providers.simulators.qbo.rules.drafts import Draft
from providers.simulators.qbo.rules.naming import (
    check_unique,
    complete_activity,
    complete_full_name,
)
from providers.simulators.qbo.wire import errors

ZERO = Decimal(0)
STOCK_PROPERTIES = ("QtyOnHand", "InvStartDate", "AssetAccountRef")
STOCK_REQUIRED = (*STOCK_PROPERTIES, "IncomeAccountRef", "ExpenseAccountRef")
SHORT_NUMBER_COUNTRIES = ("US", "GB")
SHORT_NUMBER = 7


def complete_item(draft: Draft) -> None:
    """Complete an item; stock needs its accounts, other items may not have stock."""
    kind = draft.body["Type"]
    if kind == "Inventory":
        _check_stock(draft)
    else:
        _check_no_stock(draft, kind)
    complete_activity(draft, "Name")
    draft.body["Level"] = complete_full_name(draft, "Name")
    draft.body["SubItem"] = "ParentRef" in draft.body
    check_unique(draft, "FullyQualifiedName")


def _check_stock(draft: Draft) -> None:
    draft.body["TrackQtyOnHand"] = True
    for name in STOCK_REQUIRED:
        if name not in draft.body:
            raise errors.missing(name)


def _check_no_stock(draft: Draft, kind: str) -> None:
    for name in STOCK_PROPERTIES:
        if name in draft.body:
            raise errors.business(f"{kind} items do not take {name}.", name)
    if draft.body.get("TrackQtyOnHand"):
        raise errors.business(f"{kind} items do not track quantities.", "TrackQtyOnHand")
    accounts = ("IncomeAccountRef", "ExpenseAccountRef")
    if kind != "Category" and not any(name in draft.body for name in accounts):
        raise errors.missing("IncomeAccountRef")


def complete_account(draft: Draft) -> None:
    """Complete an account: type from subtype or the other way round, number, level."""
    body = draft.body
    _complete_type(draft)
    body["Classification"] = classification_of(body["AccountType"])
    _check_account_number(draft)
    parent_id = draft.reference("ParentRef")
    if parent_id is not None:
        parent = draft.company.record("Account", parent_id)
        if parent.body["AccountType"] != body["AccountType"]:
            raise errors.business("A sub-account needs its parent's type.", "ParentRef")
    complete_activity(draft, "Name")
    complete_full_name(draft, "Name")
    body["SubAccount"] = parent_id is not None
    body["CurrencyRef"] = draft.company.currency_ref(draft.reference("CurrencyRef"))
    if draft.creating and body["Classification"] in BALANCE_SHEET:
        body["CurrentBalance"] = body["CurrentBalanceWithSubAccounts"] = ZERO
    check_unique(draft, "FullyQualifiedName")


def _complete_type(draft: Draft) -> None:
    """Make type and subtype agree. Of a given type any subtype is taken."""
    body = draft.body
    subtype = body.get("AccountSubType")
    if "AccountType" not in body:
        if subtype is None:
            raise errors.no_account_type()
        if subtype not in TYPE_BY_SUBTYPE:
            raise errors.bad_choice("AccountSubType", subtype)
        body["AccountType"] = TYPE_BY_SUBTYPE[subtype]
    if body["AccountType"] not in SUBTYPES:
        raise errors.bad_choice("AccountType", body["AccountType"])
    known = TYPE_BY_SUBTYPE.get(subtype or "", body["AccountType"])
    if known != body["AccountType"]:
        raise errors.business(f"{subtype} is no subtype of {body['AccountType']}.")
    draft.default("AccountSubType", SUBTYPES[body["AccountType"]][0])


def _check_account_number(draft: Draft) -> None:
    number = draft.body.get("AcctNum")
    if number is None:
        return
    if draft.company.spec.country in SHORT_NUMBER_COUNTRIES and len(number) > SHORT_NUMBER:
        raise errors.bad_length("AcctNum", longest=SHORT_NUMBER, supplied=len(number))
    for record in draft.company.table("Account").find("AcctNum", number):
        if not draft.is_own(record):
            raise errors.business(f"Account number {number} is in use.", "AcctNum")


def complete_class(draft: Draft) -> None:
    """Complete a class.

    Raises:
        QboRefused: 5030, the company tracks no classes.
    """
    if draft.company.spec.class_tracking == "off":
        raise errors.feature_off("Class tracking is turned off for this company.")
    _complete_tree(draft, "SubClass")


def complete_department(draft: Draft) -> None:
    """Complete a department, which QuickBooks shows as a location."""
    _complete_tree(draft, "SubDepartment")


def _complete_tree(draft: Draft, flag: str) -> None:
    complete_activity(draft, "Name")
    complete_full_name(draft, "Name")
    draft.body[flag] = "ParentRef" in draft.body
    check_unique(draft, "FullyQualifiedName")


def complete_term(draft: Draft) -> None:
    """Complete a term: so many days, or by a day of the month."""
    if "DueDays" not in draft.body and "DayOfMonthDue" not in draft.body:
        raise errors.missing("DueDays")
    draft.body["Type"] = "STANDARD" if "DueDays" in draft.body else "DATE_DRIVEN"
    complete_activity(draft, "Name")
    check_unique(draft, "Name")


def complete_payment_method(draft: Draft) -> None:
    """Complete a payment method."""
    complete_activity(draft, "Name")
    check_unique(draft, "Name")

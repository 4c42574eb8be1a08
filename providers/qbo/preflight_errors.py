"""Refusals that we make ourselves, before QuickBooks would, each with its advice."""

from decimal import Decimal

from providers.errors import Blocked, NeedsPerson, Rejected
from schemas.errors import ErrorCategory, Reason, Solver


def _setting(code: str, cause: str, fix: str) -> NeedsPerson:
    return NeedsPerson(Reason(code, ErrorCategory.SETTING, cause, fix))


def _invalid(code: str, cause: str, fix: str) -> Rejected:
    return Rejected(Reason(code, ErrorCategory.VALIDATION, cause, fix, Solver.PLATFORM))


def number_too_long(number: str, limit: int) -> Rejected:
    """Refuse a document or account number that QuickBooks would cut."""
    return _invalid(
        "number_too_long",
        f"number {number!r} has {len(number)} characters; QuickBooks takes {limit}.",
        f"Number the document with at most {limit} characters.",
    )


def text_too_long(field: str, length: int, limit: int) -> Rejected:
    """Refuse a text that QuickBooks has no room for."""
    return _invalid(
        "text_too_long",
        f"{field} has {length} characters; QuickBooks takes {limit}.",
        f"Shorten {field} to at most {limit} characters.",
    )


def name_not_allowed(field: str, name: str) -> Rejected:
    """Refuse a name with a colon, which QuickBooks reads as a level of a hierarchy."""
    return _invalid(
        "name_not_allowed",
        f"{field} {name!r} has a colon, which QuickBooks does not allow in names.",
        f"Take the colon out of {field}.",
    )


def item_needed(line_id: str) -> Rejected:
    """Refuse a sales line that names an account: QuickBooks posts sales through items only."""
    return _invalid(
        "item_needed",
        f"Line {line_id} names an account and no item; QuickBooks posts sales through items.",
        "Give the line an item whose income account is that account.",
    )


def account_unmapped(use: str) -> NeedsPerson:
    """Hold a document that names no account where the connection has no default for it."""
    return _setting(
        "account_unmapped",
        f"The document names no account, and the connection has no default one for {use}.",
        f"Choose the default account for {use} in the connection's settings.",
    )


def tax_code_unmapped(code: str, rate: Decimal, because: str) -> NeedsPerson:
    """Hold a document whose tax has no certain counterpart in the company."""
    return _setting(
        "tax_code_unmapped",
        f"Tax code {code!r} at {rate.normalize():f} %: {because}.",
        f"Map {code!r} to a QuickBooks tax code in the connection's settings.",
    )


def tax_rate_differs(
    code: str, rate: Decimal, ledger: str, ledger_rate: Decimal
) -> NeedsPerson:
    """Hold a document whose tax rate is another than that of the code it is mapped to."""
    return _setting(
        "tax_rate_differs",
        f"Tax code {code!r} is {rate.normalize():f} % on the document, but it is mapped to "
        f"{ledger!r} in QuickBooks, which is {ledger_rate.normalize():f} %.",
        f"Map {code!r} to a QuickBooks tax code of {rate.normalize():f} %.",
    )


def class_unmapped(code: str, line_id: str) -> NeedsPerson:
    """Hold a document with a class for which the connection names none of QuickBooks'."""
    return _setting(
        "class_unmapped",
        f"Line {line_id} has class {code!r}, which is not mapped.",
        f"Map {code!r} to the id of a QuickBooks class in the connection's settings, or to an "
        "empty text to leave it out.",
    )


def classes_off(code: str, line_id: str) -> NeedsPerson:
    """Hold a document with a class for a company that would drop it."""
    return _setting(
        "classes_off",
        f"Line {line_id} has class {code!r}, but class tracking is switched off in QuickBooks.",
        "Switch class tracking on in QuickBooks, then refresh the connection; or map "
        f"{code!r} to an empty text in the connection's settings to leave it out.",
    )


def classes_differ(number: str) -> NeedsPerson:
    """Hold an invoice of several classes for a company that gives it one at most."""
    return _setting(
        "classes_differ",
        f"The lines of invoice {number!r} differ in class, but the QuickBooks company gives a "
        "sales form one class as a whole.",
        "Let QuickBooks track classes for each row of a transaction, then refresh the "
        "connection; or give all lines the same class.",
    )


def sales_tax_off(tax: Decimal) -> NeedsPerson:
    """Hold a document with tax for a company that has sales tax switched off."""
    return _setting(
        "sales_tax_off",
        f"The document has tax of {tax}, but sales tax is switched off in QuickBooks.",
        "Set sales tax up in QuickBooks, then refresh the connection.",
    )


def currency_unavailable(currency: str, home: str) -> NeedsPerson:
    """Hold a document in a currency that the company does not keep books in."""
    return _setting(
        "currency_unavailable",
        f"The currency is {currency}, but the QuickBooks company works in {home} only.",
        "Turn multicurrency on in QuickBooks, then refresh the connection.",
    )


def profile_missing() -> NeedsPerson:
    """Hold everything of a connection of whose company we know too little."""
    return NeedsPerson(
        Reason(
            "profile_missing",
            ErrorCategory.INTERNAL,
            "What the mapping must know about the QuickBooks company was never read.",
            "Refresh the connection, so that the company is read again.",
            Solver.OPERATOR,
        )
    )


def number_taken(number: str, kind: str, ledger_id: str) -> NeedsPerson:
    """Hold a document whose number QuickBooks has given to another one."""
    return _setting(
        "number_taken",
        f"Number {number!r} is used in QuickBooks by another {kind} (id {ledger_id}).",
        "Renumber one of the two, or link the document to that record.",
    )


def name_taken(name: str, by: str) -> NeedsPerson:
    """Hold a document whose name belongs to something else."""
    return _setting(
        "name_taken",
        f"The name {name!r} is used in QuickBooks by {by}.",
        "Rename one of the two.",
    )


def inactive(name: str, kind: str, ledger_id: str) -> NeedsPerson:
    """Hold a document whose counterpart somebody has taken out of use."""
    return _setting(
        "record_inactive",
        f"QuickBooks has a {kind} {name!r} (id {ledger_id}), but it is inactive.",
        "Make it active again in QuickBooks, or rename it there or here.",
    )


def reference_gone() -> NeedsPerson:
    """Hold a document that names a record which the ledger no longer lets us use."""
    return _setting(
        "reference_gone",
        "The document names a customer, vendor, item, account or class that QuickBooks has "
        "deleted or made inactive.",
        "Make that record active again in QuickBooks, or map the document to another one.",
    )


def has_payments(kind: str, intent: str) -> Blocked:
    """Put off what can't be done to something that is paid: ``cancelled``, ``changed``."""
    held = _setting(
        "has_payments",
        f"The {kind} has payments in QuickBooks, so it can't be {intent}.",
        "Remove or unlink the payments in QuickBooks first.",
    )
    return Blocked(held.reason)

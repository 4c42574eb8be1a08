"""What is refused before Xero is asked, and what a look-up finds taken."""

from dataclasses import replace
from decimal import Decimal

from providers.base import Side
from providers.errors import Duplicate, NeedsPerson, Rejected, Uncertain
from schemas.errors import ErrorCategory, Reason, Solver


def _needs_person(code: str, cause: str, fix: str) -> NeedsPerson:
    return NeedsPerson(Reason(code, ErrorCategory.SETTING, cause, fix))


def _rejected(code: str, cause: str, fix: str) -> Rejected:
    return Rejected(Reason(code, ErrorCategory.VALIDATION, cause, fix, Solver.PLATFORM))


def tax_code_unmapped(code: str, rate: Decimal, side: Side, fitting: int) -> NeedsPerson:
    """No tax rate of Xero's follows from the line's."""
    found = f"{fitting} tax rates" if fitting else "no tax rate"
    return _needs_person(
        "tax_code_unmapped",
        f"The tax code {code or '(none)'} at {rate} % is not mapped, and Xero has {found} "
        f"of that rate for {side.value}.",
        "Map the tax code to one of Xero's tax rates in the connection's settings.",
    )


def tax_rate_differs(code: str, rate: Decimal, mapped: str, its_rate: Decimal) -> NeedsPerson:
    """The tax code is mapped to a tax rate of Xero's that is another rate."""
    return _needs_person(
        "tax_rate_differs",
        f"The tax code {code} is {rate} % on the document, but it is mapped to Xero's "
        f"{mapped}, which is {its_rate} %.",
        f"Map the tax code to a tax rate of {rate} %.",
    )


def account_unmapped(key: str) -> NeedsPerson:
    """Neither the document nor the settings name an account."""
    return _needs_person(
        "account_unmapped",
        f"The document names no account, and the connection has no default for {key}.",
        f"Choose the default account for {key} in the connection's settings.",
    )


def class_unmapped(code: str, line_id: str, because: str) -> NeedsPerson:
    """A line's class has no tracking in the settings that could be sent."""
    return _needs_person(
        "class_unmapped",
        f"Line {line_id} has class {code}, which {because}.",
        f"Map the class {code} to a tracking category and its option in the connection's "
        "settings, or to nothing to leave it out.",
    )


def bank_account_by_hand(code: str) -> NeedsPerson:
    """Xero's API asks for the bank's own number and can't change a bank account."""
    return _needs_person(
        "bank_account_by_hand",
        f"Bank account {code} can't be added to or changed in Xero from outside.",
        f"Add or change the bank account in Xero with the code {code}; it is then linked.",
    )


def payment_unallocated(amount: Decimal, allocated: Decimal) -> Rejected:
    """Xero has no payment that settles less than its amount."""
    return _rejected(
        "payment_unallocated",
        f"The payment of {amount} settles {allocated}; in Xero every payment is settled whole.",
        "Allocate the whole payment to invoices, or record the rest in Xero as an overpayment.",
    )


def payment_immutable() -> NeedsPerson:
    """Xero's payments are created and deleted, never changed."""
    return NeedsPerson(
        Reason(
            code="payment_immutable",
            category=ErrorCategory.VALIDATION,
            cause="A payment can't be changed in Xero once it is recorded.",
            fix="Void the payment on the platform and record a new one.",
        )
    )


def name_invalid(name: str) -> Rejected:
    """Xero forbids angle brackets in names."""
    return _rejected(
        "name_invalid",
        f"The name {name!r} has an angle bracket, which Xero does not allow.",
        "Take the characters < and > out of the name.",
    )


def not_in_use(what: str) -> Rejected:
    """Something out of use is not created just to be put away."""
    return _rejected(
        "not_in_use",
        f"The {what} is out of use on the platform, and Xero does not have it.",
        "Make it active on the platform if it should be in Xero.",
    )


def not_voidable(what: str) -> Rejected:
    """Only money documents can be voided."""
    return _rejected(
        "not_voidable",
        f"A {what} can't be voided.",
        "Take it out of use instead.",
    )


def number_taken(number: str, by: str) -> NeedsPerson:
    """An invoice of somebody else has the number; ``by`` says which."""
    return _needs_person(
        "number_taken",
        f"The invoice number {number} is used in Xero by {by}.",
        "Give the invoice another number, or change the one in Xero.",
    )


def name_taken(name: str, by: str) -> NeedsPerson:
    """Something else has the name; ``by`` says what."""
    return _needs_person(
        "name_taken",
        f"The name {name} is used in Xero by {by}.",
        "Rename one of the two, or merge them.",
    )


def code_taken(code: str, by: str) -> NeedsPerson:
    """Something else has the code; ``by`` says what."""
    return _needs_person(
        "code_taken",
        f"The code {code} is used in Xero by {by}.",
        "Change one of the two codes.",
    )


def archived(what: str) -> NeedsPerson:
    """What would be linked is out of use in Xero."""
    return _needs_person(
        "archived",
        f"Xero has {what}, but it is archived.",
        "Restore it in Xero, or rename one of the two.",
    )


def unconfirmed(what: str) -> Uncertain:
    """Xero's answer does not show that this document was saved."""
    return Uncertain(
        Reason(
            code="unconfirmed",
            category=ErrorCategory.NETWORK,
            cause=f"Xero's answer does not confirm the write: {what}.",
            fix="Nothing: it is looked up and, if it is missing, written again by itself.",
            solver=Solver.NOBODY,
        )
    )


def too_large(size: int) -> Reason:
    """A request is larger than Xero reads."""
    return Reason(
        code="too_large",
        category=ErrorCategory.VALIDATION,
        cause=f"The document comes to {size:,} bytes, more than Xero reads.",
        fix="Split the document, or shorten its descriptions.",
        solver=Solver.PLATFORM,
    )


def clash(found: Duplicate) -> NeedsPerson:
    """A change gives a record the name or number of another one; both are known to be there."""
    reason = replace(
        found.reason,
        fix="Give the document another name or number, or change the other record in Xero.",
        solver=Solver.TENANT_ADMIN,
    )
    return NeedsPerson(reason, trace_id=found.trace_id)

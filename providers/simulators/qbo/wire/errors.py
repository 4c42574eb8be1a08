"""What QuickBooks refuses: codes, messages and details by kind of mistake.

Source: Intuit Accounting API, "Error codes" and recorded faults, as of 2026.
"""

from dataclasses import dataclass

VALIDATION = "ValidationFault"
SYSTEM = "SystemFault"


@dataclass(frozen=True, slots=True)
class FaultEntry:
    """One entry of ``Fault.Error``.

    Attributes:
        code: Code of the error, as text.
        message: Short message, the same for every error of the code.
        detail: What is wrong with this request.
        element: Property that is at fault; empty when none is named.
    """

    code: str
    message: str
    detail: str
    element: str = ""


class QboRefused(Exception):
    """A request that the accounting service refuses, with the fault to answer."""

    def __init__(
        self, entry: FaultEntry, *, status: int = 400, fault_type: str = VALIDATION
    ) -> None:
        super().__init__(f"{entry.code} {entry.detail}")
        self.entry = entry
        self.status = status
        self.fault_type = fault_type


class TokenRejected(Exception):
    """The bearer token is missing, unknown or expired: 401, in the gateway's shape."""


class RealmForbidden(Exception):
    """The token is for another company or another scope: 403, in the gateway's shape."""


class Throttled(Exception):
    """Too many requests: 429. ``retry_after_s`` is announced only where a switch says so."""

    def __init__(self, *, retry_after_s: int = 60) -> None:
        super().__init__("ThrottleExceeded")
        self.retry_after_s = retry_after_s


def _refused(code: str, message: str, detail: str, element: str = "") -> QboRefused:
    return QboRefused(FaultEntry(code, message, detail, element))


def not_found(detail: str = "") -> QboRefused:
    """610: unknown, deleted and inactive objects alike."""
    return _refused(
        "610",
        "Object Not Found",
        "Object Not Found : Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees." + detail,
    )


def unsupported_operation(operation: str) -> QboRefused:
    """500: the entity has no such operation."""
    return _refused("500", "Unsupported Operation", f"Operation {operation} is not supported.")


def not_offered(what: str) -> QboRefused:
    """500: QuickBooks has it, this simulator does not."""
    return _refused(
        "500",
        "Unsupported Operation",
        f"This simulator does not offer {what}; QuickBooks does.",
    )


def unknown_path(path: str) -> QboRefused:
    """500 with status 404: no such entity or operation."""
    refused = unsupported_operation(path)
    refused.status = 404
    return refused


def wrong_method(method: str, path: str) -> QboRefused:
    """500 with status 405: the path does not take this HTTP method."""
    refused = unsupported_operation(f"{method} {path}")
    refused.status = 405
    return refused


def unlinkable(txn_type: str) -> QboRefused:
    """620: a link to a transaction that can't be linked here."""
    return _refused("620", "Transaction cannot be linked", f"{txn_type} cannot be linked here")


def too_many_items(limit: int) -> QboRefused:
    """1040: more items in a batch than QuickBooks takes."""
    return _refused(
        "1040", "Too many items in the batch", f"The batch may hold at most {limit} items."
    )


def malformed(detail: str) -> QboRefused:
    """2000: the body can't be read at all."""
    return _refused("2000", "Request has invalid object", detail)


def unknown_property(name: str) -> QboRefused:
    """2010: a property that the entity does not have."""
    return _refused(
        "2010",
        "Request has invalid or unsupported property",
        f"Property Name:{name} specified is unsupported or invalid",
        name,
    )


def missing(name: str) -> QboRefused:
    """2020: a required property is absent or empty."""
    return _refused(
        "2020",
        "Required param missing, need to supply the required value for the API",
        f"Required parameter {name} is missing in the request",
        name,
    )


def illegal_characters(name: str) -> QboRefused:
    """2040: a character that the property may not hold."""
    return _refused(
        "2040", "Illegal characters", f"Property {name} has illegal characters", name
    )


def bad_length(name: str, *, longest: int, supplied: int) -> QboRefused:
    """2050: a text that is too long."""
    return _refused(
        "2050",
        "String length is either shorter or longer than supported by specification",
        f"Min:0 Max:{longest} supported. Supplied length:{supplied}",
        name,
    )


def bad_date(name: str, supplied: object) -> QboRefused:
    """2060: not a date."""
    return _refused("2060", "Invalid date format", f"Invalid date: {supplied}", name)


def bad_number(name: str, supplied: object) -> QboRefused:
    """2080: not a number."""
    return _refused("2080", "Invalid number format", f"Invalid number: {supplied}", name)


def bad_decimals(name: str, supplied: object) -> QboRefused:
    """2090: more decimals than the currency has."""
    return _refused("2090", "Invalid decimal format", f"Too many decimals: {supplied}", name)


def bad_request_id(longest: int) -> QboRefused:
    """2130: the request id is too long."""
    return _refused(
        "2130", "Invalid requestid", f"requestid may have at most {longest} characters"
    )


def bad_choice(name: str, supplied: object) -> QboRefused:
    """2170: not a value of the enumeration."""
    return _refused("2170", "Invalid Enumeration", f"Invalid Enumeration : {supplied}", name)


def bad_email(name: str) -> QboRefused:
    """2210: no address, by QuickBooks' simple test."""
    return _refused(
        "2210",
        "Invalid Email Address format",
        "The email address does not conform to the syntax rules: it must contain @ and .",
        name,
    )


def negative_amount(name: str) -> QboRefused:
    """2290: an amount below zero."""
    return _refused("2290", "Negative amount", "Negative amount is not allowed", name)


def unbalanced(debits: object, credits_: object) -> QboRefused:
    """2300: a journal whose sides differ."""
    return _refused(
        "2300",
        "Debits and credits differ",
        f"The debits ({debits}) and the credits ({credits_}) of the entry must be equal",
        "Line",
    )


def bad_reference(word: str, value: str, name: str) -> QboRefused:
    """2500: a reference to nothing."""
    return _refused(
        "2500",
        "Invalid Reference Id",
        f"Invalid Reference Id : {word} element id {value} not found",
        name,
    )


def query_syntax(detail: str) -> QboRefused:
    """4000: the statement can't be parsed."""
    return _refused("4000", "Error parsing query", f"QueryParserError: {detail}")


def bad_query(detail: str) -> QboRefused:
    """4001: the statement asks for what can't be asked."""
    return _refused("4001", "Invalid query", f"QueryValidationError: {detail}")


def stale() -> QboRefused:
    """5010: the sync token is not the current one."""
    return _refused(
        "5010",
        "Stale Object Error",
        "Stale Object Error : You and the simulator were working on this at the same time. "
        "The other user finished before you did, so your work was not saved.",
    )


def feature_off(detail: str) -> QboRefused:
    """5030: a feature that this company does not have."""
    return _refused("5030", "Feature Not Supported Error", detail)


def business(detail: str, element: str = "") -> QboRefused:
    """6000: the catch-all of the business rules."""
    return _refused(
        "6000",
        "A business validation error has occurred while processing your request",
        f"Business Validation Error: {detail}",
        element,
    )


def no_account_type() -> QboRefused:
    """6010: neither type nor subtype."""
    return _refused(
        "6010", "Account type missing", "Either AccountType or AccountSubType is needed"
    )


def bad_amount(supplied: object) -> QboRefused:
    """6070: the line's amount is not quantity times price."""
    return _refused(
        "6070",
        "Amount calculation incorrect in the request",
        f"Amount is not equal to UnitPrice * Qty. Supplied value:{supplied:,}",
        "Line.Amount",
    )


def no_name() -> QboRefused:
    """6080: a person or company without any name."""
    return _refused(
        "6080", "No name", "At least one of the name fields must be given", "DisplayName"
    )


def bad_line_tax_code() -> QboRefused:
    """6100: a US line with another code than TAX or NON."""
    return _refused(
        "6100",
        "Invalid tax code on a line",
        "Lines of a US company take only TAX or NON",
        "TaxCodeRef",
    )


def duplicate_number(number: str, txn_type: str, txn_id: str) -> QboRefused:
    """6140: the number is taken; the detail says by which document."""
    return _refused(
        "6140",
        "Duplicate Document Number Error",
        "Duplicate Document Number Error : You must specify a different number. "
        f"This number has already been used. DocNumber={number} is assigned to "
        f"TxnType={txn_type} with TxnId={txn_id}",
    )


def too_deep() -> QboRefused:
    """6180: more than five levels."""
    return _refused("6180", "Too many levels", "At most 5 levels are supported", "ParentRef")


def lapsed() -> QboRefused:
    """6190: the company's subscription has ended."""
    return _refused(
        "6190",
        "Invalid Company Status",
        "Subscription period has ended or canceled or there was a billing problem",
    )


def period_closed(closed_on: str) -> QboRefused:
    """6210: the date lies in a closed period."""
    return _refused(
        "6210",
        "Account Period Closed, Cannot Update Through Services API",
        f"The account period has closed and the account books are closed through {closed_on}. "
        "Updates through the Services API need a later date.",
        "TxnDate",
    )


def duplicate_name(name_id: str | None, *, form: str) -> QboRefused:
    """6240: the name is taken. ``form`` chooses the detail: ``id``, ``null`` or ``text``."""
    details = {
        "id": f"The name supplied already exists. : Id={name_id}",
        "null": "The name supplied already exists. : Id=null",
        "text": "Another customer, vendor or employee is already using this name. "
        "Please use a different name.",
    }
    return _refused("6240", "Duplicate Name Exists Error", details[form])


def email_needed() -> QboRefused:
    """6420: an invoice that is to be sent has no email address."""
    return _refused("6420", "Email address needed", "BillEmail is needed to send", "BillEmail")


def bad_account_type(name: str) -> QboRefused:
    """6430: an account of the wrong type."""
    return _refused(
        "6430", "Invalid account type used", f"Invalid account type used for {name}", name
    )


def not_voidable() -> QboRefused:
    """6450: the document can't be voided."""
    return _refused("6450", "Cannot be voided", "This transaction cannot be voided")


def deposited() -> QboRefused:
    """6540: a payment that sits in a bank deposit."""
    return _refused(
        "6540",
        "Deposited Transaction cannot be changed",
        "If you want to make a change, you must edit the deposit and remove it first",
    )


def broken(detail: str = "System Failure Error: simulated") -> QboRefused:
    """10000: the service fails, status 500."""
    entry = FaultEntry(
        "10000", "An application error has occurred while processing your request", detail
    )
    return QboRefused(entry, status=500, fault_type=SYSTEM)

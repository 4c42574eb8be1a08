"""Each QuickBooks error code: what to do about it, and what to tell people. One row a code.

Source: Intuit "Error codes", read 2026-11; recorded faults.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from providers.errors import (
    Blocked,
    Duplicate,
    Gone,
    NeedsPerson,
    ProviderError,
    Rejected,
    Stale,
    Unauthorized,
)
from schemas.errors import ErrorCategory, Solver


@dataclass(frozen=True, slots=True)
class Row:
    """What an error code means: the branch of our errors, and what to tell people."""

    kind: type[ProviderError]
    code: str
    category: ErrorCategory
    cause: str
    fix: str
    solver: Solver


def _row(kind: type[ProviderError], code: str, cause: str, fix: str) -> Row:
    """Make a row for something in QuickBooks that the tenant's admin can put right."""
    return Row(kind, code, ErrorCategory.SETTING, cause, fix, Solver.TENANT_ADMIN)


def _invalid(code: str, cause: str, fix: str) -> Row:
    """Make a row for a document that must be corrected where it comes from."""
    return Row(Rejected, code, ErrorCategory.VALIDATION, cause, fix, Solver.PLATFORM)


def _defect(code: str, cause: str) -> Row:
    """Make a row for a request that we should never have made."""
    fix = "Report this to the operator of the gateway, with the id of the call."
    return Row(Rejected, code, ErrorCategory.INTERNAL, cause, fix, Solver.OPERATOR)


def _consent(code: str, cause: str, fix: str) -> Row:
    return Row(Unauthorized, code, ErrorCategory.AUTH, cause, fix, Solver.TENANT_ADMIN)


_RECONNECT: Final = "Connect QuickBooks again, as an admin of the company."
NO_ACCESS: Final = _consent(
    "access_denied", "QuickBooks no longer lets us into this company.", _RECONNECT
)
_CLOSED: Final = _row(
    NeedsPerson,
    "period_closed",
    "The date lies in a period that is closed in QuickBooks.",
    "Date the document after the closing date, or move the closing date in QuickBooks.",
)
_DELETED: Final = _row(
    Gone,
    "record_gone",
    "QuickBooks no longer has this record, or somebody made it inactive.",
    "Restore the record in QuickBooks, or let it be created again.",
)
_REFERENCE: Final = _row(
    NeedsPerson,
    "reference_gone",
    "The document names a record that QuickBooks does not have.",
    "Map the account, item, class, customer or vendor named to one that QuickBooks has.",
)
_NUMBER_FORMAT: Final = _invalid(
    "number_format",
    "QuickBooks can't store a number of the document.",
    "Use amounts with at most 15 digits and two decimal places.",
)
_TAX: Final = _row(
    NeedsPerson,
    "tax_refused",
    "QuickBooks does not accept the document's tax code or tax amount.",
    "Check the tax codes mapped for this connection against those in QuickBooks.",
)
_PERMISSION: Final = _row(
    NeedsPerson,
    "permission_missing",
    "The person who connected QuickBooks may not do this there.",
    "Give that person the right in QuickBooks, or connect again as an admin.",
)
_REQUEST: Final = _defect("bad_request", "QuickBooks could not read the request.")
_QUERY: Final = _defect("bad_query", "QuickBooks could not read the query.")
_LOCKED_LINK: Final = _row(
    Blocked,
    "has_payments",
    "QuickBooks holds on to the transaction because others are linked to it.",
    "Unlink or delete the linked payments in QuickBooks first.",
)
ACCOUNT_NUMBER: Final = _row(
    Duplicate,
    "number_taken",
    "QuickBooks already has an account with this number.",
    "Nothing yet: that account is looked up; renumber this one if it is another.",
)
REPEATED: Final = _row(
    Duplicate,
    "repeated_request",
    "QuickBooks has had this request before.",
    "Nothing: the record is looked up.",
)

TABLE: Final[Mapping[str, Row]] = {
    "120": NO_ACCESS,
    "3100": NO_ACCESS,
    "3201": NO_ACCESS,
    "3202": NO_ACCESS,
    "500": _defect("unsupported_operation", "QuickBooks has no such operation."),
    "600": REPEATED,
    "610": _DELETED,
    "620": _row(
        NeedsPerson,
        "cannot_link",
        "QuickBooks can't link the payment to that invoice.",
        "Check in QuickBooks that the invoice is open and belongs to the same customer.",
    ),
    "700": _REFERENCE,
    "800": _LOCKED_LINK,
    "2000": _REQUEST,
    "2010": _REQUEST,
    "2020": _invalid(
        "field_missing",
        "A field that QuickBooks needs is missing.",
        "Fill in the field that is named.",
    ),
    "2030": _REFERENCE,
    "2040": _invalid(
        "characters_not_allowed",
        "A text has characters that QuickBooks does not allow.",
        "Take the characters out of the field that is named.",
    ),
    "2050": _invalid(
        "text_too_long",
        "A text is longer than QuickBooks takes.",
        "Shorten the field that is named.",
    ),
    "2060": _invalid("date_format", "QuickBooks can't read a date.", "Correct the date."),
    "2070": _invalid("date_format", "QuickBooks can't read a date.", "Correct the date."),
    "2080": _NUMBER_FORMAT,
    "2090": _NUMBER_FORMAT,
    "2100": _NUMBER_FORMAT,
    "2110": _NUMBER_FORMAT,
    "2130": _REQUEST,
    "2140": _NUMBER_FORMAT,
    "2150": _NUMBER_FORMAT,
    "2160": _NUMBER_FORMAT,
    "2170": _REQUEST,
    "2210": _invalid(
        "email_format",
        "QuickBooks does not take the e-mail address.",
        "Correct the e-mail address.",
    ),
    "2220": _row(
        NeedsPerson,
        "currency_unavailable",
        "The QuickBooks company does not keep books in this currency.",
        "Turn multicurrency on in QuickBooks and add the currency.",
    ),
    "2250": _invalid("no_lines", "The document has no lines.", "Give it at least one line."),
    "2290": _invalid(
        "negative_amount",
        "QuickBooks does not take a negative amount here.",
        "Use a positive amount, or a credit note.",
    ),
    "2500": _REFERENCE,
    "4000": _QUERY,
    "4001": _QUERY,
    "4002": _QUERY,
    "5010": _row(
        Stale,
        "changed_in_ledger",
        "Somebody changed the record in QuickBooks in the meantime.",
        "Nothing: it is read again and the change repeated.",
    ),
    "5020": _PERMISSION,
    "5030": _row(
        NeedsPerson,
        "feature_unavailable",
        "The company's QuickBooks plan does not have the feature, or it is switched off.",
        "Switch the feature on in QuickBooks, or choose a plan that has it.",
    ),
    "6000": _invalid(
        "business_rule",
        "QuickBooks refuses the document by one of its business rules.",
        "Read what QuickBooks says about it, and correct the document or its mapping.",
    ),
    "6010": _defect("account_type_missing", "The account has no type for QuickBooks."),
    "6070": _defect("amount_differs", "A line's amount is not quantity times price."),
    "6080": _invalid("name_missing", "QuickBooks needs a name.", "Give the record a name."),
    "6100": _TAX,
    "6110": _TAX,
    "6120": _TAX,
    "6130": _TAX,
    "6140": _row(
        Duplicate,
        "number_taken",
        "QuickBooks already has a document with this number.",
        "Nothing yet: that document is looked up; renumber this one if it is another.",
    ),
    "6190": _consent(
        "ledger_inactive",
        "The company's QuickBooks subscription has ended or is unpaid.",
        "Renew the QuickBooks subscription, then connect again.",
    ),
    "6200": _CLOSED,
    "6210": _CLOSED,
    "6220": ACCOUNT_NUMBER,
    "6230": ACCOUNT_NUMBER,
    "6240": _row(
        Duplicate,
        "name_taken",
        "QuickBooks already has a record with this name.",
        "Nothing yet: that record is looked up; rename this one if it is another.",
    ),
    "6250": _row(
        NeedsPerson,
        "customer_inactive",
        "The customer is inactive in QuickBooks.",
        "Make the customer active again in QuickBooks.",
    ),
    "6310": _row(
        NeedsPerson,
        "currency_differs",
        "The currency is not the one that QuickBooks has for the customer, vendor or account.",
        "Use a customer, vendor or account of the document's currency.",
    ),
    "6420": _invalid(
        "email_missing",
        "QuickBooks wants an e-mail address to send the document to.",
        "Give the customer an e-mail address.",
    ),
    "6430": _row(
        NeedsPerson,
        "account_type_wrong",
        "An account is of a type that QuickBooks does not take in this place.",
        "Map an account of the right type.",
    ),
    "6440": _LOCKED_LINK,
    "6450": _row(
        NeedsPerson,
        "cannot_void",
        "QuickBooks does not let this transaction be voided.",
        "Look at the transaction in QuickBooks, and void it there.",
    ),
    "6460": _LOCKED_LINK,
    "6470": _LOCKED_LINK,
    "6480": _row(
        NeedsPerson,
        "bank_matched",
        "The transaction is matched to a line of a bank statement in QuickBooks.",
        "Undo the match in QuickBooks' bank feed first.",
    ),
    "6540": _row(
        NeedsPerson,
        "deposited",
        "The payment is part of a bank deposit in QuickBooks, which locks it.",
        "Take the payment out of the deposit in QuickBooks first.",
    ),
    "10200": _row(
        NeedsPerson,
        "company_reset",
        "The QuickBooks company was reset; what was linked is no longer there.",
        "Disconnect the company, then connect and import it anew.",
    ),
}

REFUSED: Final = _invalid(
    "refused",
    "QuickBooks refuses the request for a reason that we do not know.",
    "Read what QuickBooks says about it, and correct the document.",
)

"""Xero's validation messages, and what each means for us.

Xero has one error number for every broken business rule, so the text decides. The first row
that fits any of an element's messages wins: the more telling rows stand first.

Source: Xero developer page "HTTP Response Codes & Errors" and messages recorded in issues of
Xero's SDKs and of integrators, read 2026-09. Wording drifts: the patterns are loose.
"""

from dataclasses import dataclass
from typing import Final

from providers.errors import (
    Blocked,
    Duplicate,
    Gone,
    NeedsPerson,
    ProviderError,
    Rejected,
    Uncertain,
)
from schemas.errors import ErrorCategory, Solver

_SHOWN_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: a message, and the error that it becomes.

    Attributes:
        pattern: Searched for, without regard to case.
        cause: May name groups of the pattern in braces.
    """

    pattern: str
    error: type[ProviderError]
    code: str
    cause: str
    fix: str
    category: ErrorCategory = ErrorCategory.SETTING
    solver: Solver = Solver.TENANT_ADMIN


_LOOK_UP: Final = "Nothing: it is looked up, and linked if it is the same."
_OUR_DEFECT: Final = "Nothing for the tenant: report it to the operator with the document's id."

CONTACT_RULES: Final = (
    Rule(
        r"contact name (?P<name>.+) is already assigned",
        Duplicate,
        "name_taken",
        "Another active contact in Xero is called {name}.",
        _LOOK_UP,
        solver=Solver.NOBODY,
    ),
    Rule(
        r"contact has this contact number",
        Duplicate,
        "contact_number_taken",
        "A contact in Xero carries our mark already, typically after a merge.",
        _LOOK_UP,
        solver=Solver.NOBODY,
    ),
    Rule(
        r"account number already exists",
        NeedsPerson,
        "account_number_taken",
        "Another contact in Xero has this account number.",
        "Change or clear the account number of one of the two.",
    ),
    Rule(
        r"email address must be valid",
        Rejected,
        "email_invalid",
        "Xero does not accept the e-mail address.",
        "Correct the e-mail address; Xero takes no umlauts or accents in it.",
        ErrorCategory.VALIDATION,
        Solver.PLATFORM,
    ),
    Rule(
        r"contact name cannot|contact name must",
        Rejected,
        "name_invalid",
        "Xero does not accept the contact's name.",
        "Correct the name: not empty, without angle brackets.",
        ErrorCategory.VALIDATION,
        Solver.PLATFORM,
    ),
    Rule(
        r"(?:is|an|been) archived",
        NeedsPerson,
        "archived",
        "The document names something that is archived in Xero.",
        "Restore it in Xero, or use another one.",
    ),
    Rule(
        r"contact.* could not be found|must contain .*contactid|contact must be specified",
        NeedsPerson,
        "contact_missing",
        "The contact that the document names is not in Xero.",
        "Link the customer or vendor to a contact of Xero again.",
    ),
)

PAYMENT_RULES: Final = (
    Rule(
        r"exceeds the amount outstanding",
        NeedsPerson,
        "payment_exceeds_due",
        "The payment is more than the invoice still owes in Xero.",
        "Compare the invoice's payments in Xero; record what is too much as an overpayment.",
    ),
    Rule(
        r"only be made against authorised",
        NeedsPerson,
        "invoice_not_payable",
        "The invoice is not approved in Xero, or it is void.",
        "Approve the invoice in Xero, or allocate the payment to another one.",
    ),
    Rule(
        r"part of a batch",
        NeedsPerson,
        "payment_in_batch",
        "The payment is part of a batch payment in Xero and can't be deleted alone.",
        "Delete the batch payment in Xero, and record the others again.",
    ),
    Rule(
        r"has been reconciled",
        NeedsPerson,
        "payment_reconciled",
        "The payment is reconciled with the bank statement in Xero.",
        "Undo the reconciliation in Xero first.",
    ),
    Rule(
        r"account could not be found|account type is invalid for a payment",
        NeedsPerson,
        "deposit_account_invalid",
        "The account that the money goes to can't take payments in Xero.",
        "Choose a bank account, or one with payments enabled, in the connection's settings.",
    ),
    Rule(
        r"document to pay could not be found",
        NeedsPerson,
        "invoice_missing",
        "The invoice that is paid is not in Xero.",
        "Send the invoice to Xero again, then the payment.",
    ),
)

DOCUMENT_RULES: Final = (
    Rule(
        r"(?:invoice|order) (?:#|number) must be unique",
        Duplicate,
        "number_taken",
        "An invoice in Xero has this number already.",
        _LOOK_UP,
        solver=Solver.NOBODY,
    ),
    Rule(
        r"has a payment or credit note|has payments or credit notes",
        Blocked,
        "has_payments",
        "The document has payments or credits in Xero, which forbid this change.",
        "Remove the payments and credits in Xero first, or credit the difference.",
    ),
    Rule(
        r"not of valid status",
        NeedsPerson,
        "status_forbids",
        "Xero does not allow this in the status that the record has there.",
        "Open the record in Xero and compare it with the platform's.",
    ),
    Rule(
        r"(?P<lock>end of year|period) lock date.*?(?:set at (?P<day>\S+)|$)",
        NeedsPerson,
        "period_locked",
        "The document's date is in a period that is locked in Xero ({lock} lock, {day}).",
        "Move the lock date in Xero, or date the document after it.",
    ),
    Rule(
        r"not subscribed to currency (?P<currency>\w+)",
        NeedsPerson,
        "currency_missing",
        "The organisation does not have the currency {currency}.",
        "Add the currency in Xero; it needs a plan with multiple currencies.",
    ),
    Rule(
        r"total cannot be negative",
        Rejected,
        "total_negative",
        "Xero does not accept a negative total.",
        "Send a credit note instead.",
        ErrorCategory.VALIDATION,
        Solver.PLATFORM,
    ),
)

LINE_RULES: Final = (
    Rule(
        r"account code must be specified",
        NeedsPerson,
        "account_unmapped",
        "A line names no account, and its item has none in Xero.",
        "Give the item an account in Xero, or name one on the line.",
    ),
    Rule(
        r"account code '(?P<account>[^']*)' is not a valid code",
        NeedsPerson,
        "account_invalid",
        "The account {account} can't be used on this document in Xero.",
        "Map it to an active account that is not a bank or control account.",
    ),
    Rule(
        r"item code '(?P<item>[^']*)' is not valid",
        NeedsPerson,
        "item_missing",
        "The item {item} is not in Xero, or not in use.",
        "Add the item in Xero again, or take it off the line.",
    ),
    Rule(
        r"tracking (?:category|option)",
        NeedsPerson,
        "class_invalid",
        "A line's class is mapped to a tracking category or option that is not in Xero, or not "
        "in use.",
        "Map the class to tracking that is in use, in the connection's settings, or add it in "
        "Xero again.",
    ),
    Rule(
        r"taxtype code '?(?P<tax>[^' ]+)'? cannot be used with account code"
        r" '?(?P<account>[^' ]+)",
        NeedsPerson,
        "tax_code_unfit",
        "The tax rate {tax} can't be used with the account {account} in Xero.",
        "Map the tax code to a rate that fits the account, or choose another account.",
    ),
    Rule(
        r"taxtype code '?(?P<tax>[^' ]+)'? (?:does not exist|cannot be used)",
        NeedsPerson,
        "tax_code_invalid",
        "The tax rate {tax} does not exist in Xero, or not for this kind of document.",
        "Map the tax code to one of Xero's active tax rates.",
    ),
    Rule(
        r"taxtype field is mandatory",
        NeedsPerson,
        "tax_code_unmapped",
        "Xero asks for a tax rate on every line.",
        "Map the tax code to one of Xero's tax rates.",
    ),
    Rule(
        r"insufficient stock",
        NeedsPerson,
        "stock_short",
        "Xero counts the stock of an item, and there is not enough of it.",
        "Correct the stock in Xero, or allow back-orders there.",
    ),
    Rule(
        r"line total .* does not match|total does not equal the sum|tax amount .* not match",
        Rejected,
        "total_mismatch",
        "Xero works out another total than the one it was sent.",
        _OUR_DEFECT,
        ErrorCategory.INTERNAL,
        Solver.OPERATOR,
    ),
    Rule(
        r"line total .* is larger than",
        Rejected,
        "amount_too_large",
        "A line is larger than the largest amount that Xero can hold.",
        "Split the line.",
        ErrorCategory.VALIDATION,
        Solver.PLATFORM,
    ),
)

CATALOGUE_RULES: Final = (
    Rule(
        r"price list item with code '?(?P<item>.+?)'? already exists",
        Duplicate,
        "code_taken",
        "An item in Xero has the code {item} already.",
        _LOOK_UP,
        solver=Solver.NOBODY,
    ),
    Rule(
        r"unique code",
        Duplicate,
        "code_taken",
        "An account in Xero has this code already.",
        _LOOK_UP,
        solver=Solver.NOBODY,
    ),
    Rule(
        r"unique name",
        Duplicate,
        "name_taken",
        "An account in Xero has this name already.",
        _LOOK_UP,
        solver=Solver.NOBODY,
    ),
    Rule(
        r"system account|account cannot be (?:deleted|archived)",
        NeedsPerson,
        "system_account",
        "Xero needs this account and does not let it go.",
        "Map the platform's account to another one of Xero.",
    ),
    Rule(
        r"bank account",
        NeedsPerson,
        "bank_account_by_hand",
        "Xero does not let bank accounts be added or changed from outside.",
        "Add or change the bank account in Xero.",
    ),
)

GENERAL_RULES: Final = (
    Rule(
        r"idempotency key.*different request",
        Uncertain,
        "key_used",
        "Xero has had this write before in another form; its outcome is not known.",
        _LOOK_UP,
        ErrorCategory.NETWORK,
        Solver.NOBODY,
    ),
    Rule(
        r"could not be found|cannot be found|does not exist",
        Gone,
        "gone",
        "Xero no longer has the record.",
        "Decide whether to send it again as a new one.",
    ),
    Rule(
        r"longer than|must not exceed|maximum length",
        Rejected,
        "too_long",
        "A text is longer than Xero allows.",
        "Shorten it.",
        ErrorCategory.VALIDATION,
        Solver.PLATFORM,
    ),
)

RULES: Final = (
    *CONTACT_RULES,
    *PAYMENT_RULES,
    *DOCUMENT_RULES,
    *LINE_RULES,
    *CATALOGUE_RULES,
    *GENERAL_RULES,
)

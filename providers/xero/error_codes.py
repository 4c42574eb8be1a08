"""Xero's validation messages, and what each means for us. One row a message.

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
from providers.xero.reasons import calls, documents, records, settings
from schemas.errors import ReasonCode


@dataclass(frozen=True, slots=True)
class Rule:
    """What a message means.

    Attributes:
        pattern: Searched for, without regard to case; its named groups are the details that
            the reason names.
        error: The branch of our errors, which says what to do next.
        reason: What to tell people.
    """

    pattern: str
    error: type[ProviderError]
    reason: ReasonCode


CONTACT_RULES: Final = (
    Rule(
        r"contact name (?P<name>.+) is already assigned",
        Duplicate,
        records.CONTACT_NAME_IN_USE,
    ),
    Rule(
        r"contact has this contact number",
        Duplicate,
        records.CONTACT_NUMBER_TAKEN,
    ),
    Rule(
        r"account number already exists",
        NeedsPerson,
        records.ACCOUNT_NUMBER_TAKEN,
    ),
    Rule(
        r"email address must be valid",
        Rejected,
        documents.EMAIL_INVALID,
    ),
    Rule(
        r"contact name cannot|contact name must",
        Rejected,
        documents.NAME_INVALID,
    ),
    Rule(
        r"(?:is|an|been) archived",
        NeedsPerson,
        records.ARCHIVED,
    ),
    Rule(
        r"(?<!a record with the )contact.* could not be found"  # it says so of the record sent
        r"|must contain .*contactid|contact must be specified",
        NeedsPerson,
        records.CONTACT_MISSING,
    ),
)

PAYMENT_RULES: Final = (
    Rule(
        r"exceeds the amount outstanding",
        NeedsPerson,
        records.PAYMENT_EXCEEDS_DUE,
    ),
    Rule(
        r"only be made against authorised",
        NeedsPerson,
        records.INVOICE_NOT_PAYABLE,
    ),
    Rule(
        r"part of a batch",
        NeedsPerson,
        records.PAYMENT_IN_BATCH,
    ),
    Rule(
        r"has been reconciled",
        NeedsPerson,
        records.PAYMENT_RECONCILED,
    ),
    Rule(
        r"account could not be found|account type is invalid for a payment",
        NeedsPerson,
        settings.DEPOSIT_ACCOUNT_INVALID,
    ),
    Rule(
        r"document to pay could not be found",
        NeedsPerson,
        records.INVOICE_MISSING,
    ),
)

DOCUMENT_RULES: Final = (
    Rule(
        r"(?:invoice|order) (?:#|number) must be unique",
        Duplicate,
        records.NUMBER_IN_USE,
    ),
    Rule(
        r"has a payment or credit note|has payments or credit notes",
        Blocked,
        records.HAS_PAYMENTS,
    ),
    Rule(
        r"not of valid status",
        NeedsPerson,
        records.STATUS_FORBIDS,
    ),
    Rule(
        r"(?P<lock>end of year|period) lock date.*?(?:set at (?P<day>\S+)|$)",
        NeedsPerson,
        settings.PERIOD_LOCKED,
    ),
    Rule(
        r"not subscribed to currency (?P<currency>\w+)",
        NeedsPerson,
        settings.CURRENCY_MISSING,
    ),
    Rule(
        r"total cannot be negative",
        Rejected,
        documents.TOTAL_NEGATIVE,
    ),
)

LINE_RULES: Final = (
    Rule(
        r"account code must be specified",
        NeedsPerson,
        settings.ITEM_WITHOUT_ACCOUNT,
    ),
    Rule(
        r"account code '(?P<account>[^']*)' is not a valid code",
        NeedsPerson,
        settings.ACCOUNT_INVALID,
    ),
    Rule(
        r"item code '(?P<item>[^']*)' is not valid",
        NeedsPerson,
        records.ITEM_MISSING,
    ),
    Rule(
        r"tracking (?:category|option)",
        NeedsPerson,
        settings.CLASS_INVALID,
    ),
    Rule(
        r"taxtype code '?(?P<tax>[^' ]+)'? cannot be used with account code"
        r" '?(?P<account>[^' ]+)",
        NeedsPerson,
        settings.TAX_CODE_UNFIT,
    ),
    Rule(
        r"taxtype code '?(?P<tax>[^' ]+)'? (?:does not exist|cannot be used)",
        NeedsPerson,
        settings.TAX_CODE_INVALID,
    ),
    Rule(
        r"taxtype field is mandatory",
        NeedsPerson,
        settings.TAX_CODE_NEEDED,
    ),
    Rule(
        r"insufficient stock",
        NeedsPerson,
        records.STOCK_SHORT,
    ),
    Rule(
        r"line total .* does not match|total does not equal the sum|tax amount .* not match",
        Rejected,
        calls.TOTAL_MISMATCH,
    ),
    Rule(
        r"line total .* is larger than",
        Rejected,
        documents.AMOUNT_TOO_LARGE,
    ),
)

CATALOGUE_RULES: Final = (
    Rule(
        r"price list item with code '?(?P<item>.+?)'? already exists",
        Duplicate,
        records.ITEM_CODE_IN_USE,
    ),
    Rule(
        r"unique code",
        Duplicate,
        records.ACCOUNT_CODE_IN_USE,
    ),
    Rule(
        r"unique name",
        Duplicate,
        records.ACCOUNT_NAME_IN_USE,
    ),
    Rule(
        r"system account|account cannot be (?:deleted|archived)",
        NeedsPerson,
        settings.SYSTEM_ACCOUNT,
    ),
    Rule(
        r"bank account",
        NeedsPerson,
        settings.BANK_ACCOUNT_BY_HAND,
    ),
)

GENERAL_RULES: Final = (
    Rule(
        r"idempotency key.*different request",
        Uncertain,
        calls.KEY_USED,
    ),
    Rule(
        r"could not be found|cannot be found|does not exist",
        Gone,
        records.GONE,
    ),
    Rule(
        r"longer than|must not exceed|maximum length",
        Rejected,
        documents.TOO_LONG,
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

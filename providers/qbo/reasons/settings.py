"""The reasons of QuickBooks: what the tenant's admin must decide or open in the ledger."""

from typing import Final

from providers import reasons
from schemas.afterwards import Afterwards
from schemas.errors import ErrorCategory, ReasonCode, Solver

CURRENCY_UNAVAILABLE: Final = ReasonCode(
    code="currency_unavailable",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The QuickBooks company does not keep books in this currency.",
    fix="Turn multicurrency on in QuickBooks and add the currency.",
    what=(
        "The document is in a foreign currency, but the QuickBooks company keeps its books in "
        "its own only."
    ),
    do=(
        "Turn multicurrency on in QuickBooks, which can't be undone, and add the currency.",
        "Solve the task: the company is read again first.",
    ),
    then=Afterwards.SOLVE,
)
FEATURE_UNAVAILABLE: Final = ReasonCode(
    code="feature_unavailable",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The company's QuickBooks plan does not have the feature, or it is switched off.",
    fix="Switch the feature on in QuickBooks, or choose a plan that has it.",
    what=(
        "The document needs something that the company's QuickBooks plan does not have, or "
        "that is switched off there."
    ),
    do=(
        "Read which feature it is in what QuickBooks says (`provider_code`).",
        "Switch it on in QuickBooks' settings, or choose a plan that has it.",
    ),
    then=Afterwards.SOLVE,
)
TAX_REFUSED: Final = ReasonCode(
    code="tax_refused",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="QuickBooks does not accept the document's tax code or tax amount.",
    fix="Check the tax codes mapped for this connection against those in QuickBooks.",
    what=(
        "QuickBooks does not accept the document's tax code or tax amount. Mostly the code was "
        "made inactive, or is not for this kind of document."
    ),
    do=(
        (
            "Compare `tax_codes` in the connection's settings with the active tax codes of "
            "QuickBooks."
        ),
        "Read what QuickBooks says about it in `provider_code`.",
    ),
    then=Afterwards.SOLVE,
)
PERIOD_CLOSED: Final = ReasonCode(
    code="period_closed",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The date lies in a period that is closed in QuickBooks.",
    fix="Date the document after the closing date, or move the closing date in QuickBooks.",
    what="The document's date is before the closing date of the QuickBooks books.",
    do=(
        "Ask the company's accountant which is right.",
        (
            "Date the document after the closing date on the platform, or move the closing "
            "date in QuickBooks' account settings."
        ),
    ),
    then=Afterwards.SOLVE,
)
CURRENCY_DIFFERS: Final = ReasonCode(
    code="currency_differs",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause=(
        "The currency is not the one that QuickBooks has for the customer, vendor or account."
    ),
    fix="Use a customer, vendor or account of the document's currency.",
    what=(
        "In QuickBooks a customer, vendor or account has one currency for ever, and the "
        "document has another one."
    ),
    do=(
        "Look up the currency of the customer, vendor or account in QuickBooks.",
        (
            "Use one of the document's currency: in QuickBooks that is a second customer or "
            "vendor."
        ),
    ),
    then=Afterwards.SOLVE,
)
ACCOUNT_TYPE_WRONG: Final = ReasonCode(
    code="account_type_wrong",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="An account is of a type that QuickBooks does not take in this place.",
    fix="Map an account of the right type.",
    what=(
        "An account is of a type that QuickBooks does not take in that place, such as an "
        "income account for the money of a payment."
    ),
    do=(
        "Read which account is meant in what QuickBooks says (`provider_code`).",
        (
            "Name an account of the right type on the document, or as `accounts` in the "
            "connection's settings."
        ),
    ),
    then=Afterwards.SOLVE,
)
COMPANY_RESET: Final = ReasonCode(
    code="company_reset",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The QuickBooks company was reset; what was linked is no longer there.",
    fix="Connect another company in its place, and announce the documents again.",
    what=(
        'All data of the QuickBooks company was erased ("purge"), so the records that '
        "documents are linked to are no longer there."
    ),
    do=(
        "Ask the company's admin whether that was meant.",
        (
            "Disconnect the company with `ledgerlane disconnect --tenant <tenant> --provider "
            "qbo --realm <realm>`."
        ),
        (
            "Connect a new company in its place with `ledgerlane connect --tenant <tenant> "
            "--provider qbo --realm <realm> --default`, and announce the documents again: "
            "there they are new, and are created."
        ),
    ),
    then=Afterwards.SOLVE,
)
CLASSES_OFF: Final = ReasonCode(
    code="classes_off",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause=(
        "Line {line_id} has class {code!r}, but class tracking is switched off in QuickBooks."
    ),
    fix=(
        "Switch class tracking on in QuickBooks, or map {code!r} to an empty text in the "
        "connection's settings to leave it out; then solve the task."
    ),
    what=(
        "A line has a class, but class tracking is switched off in QuickBooks, which would "
        "drop the class without a word."
    ),
    do=(
        "Switch class tracking on in QuickBooks.",
        (
            "Or map the class to an empty text under `classes` in the connection's settings, "
            "to leave it out."
        ),
        "Solve the task: the company is read again first.",
    ),
    then=Afterwards.SOLVE,
)
CLASSES_DIFFER: Final = ReasonCode(
    code="classes_differ",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause=(
        "The lines of invoice {number!r} differ in class, but the QuickBooks company gives a "
        "sales form one class as a whole."
    ),
    fix=(
        "Let QuickBooks track classes for each row of a transaction, then solve the task; or "
        "give all lines the same class."
    ),
    what=(
        "The lines of the invoice have several classes, but the QuickBooks company gives a "
        "whole sales form one class."
    ),
    do=(
        (
            "In QuickBooks' account settings, let classes be tracked for each row, then solve "
            "the task: the company is read again first."
        ),
        "Or give all lines the same class on the platform.",
    ),
    then=Afterwards.SOLVE,
)
SALES_TAX_OFF: Final = ReasonCode(
    code="sales_tax_off",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The document has tax of {tax}, but sales tax is switched off in QuickBooks.",
    fix="Set sales tax up in QuickBooks, then solve the task.",
    what="The document has tax, but sales tax is switched off in QuickBooks.",
    do=(
        "Set sales tax up in QuickBooks, in the company's country.",
        "Solve the task: the company is read again first.",
    ),
    then=Afterwards.SOLVE,
)
PERMISSION_MISSING: Final = reasons.PERMISSION_MISSING.reworded(
    cause="The person who connected QuickBooks may not do this there.",
    fix="Give that person the right in QuickBooks, or connect again as an admin.",
    category=ErrorCategory.SETTING,
)
ACCOUNT_UNMAPPED: Final = reasons.ACCOUNT_UNMAPPED.reworded(
    cause="The document names no account, and the connection has no default one for {use}.",
    fix="Choose the default account for {use} in the connection's settings.",
)
TAX_CODE_UNMAPPED: Final = reasons.TAX_CODE_UNMAPPED.reworded(
    cause="Tax code {code!r} at {rate:f} %: {because}.",
    fix="Map {code!r} to a QuickBooks tax code in the connection's settings.",
)
TAX_RATE_DIFFERS: Final = reasons.TAX_RATE_DIFFERS.reworded(
    cause=(
        "Tax code {code!r} is {rate:f} % on the document, but it is mapped to {ledger!r} in "
        "QuickBooks, which is {ledger_rate:f} %."
    ),
    fix="Map {code!r} to a QuickBooks tax code of {rate:f} %.",
)
CLASS_UNMAPPED: Final = reasons.CLASS_UNMAPPED.reworded(
    cause="Line {line_id} has class {code!r}, which is not mapped.",
    fix=(
        "Map {code!r} to the id of a QuickBooks class in the connection's settings, or to an "
        "empty text to leave it out."
    ),
)
CURRENCY_NOT_HELD: Final = CURRENCY_UNAVAILABLE.reworded(
    cause="The currency is {currency}, but the QuickBooks company works in {home} only.",
    fix="Turn multicurrency on in QuickBooks, then solve the task.",
)
DOCUMENT_CURRENCY_DIFFERS: Final = CURRENCY_DIFFERS.reworded(
    cause=(
        "The {document} is in {currency}, but QuickBooks has the {kind} {party} in "
        "{party_currency}, where that can't be changed."
    ),
    fix=(
        "Announce the document in {party_currency}, or for a second {kind} whose currency is "
        "{currency}."
    ),
)
PARTY_CURRENCY_FIXED: Final = CURRENCY_DIFFERS.reworded(
    cause=(
        "The {kind} {name!r} is in {currency} on the platform, but in {ledger_currency} in "
        "QuickBooks, where that can't be changed."
    ),
    fix=(
        "Announce it in {ledger_currency}, and a second {kind} in {currency} for documents in "
        "that currency."
    ),
)

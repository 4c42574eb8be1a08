"""The reasons of Xero: what the platform must correct in a document."""

from typing import Final

from providers import reasons
from schemas.afterwards import Afterwards
from schemas.errors import ErrorCategory, ReasonCode, Solver

EMAIL_INVALID: Final = ReasonCode(
    code="email_invalid",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="Xero does not accept the e-mail address.",
    fix="Correct the e-mail address; Xero takes no umlauts or accents in it.",
    what=(
        "Xero does not take the e-mail address. It allows no umlauts or accents in it, and one "
        "address only."
    ),
    do=("Correct the e-mail address on the platform.",),
    then=Afterwards.EDIT,
)
NAME_INVALID: Final = ReasonCode(
    code="name_invalid",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="Xero does not accept the contact's name.",
    fix="Correct the name: not empty, without angle brackets.",
    what="Xero does not take the contact's name: it is empty, or has an angle bracket.",
    do=("Correct the name on the platform.",),
    then=Afterwards.EDIT,
)
TOTAL_NEGATIVE: Final = ReasonCode(
    code="total_negative",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="Xero does not accept a negative total.",
    fix="Send a credit note instead.",
    what="The total of the invoice or bill is below zero, which Xero does not accept.",
    do=("Send a credit note instead, from the platform.",),
    then=Afterwards.EDIT,
)
AMOUNT_TOO_LARGE: Final = ReasonCode(
    code="amount_too_large",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="A line is larger than the largest amount that Xero can hold.",
    fix="Split the line.",
    what=(
        "A line is larger than 9,999,999,999.99, which is the most that Xero holds. Often a "
        "price was entered in the wrong unit."
    ),
    do=(
        "Check the line's quantity and price on the platform.",
        "If they are right, split the line.",
    ),
    then=Afterwards.EDIT,
)
TOO_LONG: Final = ReasonCode(
    code="too_long",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="A text is longer than Xero allows.",
    fix="Shorten it.",
    what=(
        "A text is longer than Xero takes; what Xero says (`provider_code`) names the field "
        "and its length."
    ),
    do=("Shorten it on the platform.",),
    then=Afterwards.EDIT,
)
PAYMENT_IMMUTABLE: Final = ReasonCode(
    code="payment_immutable",
    category=ErrorCategory.VALIDATION,
    solver=Solver.TENANT_ADMIN,
    cause="A payment can't be changed in Xero once it is recorded.",
    fix="Void the payment on the platform and record a new one.",
    what=(
        "The payment was changed on the platform after it was recorded in Xero, where payments "
        "can't be changed. Only what was left of it, and is an overpayment there, can settle "
        "further invoices."
    ),
    do=("Void the payment on the platform, and record a new one.",),
    then=Afterwards.SOLVE,
)
OVERPAYMENT_STAYS: Final = ReasonCode(
    code="overpayment_stays",
    category=ErrorCategory.VALIDATION,
    solver=Solver.TENANT_ADMIN,
    cause=(
        "{amount} of the payment are an overpayment in Xero, which can be voided only there; "
        "{used} of them settle invoices or were given back."
    ),
    fix="Void the overpayment in Xero, then solve the task.",
    what=(
        "The payment was voided on the platform. What settled no invoice is an overpayment in "
        "Xero, and Xero lets no program void one. Nothing of the payment was taken out yet."
    ),
    do=(
        "Open the overpayment in Xero: it has our mark in its description.",
        "Remove its allocations and refunds there, if it has any, and void it.",
        "Solve the task: the rest of the payment is then deleted.",
    ),
    then=Afterwards.SOLVE,
)
NOT_IN_USE: Final = ReasonCode(
    code="not_in_use",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="The {what} is out of use on the platform, and Xero does not have it.",
    fix="Make it active on the platform if it should be in Xero.",
    what=(
        "A customer, vendor, item or account is out of use on the platform, and Xero never had "
        "it. It is not created just to be archived."
    ),
    do=("Nothing, if no one needs it; else make it active again on the platform.",),
    then=Afterwards.EDIT,
)
NOT_VOIDABLE: Final = ReasonCode(
    code="not_voidable",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="A {what} can't be voided.",
    fix="Take it out of use instead.",
    what=(
        "A customer, vendor, item or account was to be voided; only invoices, bills and "
        "payments can be."
    ),
    do=("Take it out of use on the platform instead.",),
    then=Afterwards.EDIT,
)
TOO_LARGE: Final = ReasonCode(
    code="too_large",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="The document comes to {size:,} bytes, more than Xero reads.",
    fix="Split the document, or shorten its descriptions.",
    what=(
        "The document is larger than Xero reads in one request. It has very many lines, or "
        "very long descriptions."
    ),
    do=("Split the document on the platform, or shorten the descriptions of its lines.",),
    then=Afterwards.EDIT,
)
REFUSED: Final = reasons.REFUSED.reworded(
    cause="Xero refused it: {said}",
    fix="Correct the document as Xero's text says, and send it again.",
    solver=Solver.TENANT_ADMIN,
)

"""The reasons of documents that contradict each other; each names both sides and their figures.

They are found before any call is made, alike for every ledger: `consumers/sync/consistency.py`.
"""

from typing import Final

from schemas.afterwards import Afterwards
from schemas.errors import ErrorCategory, ReasonCode, Solver

PARTY_CURRENCY_DIFFERS: Final = ReasonCode(
    code="party_currency_differs",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="{document} is in {currency}, but {party} is in {party_currency}.",
    fix="Use a customer or vendor of the document's currency, or correct one of the two.",
    what=(
        "An invoice, a bill or a payment is in another currency than the one that its customer "
        "or vendor has on the platform."
    ),
    do=(
        "Compare the two currencies in the cause.",
        (
            "Correct the one that is wrong on the platform. Where both are right, use another "
            "customer or vendor, of the document's currency."
        ),
    ),
    then=Afterwards.COMPARE,
)
PAYMENT_CURRENCY_DIFFERS: Final = ReasonCode(
    code="payment_currency_differs",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause=(
        "{document} settles {amount} {currency} of {invoice}, whose total is {total} "
        "{invoice_currency}; no exchange rate is given."
    ),
    fix=(
        "Announce the payment with its `exchange_rate`, or in {invoice_currency}, or correct "
        "the currency of the invoice."
    ),
    what=(
        "A payment settles an invoice of another currency. One for one, the books would be "
        "wrong by the difference of the currencies."
    ),
    do=(
        "Compare the two currencies in the cause, and correct the one that is wrong.",
        (
            "If both are right, announce the payment with its `exchange_rate`: how much of the "
            "invoice's currency one unit of the payment's is worth."
        ),
    ),
    then=Afterwards.COMPARE,
)
SEVERAL_CURRENCIES: Final = ReasonCode(
    code="exchange_rate_for_several_currencies",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause=(
        "{document} settles {invoice} in {invoice_currency} and {other} in {other_currency}, "
        "but has one currency and one rate at most."
    ),
    fix="Announce a payment for each currency, with its own rate where it has another one.",
    what=(
        "A payment settles invoices of several currencies. Whether it gives a rate or not: it "
        "leads to one of them only."
    ),
    do=(
        (
            "Announce a payment for each currency of the invoices on the platform. One that is "
            "in another currency than its invoices has a rate of its own."
        ),
    ),
    then=Afterwards.COMPARE,
)
RATE_CONTRADICTS: Final = ReasonCode(
    code="exchange_rate_contradicts",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="{document} gives the rate {rate}, but it and {invoice} are both in {currency}.",
    fix="Leave the rate out, or correct the currency of the payment or of the invoice.",
    what=(
        "A payment gives an exchange rate other than 1, and settles an invoice of its own "
        "currency: one of the three is wrong."
    ),
    do=("Correct the rate or one of the currencies on the platform.",),
    then=Afterwards.COMPARE,
)
PAYMENT_PARTY_DIFFERS: Final = ReasonCode(
    code="payment_party_differs",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="{document} is of {party}, but {invoice} is of {invoice_party}.",
    fix="Correct the customer of the payment or of the invoice, or settle another invoice.",
    what=(
        "A payment of one customer settles an invoice of another one; or an invoice was given "
        "another customer, and not the payment that settles it in the ledger."
    ),
    do=(
        "Compare the two customers in the cause.",
        "Correct the one that is wrong, or the invoice that the payment names.",
    ),
    then=Afterwards.COMPARE,
)
SETTLES_DRAFT: Final = ReasonCode(
    code="settles_draft",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="{document} settles {amount} {currency} of {invoice}, which is a draft.",
    fix="Approve the invoice, or take it out of the payment.",
    what="A payment settles an invoice that is a draft, and so goes to no ledger.",
    do=("Approve the invoice on the platform, or take it out of the payment.",),
    then=Afterwards.COMPARE,
)
SETTLES_VOIDED: Final = ReasonCode(
    code="settles_voided",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="{document} settles {amount} {currency} of {invoice}, which is voided.",
    fix="Take the invoice out of the payment, or void the payment.",
    what="A payment settles an invoice that is voided: nothing is owed on it.",
    do=(
        "Settle the invoice that replaced it, or leave the amount unallocated.",
        "Void the payment if the money was never received.",
    ),
    then=Afterwards.COMPARE,
)
OVERPAYS: Final = ReasonCode(
    code="payment_exceeds_open_amount",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause=(
        "{document} settles {amount} {currency} of {invoice}, {excess} {currency} more than "
        "the {open} {currency} that are open: its total is {total} {currency}, and "
        "{others} {currency} of it are settled by {by_others}."
    ),
    fix="Settle no more than {open} {currency} of the invoice, and leave the rest unallocated.",
    what=(
        "A payment settles more of an invoice than is open: than its total less what other "
        "payments of the platform settle, as far as they are in the ledger."
    ),
    do=(
        "Lower the allocation to what is open; the cause has it.",
        (
            "Leave the rest unallocated: QuickBooks keeps it as unapplied amount, Xero as an "
            "overpayment."
        ),
        "Void the payment if it was recorded twice.",
    ),
    then=Afterwards.COMPARE,
)
OVERPAYS_ALONE: Final = OVERPAYS.reworded(
    cause=(
        "{document} settles {amount} {currency} of {invoice}, {excess} {currency} more than "
        "its total of {open} {currency}."
    ),
    fix="Settle no more than {open} {currency} of the invoice, and leave the rest unallocated.",
)
WRONG_DIRECTION: Final = ReasonCode(
    code="wrong_direction",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="{document} names {named}, but that is a {found}.",
    fix="Correct what the document names: money received and money paid can't be mixed.",
    what=(
        "A document of the sales side names one of the purchases side by its id, or the other "
        "way round: a received payment a bill, or an invoice a vendor."
    ),
    do=("Correct the reference, or the type of the event, on the platform.",),
    then=Afterwards.COMPARE,
)
OTHER_REALM: Final = ReasonCode(
    code="other_realm",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="{document} goes to realm {realm}, but {named} went to realm {found} only.",
    fix="Announce both to the same realm.",
    what=(
        "A document names another one that the platform announced to another company of the "
        "tenant only, so it will never be in this one's books."
    ),
    do=(
        "Compare the two realms in the cause.",
        "Announce the document to the realm of the other one, or the other one to both.",
    ),
    then=Afterwards.COMPARE,
)
OUT_OF_USE: Final = ReasonCode(
    code="names_out_of_use",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="{document} names {named}, which is out of use on the platform.",
    fix="Make {named} active on the platform, or name another one.",
    what=(
        "A document names a customer, vendor, item or account that is out of use on the "
        "platform, and one of the two is not in the ledger yet. No ledger takes it, "
        "and none is brought back just for it: it would have to be taken out of use again "
        "while the document is open, and QuickBooks then credits what is open of it."
    ),
    do=(
        (
            "Announce what the cause names as active: it is created in the ledger or taken "
            "into use there, and the document goes on automatically."
        ),
        "When nothing is open of it any more, it can be taken out of use again.",
        "Or name another one on the document, or void it.",
    ),
    then=Afterwards.COMPARE,
)

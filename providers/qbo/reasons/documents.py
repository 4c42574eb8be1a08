"""The reasons of QuickBooks: what the platform must correct in a document."""

from typing import Final

from providers import reasons
from schemas.afterwards import Afterwards
from schemas.errors import ErrorCategory, ReasonCode, Solver

FIELD_MISSING: Final = ReasonCode(
    code="field_missing",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="A field that QuickBooks needs is missing.",
    fix="Fill in the field that is named.",
    what="QuickBooks needs a field that the document does not have.",
    do=("Fill in the field that the cause names, on the platform.",),
    then=Afterwards.EDIT,
)
CHARACTERS_NOT_ALLOWED: Final = ReasonCode(
    code="characters_not_allowed",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="A text has characters that QuickBooks does not allow.",
    fix="Take the characters out of the field that is named.",
    what=(
        "A text has characters that QuickBooks does not take, such as control characters, tabs "
        "or line ends in a name."
    ),
    do=("Take the characters out of the field that the cause names, on the platform.",),
    then=Afterwards.EDIT,
)
TEXT_TOO_LONG: Final = ReasonCode(
    code="text_too_long",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="A text is longer than QuickBooks takes.",
    fix="Shorten the field that is named.",
    what=(
        "A text is longer than QuickBooks takes. The gateway cuts nothing that people read in "
        "the books."
    ),
    do=("Shorten the field that the cause names, on the platform.",),
    then=Afterwards.EDIT,
)
DATE_FORMAT: Final = ReasonCode(
    code="date_format",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="QuickBooks can't read a date.",
    fix="Correct the date.",
    what="QuickBooks can't read a date, or does not take it. Mostly the year is mistyped.",
    do=("Correct the document's dates on the platform.",),
    then=Afterwards.EDIT,
)
NUMBER_FORMAT: Final = ReasonCode(
    code="number_format",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="QuickBooks can't store a number of the document.",
    fix="Use amounts with at most 15 digits and two decimal places.",
    what=(
        "QuickBooks can't store a number of the document: it has too many digits or decimal "
        "places."
    ),
    do=(
        (
            "Correct the amount, price or quantity that the cause names: at most 15 digits, "
            "and two decimal places for amounts."
        ),
    ),
    then=Afterwards.EDIT,
)
EMAIL_FORMAT: Final = ReasonCode(
    code="email_format",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="QuickBooks does not take the e-mail address.",
    fix="Correct the e-mail address.",
    what=(
        "QuickBooks does not take the e-mail address: it is malformed, or a list with a sign "
        "that QuickBooks does not know."
    ),
    do=("Correct the e-mail address on the platform.",),
    then=Afterwards.EDIT,
)
NO_LINES: Final = ReasonCode(
    code="no_lines",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="The document has no lines.",
    fix="Give it at least one line.",
    what="The document has no lines, and QuickBooks takes none like that.",
    do=("Give the document at least one line on the platform.",),
    then=Afterwards.EDIT,
)
NEGATIVE_AMOUNT: Final = ReasonCode(
    code="negative_amount",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="QuickBooks does not take a negative amount here.",
    fix="Use a positive amount, or a credit note.",
    what="A line or a total is negative where QuickBooks takes positive amounts only.",
    do=("Correct the amount on the platform, or send a credit note instead.",),
    then=Afterwards.EDIT,
)
BUSINESS_RULE: Final = ReasonCode(
    code="business_rule",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="QuickBooks refuses the document by one of its business rules.",
    fix="Read what QuickBooks says about it, and correct the document or its mapping.",
    what=(
        "QuickBooks refuses the document by a rule that has no error code of its own. What it "
        "says (`provider_code`) tells which rule."
    ),
    do=(
        "Read what QuickBooks says, and which field the cause names.",
        (
            "Correct the document on the platform. If it is a mapping, correct that in the "
            "connection's settings and replay the dead letter."
        ),
    ),
    then=Afterwards.EDIT,
)
NAME_MISSING: Final = ReasonCode(
    code="name_missing",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="QuickBooks needs a name.",
    fix="Give the record a name.",
    what=(
        "QuickBooks needs a name for the customer, vendor, item or account, and there is none."
    ),
    do=("Give the record a name on the platform.",),
    then=Afterwards.EDIT,
)
EMAIL_MISSING: Final = ReasonCode(
    code="email_missing",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="QuickBooks wants an e-mail address to send the document to.",
    fix="Give the customer an e-mail address.",
    what="QuickBooks is to send the document by e-mail, and the customer has no address.",
    do=(
        "Give the customer an e-mail address on the platform, or the document one of its own.",
    ),
    then=Afterwards.EDIT,
)
ITEM_NEEDED: Final = ReasonCode(
    code="item_needed",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="Line {line_id} names an account and no item; QuickBooks posts sales through items.",
    fix="Give the line an item whose income account is that account.",
    what=(
        "A sales line names an account and no item. QuickBooks posts sales only through items, "
        "each of which has its income account."
    ),
    do=("Give the line an item whose income account is that account, on the platform.",),
    then=Afterwards.EDIT,
)
REFUSED: Final = reasons.REFUSED.reworded(
    cause="QuickBooks refuses the request for a reason that we do not know.",
    fix="Read what QuickBooks says about it, and correct the document.",
)

"""The reasons of QuickBooks: what is wrong with a call: consent, connection, our request."""

from typing import Final

from providers import reasons
from schemas.afterwards import Afterwards
from schemas.errors import ErrorCategory, ReasonCode, Solver

ACCESS_DENIED: Final = ReasonCode(
    code="access_denied",
    category=ErrorCategory.AUTH,
    solver=Solver.TENANT_ADMIN,
    cause="QuickBooks no longer lets us into this company.",
    fix="Connect QuickBooks again, as an admin of the company.",
    what=(
        "QuickBooks no longer lets the gateway into the company. Mostly the app was removed "
        "there, the person who had connected it left, or the consent ran out."
    ),
    do=(
        (
            "Have an admin of the company connect it again: `ledgerlane connect-url --provider "
            "qbo` prints the address."
        ),
        (
            "Finish with `ledgerlane connect --tenant <tenant> --provider qbo --realm "
            "<realm>`, with the code that comes back."
        ),
    ),
    then=Afterwards.CONNECT,
)
UNSUPPORTED_OPERATION: Final = ReasonCode(
    code="unsupported_operation",
    category=ErrorCategory.INTERNAL,
    solver=Solver.OPERATOR,
    cause="QuickBooks has no such operation.",
    fix="Report this to the operator of the gateway, with the id of the call.",
    what=(
        "The gateway asked QuickBooks for an operation that it does not have for this kind of "
        "record. This is a defect of ours."
    ),
    do=(
        "Report the document's id and the call's id (`trace_id`) to the operator.",
        "As the operator: look in the audit of provider calls what was asked for.",
    ),
    then=Afterwards.DEFECT,
)
BAD_REQUEST: Final = ReasonCode(
    code="bad_request",
    category=ErrorCategory.INTERNAL,
    solver=Solver.OPERATOR,
    cause="QuickBooks could not read the request.",
    fix="Report this to the operator of the gateway, with the id of the call.",
    what=(
        "QuickBooks could not read a request of the gateway. This is a defect of ours, or "
        "QuickBooks has changed its API."
    ),
    do=(
        "Report the document's id and the call's id (`trace_id`) to the operator.",
        (
            "As the operator: compare the request in the audit of provider calls with the "
            "provider's documentation."
        ),
    ),
    then=Afterwards.DEFECT,
)
BAD_QUERY: Final = ReasonCode(
    code="bad_query",
    category=ErrorCategory.INTERNAL,
    solver=Solver.OPERATOR,
    cause="QuickBooks could not read the query.",
    fix="Report this to the operator of the gateway, with the id of the call.",
    what=(
        "QuickBooks could not read a query of the gateway. This is a defect of ours, often "
        "with an unusual sign in a name or number."
    ),
    do=(
        "Report the document's id and the call's id (`trace_id`) to the operator.",
        "As the operator: look at the name or number that was searched for.",
    ),
    then=Afterwards.DEFECT,
)
ACCOUNT_TYPE_MISSING: Final = ReasonCode(
    code="account_type_missing",
    category=ErrorCategory.INTERNAL,
    solver=Solver.OPERATOR,
    cause="The account has no type for QuickBooks.",
    fix="Report this to the operator of the gateway, with the id of the call.",
    what=(
        "QuickBooks got an account without the type that it needs. The gateway always sends "
        "one, so this is a defect of ours."
    ),
    do=(
        "Report the document's id and the call's id (`trace_id`) to the operator.",
        (
            "As the operator: look for an account type of the platform that the mapping does "
            "not know."
        ),
    ),
    then=Afterwards.DEFECT,
)
AMOUNT_DIFFERS: Final = ReasonCode(
    code="amount_differs",
    category=ErrorCategory.INTERNAL,
    solver=Solver.OPERATOR,
    cause="A line's amount is not quantity times price.",
    fix="Report this to the operator of the gateway, with the id of the call.",
    what=(
        "QuickBooks works out another amount for a line than quantity times price. The gateway "
        "sends quantities and prices only where they come to the amount, so this is a defect "
        "of ours."
    ),
    do=(
        "Report the document's id and the call's id (`trace_id`) to the operator.",
        "As the operator: compare the line's quantity, price, discount and rounding.",
    ),
    then=Afterwards.DEFECT,
)
LEDGER_INACTIVE: Final = ReasonCode(
    code="ledger_inactive",
    category=ErrorCategory.AUTH,
    solver=Solver.TENANT_ADMIN,
    cause="The company's QuickBooks subscription has ended or is unpaid.",
    fix="Renew the QuickBooks subscription, then connect again.",
    what=(
        "The company's QuickBooks subscription has ended or is unpaid, so QuickBooks takes "
        "nothing."
    ),
    do=(
        "Have the company renew the subscription.",
        (
            "Connect the company again with `ledgerlane connect --tenant <tenant> --provider "
            "qbo --realm <realm>`."
        ),
    ),
    then=Afterwards.CONNECT,
)
PROFILE_MISSING: Final = ReasonCode(
    code="profile_missing",
    category=ErrorCategory.INTERNAL,
    solver=Solver.NOBODY,
    cause="What the mapping must know about the QuickBooks company was never read.",
    fix="Nothing at first: the company is read again. If it is held, solve the task.",
    what=(
        "What must be known of the QuickBooks company, such as its country and tax, was never "
        "read. It was connected by an older gateway, or its row was written by hand."
    ),
    do=(
        "Nothing at first: the company is read, and the document tried with what was read.",
        (
            "If it is held, QuickBooks did not let the company be read. Solve the task when it "
            "answers again, which reads it once more."
        ),
    ),
    then=Afterwards.SOLVE,
)
REALM_MISSING: Final = ReasonCode(
    code="realm_missing",
    category=ErrorCategory.AUTH,
    solver=Solver.TENANT_ADMIN,
    cause="QuickBooks gave its consent for no company.",
    fix="Connect again, choose a company and allow access to its books.",
    what=(
        "QuickBooks gave its consent for no company: none was chosen, or access to the books "
        "was not allowed."
    ),
    do=("Connect again, choose a company and allow access to its books.",),
    then=Afterwards.CONNECTING,
)
TOKEN_EXPIRED: Final = reasons.TOKEN_EXPIRED.reworded(
    cause="QuickBooks no longer takes the access token.",
    fix="Nothing: the token is refreshed automatically.",
)

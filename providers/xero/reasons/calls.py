"""The reasons of Xero: what is wrong with a call: consent, connection, our request."""

from typing import Final

from providers import reasons
from schemas import reasons as core
from schemas.afterwards import Afterwards
from schemas.errors import ErrorCategory, ReasonCode, Solver

KEY_USED: Final = ReasonCode(
    code="key_used",
    category=ErrorCategory.NETWORK,
    solver=Solver.NOBODY,
    cause="Xero has had this write before in another form; its outcome is not known.",
    fix="Nothing: it is looked up, and linked if it is the same.",
    what=(
        "Xero has had this idempotency key before with another content, so it is not known "
        "what became of the first write. Mostly its answer was lost and the document was "
        "edited meanwhile."
    ),
    do=(
        "Nothing at first: the document is looked up before anything is written.",
        (
            "If it died of this: look in Xero whether the document is there, then replay the "
            "dead letter."
        ),
    ),
    then=Afterwards.RETRY,
)
UNCONFIRMED: Final = ReasonCode(
    code="unconfirmed",
    category=ErrorCategory.NETWORK,
    solver=Solver.NOBODY,
    cause="Xero's answer does not confirm the write: {what}.",
    fix="Nothing: it is looked up and, if it is missing, written again automatically.",
    what=(
        "Xero answered a write without showing that this document was saved. It may be there "
        "or not."
    ),
    do=(
        "Nothing at first: it is looked up, and written again only if it is missing.",
        (
            "If it died of this: look in Xero whether the document is there, then replay the "
            "dead letter."
        ),
    ),
    then=Afterwards.RETRY,
)
SCOPE_MISSING: Final = ReasonCode(
    code="scope_missing",
    category=ErrorCategory.AUTH,
    solver=Solver.TENANT_ADMIN,
    cause="The consent given in Xero does not cover this kind of record.",
    fix="Connect the organisation again and agree to all that is asked for.",
    what=(
        "The consent that was given in Xero does not cover this kind of record: it is older "
        "than the scopes that the gateway asks for now."
    ),
    do=("Connect the organisation again and agree to all that is asked for.",),
    then=Afterwards.CONNECT,
)
TENANT_DISCONNECTED: Final = ReasonCode(
    code="tenant_disconnected",
    category=ErrorCategory.AUTH,
    solver=Solver.TENANT_ADMIN,
    cause="The organisation was disconnected in Xero.",
    fix="Connect the organisation again.",
    what="The organisation was disconnected in Xero, under its connected apps.",
    do=(
        "Ask in the company whether that was meant.",
        (
            "If not, connect the organisation again with `ledgerlane connect --tenant "
            "<tenant> --provider xero`; if so, disconnect it here too with `ledgerlane "
            "disconnect --tenant <tenant> --provider xero --realm <realm>`."
        ),
    ),
    then=Afterwards.CONNECT,
)
REQUEST_REFUSED: Final = ReasonCode(
    code="request_refused",
    category=ErrorCategory.INTERNAL,
    solver=Solver.OPERATOR,
    cause="Xero did not process the request (HTTP {status}).",
    fix="Report it to the operator with the document's id.",
    what=(
        "Xero did not process the request as a whole, so nothing was saved. It is malformed or "
        "too large for Xero, which is a defect of ours, or Xero has changed its API."
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
TOTAL_MISMATCH: Final = core.TOTAL_MISMATCH.reworded(
    cause="Xero works out another total than the one it was sent.",
    fix="Nothing for the tenant: report it to the operator with the document's id.",
    category=ErrorCategory.INTERNAL,
    solver=Solver.OPERATOR,
)
TOKEN_EXPIRED: Final = reasons.TOKEN_EXPIRED.reworded(
    cause="Xero did not accept the access token.",
    fix="Nothing: the token is refreshed automatically.",
)
PERMISSION_MISSING: Final = reasons.PERMISSION_MISSING.reworded(
    cause="The user who connected the organisation may not do this in Xero.",
    fix="Give the user a role that may, or connect again as one who has it.",
)

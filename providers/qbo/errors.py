"""What an answer of QuickBooks means, whatever shape it has.

Source: Intuit "Handle errors" and "API call limits and throttling", read 2026-11.
"""

import re
from datetime import timedelta
from typing import Final

from providers.errors import Bucket, Duplicate, ProviderError, RateLimited, TokenExpired
from providers.http import Call, Reply, lost, no_answer, retry_after
from providers.qbo.error_codes import (
    ACCOUNT_NUMBER,
    NO_ACCESS,
    REFUSED,
    REPEATED,
    TABLE,
    Row,
)
from providers.qbo.faults import Fault, faults
from schemas.errors import ErrorCategory, Reason, Solver

PAUSE: Final = timedelta(seconds=60)
PROVIDER_TEXT_LIMIT: Final = 300
THROTTLED: Final = "3001"
BUSINESS_RULE: Final = "6000"
SYSTEM_FAILURES: Final = frozenset({"10000", "130", "140", "150"})
_TOKEN_CODES: Final = frozenset({"", "100", "110", "3200"})
_NO_FAULT: Final = Fault("", "")
_INTERNAL: Final = "-30000"
_REQUEST_ID: Final = re.compile(r"request ?id", re.IGNORECASE)
_NAMED_ID: Final = re.compile(r"\b(?:Txn)?Id=(\d+)")


def classify(call: Call, reply: Reply) -> ProviderError | None:
    """Say what an answer means; ``None`` is success, which a status of 200 alone is not."""
    found = faults(reply)
    if reply.status == 200 and not found and _is_object(reply):
        return None
    first = found[0] if found else _NO_FAULT
    if reply.status == 429 or first.code == THROTTLED:
        return RateLimited(retry_after(reply) or PAUSE, Bucket.MINUTE, trace_id=reply.trace_id)
    if _is_outage(reply, first):
        told, wait = _told(reply, first), retry_after(reply)
        return lost(call, no_answer(told), retry_after=wait, trace_id=reply.trace_id)
    if reply.status == 401 and first.code in _TOKEN_CODES:
        return TokenExpired(_token_reason(first), trace_id=reply.trace_id)
    return _by_table(reply, first)


def _by_table(reply: Reply, fault: Fault) -> ProviderError:
    row = _row_of(reply, fault)
    named = f" Field: {fault.element}." if fault.element else ""
    reason = Reason(
        code=row.code,
        category=row.category,
        cause=row.cause + named,
        fix=row.fix,
        solver=row.solver,
        provider_code=_told(reply, fault),
    )
    if row.kind is Duplicate:
        return Duplicate(reason, external_id=_named_id(fault), trace_id=reply.trace_id)
    return row.kind(reason, trace_id=reply.trace_id)


def _row_of(reply: Reply, fault: Fault) -> Row:
    """Find the row of a fault; what the catch-all code is about, its field or text tells."""
    if fault.code == BUSINESS_RULE and fault.element == "AcctNum":
        return ACCOUNT_NUMBER
    if fault.code == BUSINESS_RULE and _REQUEST_ID.search(fault.detail):
        return REPEATED
    return TABLE.get(fault.code, NO_ACCESS if reply.status in (401, 403) else REFUSED)


def _is_outage(reply: Reply, fault: Fault) -> bool:
    """Whether QuickBooks itself is in trouble, whatever it calls it."""
    return (
        reply.status >= 500
        or fault.code in SYSTEM_FAILURES
        or (reply.status == 200 and fault == _NO_FAULT)
        or (fault.code == BUSINESS_RULE and _INTERNAL in fault.detail)
    )


def _is_object(reply: Reply) -> bool:
    """Whether the answer is a record at all, and not the page of a load balancer."""
    return reply.content.lstrip().startswith(b"{")


def _token_reason(fault: Fault) -> Reason:
    return Reason(
        code="token_expired",
        category=ErrorCategory.AUTH,
        cause="QuickBooks no longer takes the access token.",
        fix="Nothing: the token is refreshed.",
        solver=Solver.NOBODY,
        provider_code=fault.code,
    )


def _told(reply: Reply, fault: Fault) -> str:
    """Give what QuickBooks said, short, for its support."""
    code = fault.code or f"HTTP {reply.status}"
    return f"{code} {fault.detail or fault.message}".strip()[:PROVIDER_TEXT_LIMIT]


def _named_id(fault: Fault) -> str:
    """Find the record that a duplicate names; not every form of the fault names one."""
    found = _NAMED_ID.search(fault.detail)
    return found[1] if found else ""

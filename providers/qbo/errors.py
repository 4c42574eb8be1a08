"""What an answer of QuickBooks means, whatever shape it has.

Source: Intuit "Handle errors" and "API call limits and throttling", read 2026-11.
"""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Final

from providers.errors import Bucket, Duplicate, ProviderError, RateLimited, TokenExpired
from providers.http import Call, Reply, lost, no_answer, retry_after
from providers.qbo.error_codes import (
    ACCOUNT_NUMBER,
    NO_ACCESS,
    OTHER_CURRENCY,
    REFUSED,
    REPEATED,
    TABLE,
    Meaning,
)
from providers.qbo.faults import Fault, faults
from providers.qbo.reasons import calls

PAUSE: Final = timedelta(seconds=60)
PROVIDER_TEXT_LIMIT: Final = 300
THROTTLED: Final = "3001"
BUSINESS_RULE: Final = "6000"
SYSTEM_FAILURES: Final = frozenset({"10000", "130", "140", "150"})
_TOKEN_CODES: Final = frozenset({"", "100", "110", "3200"})
_NO_FAULT: Final = Fault("", "")
_INTERNAL: Final = "-30000"
_REQUEST_ID: Final = re.compile(r"request ?id", re.IGNORECASE)
_CURRENCY: Final = re.compile(r"\bcurrency\b.*\b(?:customer|vendor)\b", re.IGNORECASE)
_NAMED_ID: Final = re.compile(r"\b(?:Txn)?Id=(\d+)")


def classify(call: Call, reply: Reply) -> ProviderError | None:
    """Return what an answer means; ``None`` is success, which a status of 200 alone is not."""
    found = faults(reply)
    if reply.status == 200 and not found and _is_object(reply):
        return None
    first = found[0] if found else _NO_FAULT
    # Throttles first: QuickBooks also reports them as a fault under another status.
    if reply.status == 429 or first.code == THROTTLED:
        return RateLimited(retry_after(reply) or PAUSE, Bucket.MINUTE, trace_id=reply.trace_id)
    if _is_outage(reply, first):
        told, wait = _told(reply, first), retry_after(reply)
        return lost(call, no_answer(told), retry_after=wait, trace_id=reply.trace_id)
    if reply.status == 401 and first.code in _TOKEN_CODES:
        return TokenExpired(calls.TOKEN_EXPIRED.reason(first.code), trace_id=reply.trace_id)
    return _by_table(reply, first)


def _by_table(reply: Reply, fault: Fault) -> ProviderError:
    meaning = _meaning_of(reply, fault)
    reason = meaning.reason.reason(_told(reply, fault))
    if fault.element:
        reason = replace(reason, cause=f"{reason.cause} Field: {fault.element}.")
    if meaning.error is Duplicate:
        return Duplicate(reason, external_id=_named_id(fault), trace_id=reply.trace_id)
    return meaning.error(reason, trace_id=reply.trace_id)


def _meaning_of(reply: Reply, fault: Fault) -> Meaning:
    """Return the row of a fault; what the catch-all code is about, its field or text tells."""
    if fault.code == BUSINESS_RULE and fault.element == "AcctNum":
        return ACCOUNT_NUMBER
    if fault.code == BUSINESS_RULE and _REQUEST_ID.search(fault.detail):
        return REPEATED
    # Which code it has when a customer is of another currency is not documented.
    if fault.code == BUSINESS_RULE and _CURRENCY.search(fault.detail):
        return OTHER_CURRENCY
    return TABLE.get(fault.code, NO_ACCESS if reply.status in (401, 403) else REFUSED)


def _is_outage(reply: Reply, fault: Fault) -> bool:
    """Return whether QuickBooks itself is in trouble, whatever it calls it."""
    return (
        reply.status >= 500
        or fault.code in SYSTEM_FAILURES
        or (reply.status == 200 and fault == _NO_FAULT)
        or (fault.code == BUSINESS_RULE and _INTERNAL in fault.detail)
    )


def _is_object(reply: Reply) -> bool:
    """Return whether the answer is a record at all, and not the page of a load balancer."""
    return reply.content.lstrip().startswith(b"{")


def _told(reply: Reply, fault: Fault) -> str:
    """Return what QuickBooks said, short, for its support."""
    code = fault.code or f"HTTP {reply.status}"
    return f"{code} {fault.detail or fault.message}".strip()[:PROVIDER_TEXT_LIMIT]


def _named_id(fault: Fault) -> str:
    """Find the record that a duplicate names; not every form of the fault names one."""
    found = _NAMED_ID.search(fault.detail)
    return found[1] if found else ""

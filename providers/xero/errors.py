"""What an answer of Xero means: by its status, and by the messages of its elements.

Source: Xero developer pages "HTTP Response Codes & Errors", "OAuth 2.0 FAQ" and "OAuth 2.0
API limits", read 2026-09.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from providers.errors import (
    Bucket,
    Gone,
    NeedsPerson,
    ProviderError,
    RateLimited,
    Rejected,
    TokenExpired,
    Unauthorized,
)
from providers.http import Call, Reply, lost, no_answer, retry_after
from providers.wire import Record
from providers.xero.error_codes import RULES, Rule
from providers.xero.faults import json_object, messages_in, shorten, told
from providers.xero.reasons import calls, documents, records, settings
from schemas.errors import Reason

_BUCKETS: Final = {
    "minute": Bucket.MINUTE,
    "day": Bucket.DAY,
    "concurrent": Bucket.CONCURRENT,
    "appminute": Bucket.APP_MINUTE,
}
_PAUSES: Final = {Bucket.CONCURRENT: timedelta(seconds=1), Bucket.DAY: timedelta(hours=1)}
"""How long to wait where no ``Retry-After`` says it; a minute for the others."""


class Unprocessed(Rejected):
    """The request as a whole was not read, so none of its elements was saved."""


def classify(call: Call, reply: Reply) -> ProviderError | None:
    """Return what an answer means; ``None`` is success."""
    if reply.status < 400:
        return None
    error = _by_status(call, reply)
    error.trace_id = reply.trace_id
    return error


def element_error(element: Record) -> ProviderError | None:
    """Return what went wrong with one element of a batch's answer; ``None`` if it was saved."""
    messages = list(messages_in(element))
    if messages:
        return of_messages(messages)
    failed = element.get("StatusAttributeString") == "ERROR" or element.get("HasErrors")
    return _refused("an element failed without a message") if failed else None


def of_messages(messages: Sequence[str]) -> ProviderError:
    """Return what an element's messages mean; unknown ones are a refusal in Xero's words."""
    for rule in RULES:
        for message in messages:
            found = re.search(rule.pattern, message, re.IGNORECASE)
            if found:
                return _by_rule(rule, found, messages)
    return _refused(" ".join(messages))


def _by_rule(rule: Rule, found: re.Match[str], messages: Sequence[str]) -> ProviderError:
    details = {name: value or "unknown" for name, value in found.groupdict().items()}
    return rule.error(rule.reason.reason(shorten(" ".join(messages)), **details))


def _refused(text: str) -> Rejected:
    """Refuse for a cause that has no row of its own."""
    shown = shorten(text) or "no text"
    return Rejected(documents.REFUSED.reason(shown, said=shown))


def _by_status(call: Call, reply: Reply) -> ProviderError:
    if reply.status in _BY_STATUS:
        return _BY_STATUS[reply.status](reply)
    if reply.status >= 500:
        what = no_answer(f"HTTP {reply.status}")
        return lost(call, what, retry_after=retry_after(reply))
    return _unsupported(reply)


def _invalid(reply: Reply) -> ProviderError:
    """Classify a 400: of some element, or of the request as a whole."""
    body = json_object(reply)
    kind = body.get("Type")
    if kind in ("PostDataInvalidException", "NoDataProcessedException"):
        return _unread(reply)
    if kind == "HighVolumeException":
        return NeedsPerson(settings.LOOK_UP_REFUSED.reason(kind))
    messages = [text for element in body.get("Elements") or () for text in messages_in(element)]
    return of_messages(messages or [told(reply)])


def _unauthorized(reply: Reply) -> ProviderError:
    """Distinguish a token that lacks a scope from one that is of no use, mostly for its age.

    Xero's FAQ spells the header's word ``insufficent_scope``; both spellings count.
    """
    detail = str(json_object(reply).get("Detail") or "")
    challenge = reply.headers.get("www-authenticate", "").lower()
    if "scope" in challenge or "AuthorizationUnsuccessful" in detail:
        return Unauthorized(calls.SCOPE_MISSING.reason(shorten(detail)))
    return TokenExpired(calls.TOKEN_EXPIRED.reason(shorten(detail)))


def _forbidden(reply: Reply) -> Unauthorized:
    detail = str(json_object(reply).get("Detail") or "")
    if "AuthenticationUnsuccessful" in detail:
        return Unauthorized(calls.TENANT_DISCONNECTED.reason(shorten(detail)))
    return Unauthorized(calls.PERMISSION_MISSING.reason(shorten(detail)))


def _unread(reply: Reply) -> Unprocessed:
    return Unprocessed(_not_understood(reply))


def _unsupported(reply: Reply) -> Rejected:
    return Rejected(_not_understood(reply))


def _not_understood(reply: Reply) -> Reason:
    """Return that a request of ours was not understood, which is our own defect."""
    return calls.REQUEST_REFUSED.reason(told(reply), status=reply.status)


def _gone(reply: Reply) -> Gone:
    return Gone(records.GONE.reason(told(reply)))


def _rate_limited(reply: Reply) -> RateLimited:
    bucket = _BUCKETS.get(reply.headers.get("x-rate-limit-problem", "").lower(), Bucket.MINUTE)
    pause = _PAUSES.get(bucket, timedelta(minutes=1))
    return RateLimited(retry_after(reply) or pause, bucket)


_BY_STATUS: Final[Mapping[int, Callable[[Reply], ProviderError]]] = {
    400: _invalid,
    401: _unauthorized,
    403: _forbidden,
    404: _gone,
    413: _unread,
    429: _rate_limited,
    501: _unsupported,
}

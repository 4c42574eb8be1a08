"""What Xero's answers mean: by status and body here, by message in `messages.py`.

Source: Xero developer pages "HTTP Response Codes & Errors", "OAuth 2.0 FAQ" and "OAuth 2.0
API limits", read 2026-09. A body may be JSON, text or HTML whatever the status says.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from providers.errors import (
    Bucket,
    Gone,
    NeedsPerson,
    ProviderError,
    RateLimited,
    Rejected,
    TokenExpired,
    Unauthorized,
    Unavailable,
)
from providers.http import Call, Reply, lost, no_answer, retry_after
from providers.xero.error_codes import classify, refused, shorten
from providers.xero.wire import Element
from schemas.errors import ErrorCategory, Reason, Solver

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


def error_of(call: Call, reply: Reply) -> ProviderError | None:
    """Classify an answer; ``None`` is success."""
    if reply.status < 400:
        return None
    error = _by_status(call, reply)
    error.trace_id = reply.trace_id
    return error


def element_error(element: Element) -> ProviderError | None:
    """Classify one element of a batch's answer; ``None`` where it was saved."""
    messages = list(_messages(element))
    if messages:
        return classify(messages)
    failed = element.get("StatusAttributeString") == "ERROR" or element.get("HasErrors")
    return refused("an element failed without a message") if failed else None


def parsed(reply: Reply) -> Any:
    """Read the answer to a read.

    Raises:
        Unavailable: it is not JSON, so something else than Xero's API answered.
    """
    try:
        return reply.json()
    except ValueError as exc:
        raise Unavailable(no_answer("no JSON"), trace_id=reply.trace_id) from exc


def _by_status(call: Call, reply: Reply) -> ProviderError:
    if reply.status in _BY_STATUS:
        return _BY_STATUS[reply.status](reply)
    if reply.status >= 500:
        what = no_answer(f"HTTP {reply.status}")
        return lost(call, what, retry_after=retry_after(reply))
    return _unsupported(reply)


def _invalid(reply: Reply) -> ProviderError:
    """Classify a 400: of some element, or of the request as a whole."""
    body = _json_object(reply)
    kind = body.get("Type")
    if kind in ("PostDataInvalidException", "NoDataProcessedException"):
        return _unread(reply)
    if kind == "HighVolumeException":
        return NeedsPerson(_TOO_LARGE)
    messages = [text for element in body.get("Elements") or () for text in _messages(element)]
    return classify(messages or [_text(reply)])


def _messages(value: Any) -> Iterator[str]:
    """Collect the messages of an element and of everything nested in it."""
    if isinstance(value, Mapping):
        for error in value.get("ValidationErrors") or ():
            yield str(error.get("Message") or error.get("Description") or "")
        for name, member in value.items():
            if name != "ValidationErrors":
                yield from _messages(member)
    elif isinstance(value, list):
        for member in value:
            yield from _messages(member)


def _unauthorized(reply: Reply) -> ProviderError:
    """Tell a token that lacks a scope from one that is of no use, mostly for its age.

    Xero's FAQ spells the header's word ``insufficent_scope``; both spellings count.
    """
    detail = str(_json_object(reply).get("Detail") or "")
    challenge = reply.headers.get("www-authenticate", "").lower()
    if "scope" in challenge or "AuthorizationUnsuccessful" in detail:
        return Unauthorized(_auth("scope_missing", _SCOPE_CAUSE, _SCOPE_FIX, detail))
    return TokenExpired(_auth("token_expired", _REFUSED_CAUSE, _REFUSED_FIX, detail))


def _forbidden(reply: Reply) -> Unauthorized:
    detail = str(_json_object(reply).get("Detail") or "")
    if "AuthenticationUnsuccessful" in detail:
        return Unauthorized(_auth("tenant_disconnected", _TENANT_CAUSE, _RECONNECT, detail))
    return Unauthorized(_auth("permission_missing", _ROLE_CAUSE, _ROLE_FIX, detail))


def _unread(reply: Reply) -> Unprocessed:
    return Unprocessed(_refusal(reply))


def _unsupported(reply: Reply) -> Rejected:
    return Rejected(_refusal(reply))


def _gone(reply: Reply) -> Gone:
    return Gone(
        Reason(
            code="gone",
            category=ErrorCategory.SETTING,
            cause="Xero no longer has the record.",
            fix="Decide whether to send it again as a new one.",
            provider_code=_text(reply),
        )
    )


def _rate_limited(reply: Reply) -> RateLimited:
    bucket = _BUCKETS.get(reply.headers.get("x-rate-limit-problem", "").lower(), Bucket.MINUTE)
    pause = _PAUSES.get(bucket, timedelta(minutes=1))
    return RateLimited(retry_after(reply) or pause, bucket)


def _refusal(reply: Reply) -> Reason:
    """Say that a request of ours was not understood, which is our own defect."""
    return Reason(
        code="request_refused",
        category=ErrorCategory.INTERNAL,
        cause=f"Xero did not process the request (HTTP {reply.status}).",
        fix="Report it to the operator with the document's id.",
        solver=Solver.OPERATOR,
        provider_code=_text(reply),
    )


def _auth(code: str, cause: str, fix: str, detail: str) -> Reason:
    return Reason(code, ErrorCategory.AUTH, cause, fix, provider_code=shorten(detail))


def _json_object(reply: Reply) -> Mapping[str, Any]:
    try:
        body = reply.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _text(reply: Reply) -> str:
    """Give the answer's own words, shortened: its message, else its text."""
    body = _json_object(reply)
    said = " ".join(
        str(body[name]) for name in ("ErrorNumber", "Type", "Message") if name in body
    )
    return shorten(said or reply.content.decode(errors="replace")) or f"HTTP {reply.status}"


_SCOPE_CAUSE: Final = "The consent given in Xero does not cover this kind of record."
_SCOPE_FIX: Final = "Connect the organisation again and agree to all that is asked for."
_REFUSED_CAUSE: Final = "Xero did not accept the access token."
_REFUSED_FIX: Final = "Nothing: the token is renewed by itself."
_RECONNECT: Final = "Connect the organisation again."
_TENANT_CAUSE: Final = "The organisation was disconnected in Xero."
_ROLE_CAUSE: Final = "The user who connected the organisation may not do this in Xero."
_ROLE_FIX: Final = "Give the user a role that may, or connect again as one who has it."
_TOO_LARGE: Final = Reason(
    code="look_up_refused",
    category=ErrorCategory.SETTING,
    cause="Xero refuses to search an organisation with so many records.",
    fix="Link the record by its id in Xero.",
    provider_code="HighVolumeException",
)

_BY_STATUS: Final[Mapping[int, Callable[[Reply], ProviderError]]] = {
    400: _invalid,
    401: _unauthorized,
    403: _forbidden,
    404: _gone,
    413: _unread,
    429: _rate_limited,
    501: _unsupported,
}

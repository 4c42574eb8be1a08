"""Faults in Xero's shapes.

Source: Xero pages "HTTP Response Codes & Errors" and "OAuth 2.0 API limits", read 2026-09; the
long wait of a day limit as seen by integrators (xero-python 74).
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from providers.simulators.credentials import bearer_token
from providers.simulators.faults import FaultKind, FaultRule
from providers.simulators.xero.state import XeroState

_WAITS_S: Final = {"minute": 22, "appminute": 22, "day": 18 * 3600}
_TEXTS: Final = {
    FaultKind.SERVER_ERROR: (500, "An error occurred in Xero. Check the API Status page"),
    FaultKind.SERVER_ERROR_AFTER: (500, "An error occurred in Xero. Check the API Status page"),
    FaultKind.UNAVAILABLE: (503, "The Organisation is offline"),
    FaultKind.GATEWAY_TIMEOUT: (504, "Gateway Timeout"),
    FaultKind.GATEWAY_TIMEOUT_AFTER: (504, "Gateway Timeout"),
}
UNKNOWN_TO_XERO: Final = frozenset({FaultKind.FAULT_IN_200})
"""Faults that Xero has no shape for."""


class XeroFaultAnswers:
    """What Xero answers when a fault strikes."""

    def __init__(self, state: XeroState) -> None:
        self._state = state

    def answer(self, rule: FaultRule, request: Request) -> Response:
        """Return what Xero answers to a request that ``rule`` strikes."""
        if rule.kind is FaultKind.RATE_LIMITED:
            return Response(status_code=429, headers=_limit_headers(rule))
        status, text = _TEXTS[rule.kind]
        headers = {} if rule.retry_after_s is None else {"Retry-After": str(rule.retry_after_s)}
        return Response(text, status, headers, "text/plain")

    def expire_token(self, request: Request) -> None:
        """End the access token that a request carries."""
        token = bearer_token(request.headers.get("authorization", ""))
        if token is not None:
            self._state.tokens.expire(token)


def _limit_headers(rule: FaultRule) -> dict[str, str]:
    problem = rule.problem or "minute"
    wait_s = _WAITS_S.get(problem) if rule.retry_after_s is None else rule.retry_after_s
    headers = {"X-Rate-Limit-Problem": problem}
    return headers if wait_s is None else headers | {"Retry-After": str(wait_s)}

"""Faults in QuickBooks' shapes.

Source: recorded responses; Intuit "Handle errors" page, as of 2026.
"""

from starlette.requests import Request
from starlette.responses import Response

from providers.simulators.credentials import bearer_token
from providers.simulators.faults import FaultKind, FaultRule
from providers.simulators.qbo.http.paths import realm_of
from providers.simulators.qbo.http.responses import JSON_TYPE, support_id, throttled
from providers.simulators.qbo.state import QboState
from providers.simulators.qbo.wire import codec, errors
from providers.simulators.qbo.wire.fault_bodies import service_fault


class QboFaultAnswers:
    """What QuickBooks answers when a fault strikes."""

    def __init__(self, state: QboState) -> None:
        self._state = state

    def answer(self, rule: FaultRule, request: Request) -> Response:
        """Return what QuickBooks answers to a request that ``rule`` strikes."""
        response = self._answer(rule, request)
        # The fault edge stands outside the one that stamps answers with support ids.
        response.headers["intuit_tid"] = support_id()
        return response

    def _answer(self, rule: FaultRule, request: Request) -> Response:
        if rule.kind is FaultKind.RATE_LIMITED:
            return self._rate_limited(rule, request)
        if rule.kind in (FaultKind.SERVER_ERROR, FaultKind.SERVER_ERROR_AFTER):
            return self._broken(500)
        if rule.kind is FaultKind.FAULT_IN_200:
            return self._broken(200)
        status = 503 if rule.kind is FaultKind.UNAVAILABLE else 504
        headers = {} if rule.retry_after_s is None else {"retry-after": str(rule.retry_after_s)}
        page = f"<html><body><h1>{status}</h1></body></html>"
        return Response(page, status, headers, media_type="text/html")

    def _rate_limited(self, rule: FaultRule, request: Request) -> Response:
        realm = realm_of(request.url.path)
        if realm is not None:
            self._state.traffic.record_throttled(realm)
        response = throttled(self._state, retry_after_s=None)
        if rule.retry_after_s is not None:
            response.headers["retry-after"] = str(rule.retry_after_s)
        return response

    def _broken(self, status: int) -> Response:
        body = codec.dumps(service_fault(errors.broken()))
        return Response(body, status, media_type=JSON_TYPE)

    def expire_token(self, request: Request) -> None:
        """End the access token that a request carries."""
        token = bearer_token(request.headers.get("authorization", ""))
        if token is not None:
            self._state.tokens.expire_token(token)

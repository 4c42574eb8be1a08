"""The HTTP side of the accounting API: bearer token, quotas, latency, answer."""

import asyncio
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from providers.simulators.faults import FaultKind, FaultRule, RequestFacts
from providers.simulators.qbo.books import render
from providers.simulators.qbo.http.dispatch import QboCall, WrongMethod, answer
from providers.simulators.qbo.oauth.tokens import ACCOUNTING
from providers.simulators.qbo.rules.drafts import PACIFIC
from providers.simulators.qbo.state import QboState
from providers.simulators.qbo.wire import errors
from providers.simulators.qbo.wire.errors import (
    RealmForbidden,
    Throttled,
    TokenRejected,
    UnknownPath,
)
from providers.simulators.qbo.wire.fault_bodies import (
    THROTTLED_DETAIL,
    gateway_fault,
    service_fault,
    throttle_xml,
)

API_PREFIX = "/v3/company/"
WATCHED = (API_PREFIX, "/oauth2/", "/v2/oauth2/", "/v1/openid_connect/")
JSON = "application/json;charset=UTF-8"


def support_id() -> str:
    """Return a new ``intuit_tid``, by which Intuit's support finds a request."""
    return f"1-{uuid4().hex}"


def realm_of(path: str) -> str | None:
    """Return the realm id in a path of the accounting API."""
    if not path.startswith(API_PREFIX):
        return None
    return path.removeprefix(API_PREFIX).partition("/")[0] or None


def facts_of(scope: Scope) -> RequestFacts | None:
    """Return what fault rules see of a request; None for pages and the control API."""
    path = scope["path"]
    if not path.startswith(WATCHED):
        return None
    query = scope["query_string"].decode("latin-1")
    target = f"{path}?{query}" if query else path
    return RequestFacts(scope["method"], target, realm_of(path))


class TrafficRecorder:
    """ASGI middleware: records every API call while it lasts, delays and faults included."""

    def __init__(self, app: ASGIApp, state: QboState) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        realm = realm_of(scope["path"]) if scope["type"] == "http" else None
        if realm is None:
            await self._app(scope, receive, send)
            return
        is_batch = scope["path"].endswith("/batch")
        with self._state.traffic.seen(realm, is_batch=is_batch):
            await self._app(scope, receive, send)


class QboAccountingApi:
    """The endpoint for everything below ``/v3/company/``."""

    def __init__(self, state: QboState) -> None:
        self._state = state

    async def handle(self, request: Request) -> Response:
        """Let a request in, or say why not, and answer it."""
        try:
            return await self._handle(request)
        except TokenRejected as exc:
            return unauthorized(self._state, str(exc))
        except RealmForbidden:
            return forbidden(self._state)
        except Throttled as exc:
            return throttled(self._state, retry_after_s=exc.retry_after_s)
        except UnknownPath:
            return PlainTextResponse("Not Found", status_code=404)
        except WrongMethod:
            return PlainTextResponse("Method Not Allowed", status_code=405)

    async def _handle(self, request: Request) -> Response:
        state = self._state
        realm = request.path_params["realm"]
        call = QboCall(
            request.method,
            tuple(part for part in request.path_params["rest"].split("/") if part),
            dict(request.query_params),
            await request.body(),
        )
        client_id = self._authorise(request, realm)
        quotas = state.quotas
        state.traffic.admit(quotas, realm, client_id, is_batch=call.is_batch)
        if call.is_read:
            self._check_meter(realm, client_id)
        if state.latency_ms:
            await asyncio.sleep(state.latency_ms / 1000)
        answered = answer(state, state.companies[realm], call)
        if answered.status == 200:
            state.meter.count(client_id, is_read=call.is_read)
        return Response(answered.body, answered.status, media_type=JSON)

    def _authorise(self, request: Request, realm: str) -> str:
        """Return the client id behind the bearer token, if it may act on the company.

        Raises:
            TokenRejected: no live token.
            RealmForbidden: a token for another company or scope.
        """
        token = bearer_token(request)
        grant = self._state.tokens.bearer(token) if token else None
        if grant is None:
            raise TokenRejected("Token expired" if token else "Missing bearer token")
        known = realm in self._state.companies
        if grant.realm != realm or not known or ACCOUNTING not in grant.scopes:
            raise RealmForbidden
        return grant.client_id

    def _check_meter(self, realm: str, client_id: str) -> None:
        try:
            self._state.meter.check(self._state.quotas, client_id)
        except Throttled:
            self._state.traffic.throttle(realm)
            raise


def bearer_token(request: Request) -> str | None:
    """Return the token of the Authorization header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _epoch_ms(state: QboState) -> int:
    return int(state.clock.now().timestamp() * 1000)


def unauthorized(state: QboState, detail: str) -> Response:
    """Return the gateway's 401."""
    body = gateway_fault(
        name="AuthenticationFailed",
        code="3200",
        status=401,
        detail=detail,
        fault_type="AUTHENTICATION",
        epoch_ms=_epoch_ms(state),
    )
    challenge = {"www-authenticate": 'Bearer realm="Intuit", error="invalid_token"'}
    return Response(render.to_json(body), 401, challenge, media_type=JSON)


def forbidden(state: QboState) -> Response:
    """Return the gateway's 403."""
    body = gateway_fault(
        name="ApplicationAuthorizationFailed",
        code="3100",
        status=403,
        detail="The application is not authorised for this company",
        fault_type="SERVICE",
        epoch_ms=_epoch_ms(state),
    )
    return Response(render.to_json(body), 403, media_type=JSON)


def throttled(state: QboState, *, retry_after_s: int | None) -> Response:
    """Return a 429 in the shape and with the header that the switches ask for."""
    switches = state.switches
    headers: dict[str, str] = {}
    if switches.retry_after and retry_after_s is not None:
        headers["retry-after"] = str(retry_after_s)
    if switches.throttle_body == "xml":
        time = state.clock.now().astimezone(PACIFIC).isoformat(timespec="milliseconds")
        return Response(throttle_xml(time), 429, headers, media_type="application/xml")
    body = gateway_fault(
        name="ThrottleExceeded",
        code="3001",
        status=429,
        detail=THROTTLED_DETAIL,
        fault_type="SERVICE",
        epoch_ms=_epoch_ms(state),
    )
    return Response(render.to_json(body), 429, headers, media_type=JSON)


class QboFaultAnswers:
    """What QuickBooks says when a fault rule strikes."""

    def __init__(self, state: QboState) -> None:
        self._state = state

    def answer(self, rule: FaultRule, request: Request) -> Response:
        """See :class:`providers.simulators.fault_edge.FaultAnswers`."""
        response = self._answer(rule, request)
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
            self._state.traffic.throttle(realm)
        response = throttled(self._state, retry_after_s=None)
        if rule.retry_after_s is not None:
            response.headers["retry-after"] = str(rule.retry_after_s)
        return response

    def _broken(self, status: int) -> Response:
        body = render.to_json(service_fault(errors.broken()))
        return Response(body, status, media_type=JSON)

    def expire_token(self, request: Request) -> None:
        """See :class:`providers.simulators.fault_edge.FaultAnswers`."""
        token = bearer_token(request)
        if token is not None:
            self._state.tokens.expire_token(token)

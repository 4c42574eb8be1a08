"""The Accounting API over HTTP: consent, tenant, quota and idempotency, then the books.

Source: Xero pages "OAuth 2.0 FAQ", "OAuth 2.0 API limits" and "Requests and Responses",
read 2026-09.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from providers.simulators.credentials import bearer_token
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.calls.idempotency import KeptAnswer, fingerprint
from providers.simulators.xero.calls.throttle import Caller
from providers.simulators.xero.http.dispatch import (
    XeroCall,
    check_offered,
    handle,
    in_envelope,
    resource_named,
)
from providers.simulators.xero.oauth.scopes import opens
from providers.simulators.xero.oauth.tokens import AccessToken
from providers.simulators.xero.rules.documents import WriteOptions
from providers.simulators.xero.state import XeroState
from providers.simulators.xero.wire import codec
from providers.simulators.xero.wire.errors import (
    ApiError,
    AuthFailure,
    NotFound,
    NotOffered,
    UnsupportedFormat,
)

_JSON = "application/json; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls, and whose books.

    Attributes:
        token: Access token that the call carries.
        org: Organisation that the call names.
    """

    token: AccessToken
    org: OrganisationBooks

    @property
    def caller(self) -> Caller:
        """What quotas count by."""
        return Caller(self.token.consent.client_id, self.org.tenant_id)


async def answer_other_api(request: Request) -> Response:
    """Answer for an API of Xero's that the simulator has nothing of, such as payroll."""
    return to_response(NotOffered(f"{request.path_params['api']}.xro"))


def authenticate(state: XeroState, request: Request) -> AccessToken:
    """Return the living access token that a request carries.

    Raises:
        AuthFailure: none, an unknown or an expired one.
    """
    value = bearer_token(request.headers.get("authorization", ""))
    token = state.tokens.access_token(value) if value else None
    if token is None:
        raise AuthFailure(401, "AuthenticationUnsuccessful")
    if token.expires_at <= state.clock.now():
        raise AuthFailure(401, f"TokenExpired: token expired at {_us_style(token.expires_at)}")
    return token


def _us_style(moment: datetime) -> str:
    return moment.strftime("%m/%d/%Y %H:%M:%S")


def to_response(error: ApiError) -> Response:
    """Return the HTTP answer of a refusal."""
    if isinstance(error.body, str):
        return Response(error.body, error.status, error.headers, _TEXT)
    return Response(codec.dumps(error.body), error.status, error.headers, _JSON)


class XeroAccountingApi:
    """Everything under ``/api.xro/2.0/``."""

    def __init__(self, state: XeroState) -> None:
        self._state = state

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        body = await request.body()
        try:
            principal = self._principal(request)
        except ApiError as error:
            return to_response(error)
        response = await self._serve(request, body, principal)
        response.headers.update(self._state.throttle.remaining_headers(principal.caller))
        meter = self._state.traffic.meter(principal.caller)
        meter.egress_bytes += len(response.body)
        return response

    async def _serve(self, request: Request, body: bytes, principal: Principal) -> Response:
        meter = self._state.traffic.meter(principal.caller)
        # Consent was settled first: a call refused with 401 or 403 uses up no quota.
        refusal = self._state.throttle.admit(principal.caller, in_flight=meter.in_flight)
        if refusal is not None:
            meter.throttled += 1
            return Response(status_code=429, headers=refusal.headers())
        # After admission, so that waiting calls count as in flight.
        await asyncio.sleep(self._state.config.latency.total_seconds())
        try:
            kept = self._answer_once(request, body, principal)
        except ApiError as error:
            return to_response(error)
        return Response(kept.body, kept.status, media_type=kept.content_type)

    def _principal(self, request: Request) -> Principal:
        """Return who calls for whose books, if the consent covers it.

        Raises:
            AuthFailure: 401 for the token or its scopes, 403 for the tenant.
            NotFound: no such resource.
        """
        token = authenticate(self._state, request)
        tenant_id = request.headers.get("xero-tenant-id", "")
        org = self._state.connections.organisation(token.consent, tenant_id)
        if org is None:
            raise AuthFailure(403, "AuthenticationUnsuccessful")
        segments = _segments(request)
        if not segments:
            raise NotFound
        resource = resource_named(segments[0])
        if not opens(token.consent.scopes, resource.scopes, write=request.method != "GET"):
            headers = {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}
            raise AuthFailure(401, "AuthorizationUnsuccessful", headers=headers)
        return Principal(token, org)

    def _answer_once(self, request: Request, body: bytes, principal: Principal) -> KeptAnswer:
        """Answer, or repeat the answer given before under the same idempotency key."""
        keys, key = self._state.idempotency, request.headers.get("idempotency-key", "")
        if not keys.applies(request.method, key):
            return self._answer(request, body, principal)
        holder = keys.holder(principal.caller.client_id, principal.token.value)
        mark = fingerprint(request.method, _target(request), principal.org.tenant_id, body)
        kept = keys.find(holder, key, mark)
        if kept is None:
            kept = self._answer(request, body, principal)
            keys.keep(holder, key, mark, kept)
        return kept

    def _answer(self, request: Request, body: bytes, principal: Principal) -> KeptAnswer:
        try:
            check_offered(_segments(request))
            _check_formats(request)
            call = self._call(request, body, principal)
            answer = handle(call)
        except ApiError as error:
            response = to_response(error)
            media_type = _TEXT if isinstance(error.body, str) else _JSON
            return KeptAnswer(response.status_code, bytes(response.body), media_type)
        name = principal.token.consent.client_id
        return KeptAnswer(answer.status, in_envelope(answer, call, provider_name=name), _JSON)

    def _call(self, request: Request, body: bytes, principal: Principal) -> XeroCall:
        query = _joined(request)
        consent = principal.token.consent
        return XeroCall(
            org=principal.org,
            method=request.method,
            path=_segments(request),
            query=query,
            body=body,
            modified_since=request.headers.get("if-modified-since"),
            options=WriteOptions(
                unit_places=4 if query.get("unitdp") == "4" else 2,
                adviser=consent.adviser,
                client_id=consent.client_id,
            ),
            wall=self._state.config.high_volume_wall,
            log=self._state.logs[principal.org.tenant_id],
        )


def _joined(request: Request) -> dict[str, str]:
    """Return the parameters by name in lower case; repeated ones joined by commas."""
    joined: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        key = name.lower()
        joined[key] = f"{joined[key]},{value}" if key in joined else value
    return joined


def _segments(request: Request) -> list[str]:
    path: str = request.path_params["path"]
    return [segment for segment in path.split("/") if segment]


def _target(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}"


def _check_formats(request: Request) -> None:
    """Refuse anything but JSON; Xero itself answers XML to those who ask for nothing.

    Raises:
        UnsupportedFormat: 406 or 415.
    """
    # A DELETE has no body and may answer none.
    if request.method == "DELETE":
        return
    if "application/json" not in request.headers.get("accept", "").lower():
        raise UnsupportedFormat(406)
    content_type = request.headers.get("content-type", "").lower()
    if request.method != "GET" and "json" not in content_type:
        raise UnsupportedFormat(415)

"""The ASGI edges around the routes, from outside: traffic, faults, then packing."""

from contextlib import AbstractContextManager

from starlette.responses import Response
from starlette.types import ASGIApp, Scope

from providers.simulators.content_coding import UnreadableBody, with_content_coding
from providers.simulators.credentials import bearer_token
from providers.simulators.fault_edge import FaultEdge, request_facts
from providers.simulators.faults import RequestFacts
from providers.simulators.traffic_edge import TrafficEdge
from providers.simulators.xero.calls.throttle import Caller
from providers.simulators.xero.http.accounting_api import to_response
from providers.simulators.xero.http.fault_answers import XeroFaultAnswers
from providers.simulators.xero.http.paths import API_PREFIX
from providers.simulators.xero.state import XeroState
from providers.simulators.xero.wire.errors import ApiError, PostDataInvalid

_FAULTY = (API_PREFIX, "/connect/", "/connections", "/Connections")


def with_edges(app: ASGIApp, state: XeroState) -> ASGIApp:
    """Return the application behind its edges."""

    def counting(scope: Scope) -> AbstractContextManager[None] | None:
        caller = _caller(state, scope)
        return None if caller is None else state.traffic.seen(caller)

    app = with_content_coding(app, refusal=_unreadable)
    app = FaultEdge(app, state.faults, XeroFaultAnswers(state), facts_of=facts_of)
    return TrafficEdge(app, counting=counting)


def _unreadable(exc: UnreadableBody) -> Response:
    if exc.status == 400:
        return to_response(PostDataInvalid(str(exc)))
    return to_response(ApiError(exc.status, str(exc)))


def facts_of(scope: Scope) -> RequestFacts | None:
    """Return what fault rules see of a request; None for pages and the control API."""
    path: str = scope["path"]
    if not path.startswith(_FAULTY):
        return None
    return request_facts(scope, realm=_header(scope, b"xero-tenant-id"))


def _caller(state: XeroState, scope: Scope) -> Caller | None:
    """Return who calls the Accounting API for whom, as far as headers tell."""
    tenant_id = _header(scope, b"xero-tenant-id")
    if tenant_id is None or not scope["path"].startswith(API_PREFIX):
        return None
    value = bearer_token(_header(scope, b"authorization") or "")
    token = state.tokens.access_token(value) if value else None
    return Caller(token.consent.client_id if token else "", tenant_id.lower())


def _header(scope: Scope, name: bytes) -> str | None:
    found = dict(scope["headers"]).get(name)
    return None if found is None else str(found, "latin-1")

"""The Xero simulator as an ASGI application.

One host and port stand for login.xero.com, identity.xero.com and api.xero.com, with their own
paths. Behind the routes: `oauth.py` (consent and tokens), `connections_api.py`, `api.py` (the
Accounting API), `control.py` (for tests) and `pages.py` (for people).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from providers.simulators.clock import SimulatorClock
from providers.simulators.fault_edge import FaultEdge
from providers.simulators.faults import RequestFacts
from providers.simulators.xero.calls.throttle import Caller
from providers.simulators.xero.calls.traffic import CallMeter, TrafficEdge
from providers.simulators.xero.config import XeroSimulatorConfig
from providers.simulators.xero.control import XeroControlApi
from providers.simulators.xero.http.accounting_api import XeroAccountingApi, bearer
from providers.simulators.xero.http.connections_api import ConnectionsApi
from providers.simulators.xero.http.fault_answers import XeroFaultAnswers
from providers.simulators.xero.http.oauth_endpoints import XeroOAuthEndpoints
from providers.simulators.xero.pages import XeroPages
from providers.simulators.xero.state import XeroState
from providers.simulators.xero.webhooks import XeroWebhookSender

_API = "/api.xro/2.0/"
_PROVIDER_PATHS = (_API, "/connect/", "/connections", "/Connections")


def create_app(
    config: XeroSimulatorConfig | None = None, *, clock: SimulatorClock | None = None
) -> ASGIApp:
    """Return a simulator with its own organisations; nothing is shared with another one."""
    state = XeroState(config or XeroSimulatorConfig(), clock or SimulatorClock())
    methods = ["GET", "PUT", "POST", "DELETE"]
    routed = Starlette(
        routes=[
            Route(_API + "{path:path}", XeroAccountingApi(state).answer, methods=methods),
            *XeroOAuthEndpoints(state).routes(),
            *ConnectionsApi(state).routes(),
            *XeroControlApi(state).routes(),
            *XeroPages(state).routes(),
        ],
        lifespan=lambda _app: _delivering(state),
    )
    faulty = FaultEdge(routed, state.faults, XeroFaultAnswers(state), facts_of=_facts)

    def enter(caller: Caller) -> CallMeter:
        return state.traffic.enter(caller)

    def caller_of(scope: Scope) -> Caller | None:
        return _caller(state, scope)

    return TrafficEdge(faulty, enter, caller_of)


@asynccontextmanager
async def _delivering(state: XeroState) -> AsyncIterator[None]:
    """Deliver webhooks, where there is a target, for as long as the simulator is served."""
    if state.config.webhook is None:
        yield
        return
    async with httpx.AsyncClient() as client, asyncio.TaskGroup() as tasks:
        delivery = tasks.create_task(
            XeroWebhookSender(state, state.config.webhook, client).run()
        )
        yield
        delivery.cancel()


def _facts(scope: Scope) -> RequestFacts | None:
    """Tell faults about requests on Xero's own paths; the control API is never struck."""
    path: str = scope["path"]
    if not path.startswith(_PROVIDER_PATHS):
        return None
    query = scope["query_string"].decode("latin-1")
    target = f"{path}?{query}" if query else path
    return RequestFacts(scope["method"], target, _header(scope, b"xero-tenant-id"))


def _caller(state: XeroState, scope: Scope) -> Caller | None:
    """Return who calls the Accounting API for whom, as far as headers tell."""
    tenant_id = _header(scope, b"xero-tenant-id")
    if tenant_id is None or not scope["path"].startswith(_API):
        return None
    token = state.tokens.access_token(bearer(_header(scope, b"authorization") or ""))
    return Caller(token.consent.client_id if token else "", tenant_id.lower())


def _header(scope: Scope, name: bytes) -> str | None:
    found = dict(scope["headers"]).get(name)
    return None if found is None else str(found, "latin-1")

"""The Xero simulator as an ASGI application.

One host and port stand for login.xero.com, identity.xero.com and api.xero.com, with their own
paths. Read on in `http/accounting_api.py` (the way of a request), `rules/writes.py` (the way
of a write) and `books/organisation.py` (what an organisation holds).
"""

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from providers.simulators.clock import SimulatorClock
from providers.simulators.webhook_delivery import delivering
from providers.simulators.xero.config import XeroSimulatorConfig
from providers.simulators.xero.control import XeroControlApi
from providers.simulators.xero.http.accounting_api import XeroAccountingApi, answer_other_api
from providers.simulators.xero.http.connections_api import ConnectionsApi
from providers.simulators.xero.http.edges import with_edges
from providers.simulators.xero.http.oauth_endpoints import XeroOAuthEndpoints
from providers.simulators.xero.http.paths import API_PREFIX
from providers.simulators.xero.pages import XeroPages
from providers.simulators.xero.state import XeroState
from providers.simulators.xero.webhooks import sender_of


def create_app(
    config: XeroSimulatorConfig | None = None, *, clock: SimulatorClock | None = None
) -> ASGIApp:
    """Return a simulator with its own organisations; nothing is shared with another one."""
    return app_of(XeroState(config or XeroSimulatorConfig(), clock or SimulatorClock()))


def app_of(state: XeroState) -> ASGIApp:
    """Return the simulator of a state."""
    methods = ["GET", "PUT", "POST", "DELETE"]
    routed = Starlette(
        routes=[
            Route(API_PREFIX + "{path:path}", XeroAccountingApi(state).answer, methods=methods),
            Route("/{api}.xro/{path:path}", answer_other_api, methods=[*methods, "PATCH"]),
            *XeroOAuthEndpoints(state).routes(),
            *ConnectionsApi(state).routes(),
            *XeroControlApi(state).routes(),
            *XeroPages(state).routes(),
        ],
        lifespan=lambda _app: delivering(sender_of(state)),
    )
    return with_edges(routed, state)

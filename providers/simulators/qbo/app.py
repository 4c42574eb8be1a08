"""The QuickBooks Online simulator as an ASGI application, on one host with Intuit's paths.

Read on in `http/accounting_api.py` (the way of a request), `rules/writes.py` (the way of a
write) and `books/company.py` (what a company holds).
"""

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from providers.simulators.qbo.config import QboSimulatorConfig
from providers.simulators.qbo.control import QboControlApi
from providers.simulators.qbo.http.accounting_api import QboAccountingApi
from providers.simulators.qbo.http.edges import with_edges
from providers.simulators.qbo.http.oauth_endpoints import QboOAuthEndpoints
from providers.simulators.qbo.pages import QboPages
from providers.simulators.qbo.state import QboState
from providers.simulators.qbo.webhooks import sender_of
from providers.simulators.webhook_delivery import delivering

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""What reaches the accounting API; it takes the first two, and refuses the others itself."""


def create_app(config: QboSimulatorConfig | None = None) -> ASGIApp:
    """Return a simulator, ready to be served by uvicorn. Its state lives and dies with it."""
    return app_of(QboState(config or QboSimulatorConfig()))


def app_of(state: QboState) -> ASGIApp:
    """Return the simulator of a state."""
    api = QboAccountingApi(state)
    routed = Starlette(
        routes=[
            Route("/v3/company/{realm}", api.handle, methods=METHODS),
            Route("/v3/company/{realm}/{rest:path}", api.handle, methods=METHODS),
            *QboOAuthEndpoints(state).routes(),
            *QboControlApi(state).routes(),
            *QboPages(state).routes(),
        ],
        lifespan=lambda _app: delivering(sender_of(state)),
    )
    return with_edges(routed, state)

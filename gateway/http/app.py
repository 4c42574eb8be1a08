"""The API: health without a key, `/v1` with one."""

from functools import partial

from fastapi import Depends, FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.access import Authentication
from gateway.http.connect.disconnecting import disconnect_routes
from gateway.http.connect.html import Pages
from gateway.http.connect.pages import add_connect_pages
from gateway.http.connect.probing import probe_routes
from gateway.http.connect.sessions import connect_session_routes
from gateway.http.connect.views import ConnectViews
from gateway.http.connections import connection_routes
from gateway.http.dependencies import ApiDependencies
from gateway.http.document import describe
from gateway.http.errors import answer_with_problems
from gateway.http.health import health_routes
from gateway.http.oauth import oauth_routes
from gateway.http.rate_limit import RateLimit, RateLimiter
from gateway.http.recorded_requests import Record, RecordedRequests
from gateway.http.records import record_routes
from gateway.http.reference_page import documentation_routes
from gateway.http.request_bodies import BodyLimit, require_json
from gateway.http.runs import run_routes
from gateway.http.sync import sync_routes
from gateway.http.tasks import task_routes
from gateway.identity.authentication import Authenticator
from gateway.metrics import HTTP_REQUESTS
from gateway.operations.trail import record


def create_app(given: ApiDependencies, *, trail: Record | None = None) -> FastAPI:
    """Return the API, made from what it needs.

    Args:
        trail: Where entries of the audit trail go; into the database by default.
    """
    app = FastAPI(
        title="Ledgerlane",
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    answer_with_problems(app)
    describe(app)
    app.include_router(health_routes(given.checks))
    app.include_router(oauth_routes(given))
    app.include_router(documentation_routes(app))
    for routes in (connection_routes, record_routes, run_routes, sync_routes, task_routes):
        app.include_router(routes(given), dependencies=[Depends(require_json)])
    _add_connecting(app, given)
    # Each is put around those before it, so the last one is met first.
    app.add_middleware(BodyLimit)
    app.add_middleware(RateLimit, limiter=RateLimiter(given.calls_per_minute))
    authenticator = Authenticator(given.sessions, given.api_keys, now=given.now)
    app.add_middleware(Authentication, authenticator=authenticator)
    app.add_middleware(
        RecordedRequests, record=trail or partial(record, given.sessions), now=given.now
    )
    app.add_middleware(CountedRequests)
    return app


def _add_connecting(app: FastAPI, given: ApiDependencies) -> None:
    """Add the consent in a browser: its API with a key, its pages without."""
    shown = given.connecting
    if shown is None:
        return
    api = connect_session_routes(shown.found, public_url=shown.public_url, now=given.now)
    ends = disconnect_routes(given.sessions, shown.disconnectors)
    tests = probe_routes(given.sessions, shown.probes, now=given.now)
    for routes in (api, ends, tests):
        app.include_router(routes)
    pages = Pages(
        is_secure=shown.public_url.startswith("https://"), form_targets=shown.consent_origins
    )
    views = ConnectViews(shown.found, shown.steps, pages, shown.titles, shown.environment)
    add_connect_pages(app, views)


class CountedRequests:
    """Counts every request by route and status."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; what fails before its answer began counts as 500."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = "500"

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, send_counted)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            HTTP_REQUESTS.labels(route, status).inc()

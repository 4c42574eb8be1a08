"""The API: health without a key, `/v1` with one."""

from collections.abc import Awaitable, Callable
from functools import partial

from fastapi import FastAPI, Request, Response

from gateway.http.access import Authentication
from gateway.http.connect.disconnecting import disconnect_routes
from gateway.http.connect.html import Pages
from gateway.http.connect.pages import add_connect_pages
from gateway.http.connect.probing import probe_routes
from gateway.http.connect.sessions import connect_session_routes
from gateway.http.connect.views import ConnectViews
from gateway.http.connections import connection_routes
from gateway.http.dependencies import ApiDependencies
from gateway.http.health import health_routes
from gateway.http.problems import answer_with_problems
from gateway.http.recorded_requests import Record, RecordedRequests
from gateway.http.records import record_routes
from gateway.http.sync import sync_routes
from gateway.http.tasks import task_routes
from gateway.identity.authentication import Authenticator
from gateway.metrics import HTTP_REQUESTS
from gateway.operations.trail import record

Next = Callable[[Request], Awaitable[Response]]


def create_app(given: ApiDependencies, *, trail: Record | None = None) -> FastAPI:
    """Return the API, made from what it needs.

    Args:
        trail: Where entries of the audit trail go; into the database by default.
    """
    app = FastAPI(title="Ledgerlane", version="1", docs_url=None, redoc_url=None)
    answer_with_problems(app)
    app.include_router(health_routes(given.checks))
    for routes in (connection_routes, record_routes, sync_routes, task_routes):
        app.include_router(routes(given))
    _add_connecting(app, given)
    authenticator = Authenticator(given.sessions, given.api_keys, now=given.now)
    app.add_middleware(Authentication, authenticator=authenticator)
    app.add_middleware(
        RecordedRequests, record=trail or partial(record, given.sessions), now=given.now
    )
    app.middleware("http")(_counted)
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


async def _counted(request: Request, call_next: Next) -> Response:
    status = "500"
    try:
        response = await call_next(request)
        status = str(response.status_code)
    finally:
        route = getattr(request.scope.get("route"), "path", "none")
        HTTP_REQUESTS.labels(route, status).inc()
    return response

"""The API: health without a key, `/v1` with one."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

from gateway.http.access import Authentication
from gateway.http.connections import connection_routes
from gateway.http.dependencies import ApiDependencies
from gateway.http.health import health_routes
from gateway.http.problems import answer_with_problems
from gateway.http.records import record_routes
from gateway.http.sync import sync_routes
from gateway.http.tasks import task_routes
from gateway.identity.authentication import Authenticator
from gateway.metrics import HTTP_REQUESTS

Next = Callable[[Request], Awaitable[Response]]


def create_app(given: ApiDependencies) -> FastAPI:
    """Return the API, made from what it needs."""
    app = FastAPI(title="Ledgerlane", version="1", docs_url=None, redoc_url=None)
    answer_with_problems(app)
    app.include_router(health_routes(given.checks))
    for routes in (connection_routes, record_routes, sync_routes, task_routes):
        app.include_router(routes(given))
    authenticator = Authenticator(given.sessions, given.api_keys, now=given.now)
    app.add_middleware(Authentication, authenticator=authenticator)
    app.middleware("http")(_counted)
    return app


async def _counted(request: Request, call_next: Next) -> Response:
    status = "500"
    try:
        response = await call_next(request)
        status = str(response.status_code)
    finally:
        route = getattr(request.scope.get("route"), "path", "none")
        HTTP_REQUESTS.labels(route, status).inc()
    return response

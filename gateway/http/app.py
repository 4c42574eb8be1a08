"""The API: health without a key, `/v1` with one."""

from fastapi import Depends, FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.access import Authentication
from gateway.http.connections import connection_routes
from gateway.http.dependencies import ApiDependencies
from gateway.http.document import describe
from gateway.http.errors import answer_with_problems
from gateway.http.health import health_routes
from gateway.http.rate_limit import RateLimit, RateLimiter
from gateway.http.records import record_routes
from gateway.http.reference_page import documentation_routes
from gateway.http.request_bodies import BodyLimit, require_json
from gateway.http.runs import run_routes
from gateway.http.sync import sync_routes
from gateway.http.tasks import task_routes
from gateway.identity.authentication import Authenticator
from gateway.metrics import HTTP_REQUESTS


def create_app(given: ApiDependencies) -> FastAPI:
    """Return the API, made from what it needs."""
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
    app.include_router(documentation_routes(app))
    for routes in (connection_routes, record_routes, run_routes, sync_routes, task_routes):
        app.include_router(routes(given), dependencies=[Depends(require_json)])
    # Each is put around those before it, so the last one is met first.
    app.add_middleware(BodyLimit)
    app.add_middleware(RateLimit, limiter=RateLimiter(given.calls_per_minute))
    authenticator = Authenticator(given.sessions, given.api_keys, now=given.now)
    app.add_middleware(Authentication, authenticator=authenticator)
    app.add_middleware(CountedRequests)
    return app


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

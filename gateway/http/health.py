"""Routes for liveness, readiness and metrics."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from gateway.errors import Refusal
from gateway.http.dependencies import Check
from gateway.http.errors import answer_with_problems


def health_routes(checks: Mapping[str, Check]) -> APIRouter:
    """Return the routes that every role has; they need no key."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz", summary="The process answers.")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get(
        "/readyz",
        summary="What the process needs works; 503 where it does not.",
        response_model=dict[str, str],
        responses={HTTPStatus.SERVICE_UNAVAILABLE: {"model": dict[str, str]}},
    )
    async def ready() -> Response:
        found = {name: await _state(check) for name, check in checks.items()}
        well = all(state == "ok" for state in found.values())
        status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse(found, status_code=status)

    @routes.get(
        "/metrics",
        summary="The metrics, in Prometheus' text format.",
        response_class=PlainTextResponse,
    )
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes


async def _state(check: Check) -> str:
    try:
        await check()
    except Refusal as exc:
        return str(exc)
    return "ok"


def health_app(checks: Mapping[str, Check]) -> FastAPI:
    """Return the app of the roles that have no API."""
    app = FastAPI(title="Ledgerlane health", openapi_url=None, docs_url=None, redoc_url=None)
    answer_with_problems(app)
    app.include_router(health_routes(checks))
    return app

"""The QuickBooks Online simulator as an ASGI application, on one host with Intuit's paths.

Read on in `api.py` (the way of a request), `writing.py` (the way of a write), `company.py`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from providers.simulators.fault_edge import FaultEdge
from providers.simulators.qbo.config import QboSimulatorConfig
from providers.simulators.qbo.control import QboControlApi
from providers.simulators.qbo.http.accounting_api import (
    QboAccountingApi,
    QboFaultAnswers,
    TrafficRecorder,
    facts_of,
    support_id,
)
from providers.simulators.qbo.http.oauth_endpoints import QboOAuthEndpoints
from providers.simulators.qbo.pages import QboPages
from providers.simulators.qbo.state import QboState
from providers.simulators.qbo.webhooks import QboWebhookSender


def create_app(config: QboSimulatorConfig | None = None) -> ASGIApp:
    """Return a simulator, ready to be served by uvicorn. Its state lives and dies with it."""
    state = QboState(config or QboSimulatorConfig())
    api = QboAccountingApi(state)
    app: ASGIApp = Starlette(
        routes=[
            Route("/v3/company/{realm}/{rest:path}", api.handle, methods=["GET", "POST"]),
            *QboOAuthEndpoints(state).routes(),
            *QboControlApi(state).routes(),
            *QboPages(state).routes(),
        ],
        lifespan=lambda _app: delivering(state),
    )
    app = SupportIds(app)
    app = FaultEdge(app, state.faults, QboFaultAnswers(state), facts_of=facts_of)
    return TrafficRecorder(app, state)


@asynccontextmanager
async def delivering(state: QboState) -> AsyncIterator[None]:
    """Deliver webhooks, where there is a target, for as long as the simulator is served."""
    if state.config.webhook is None:
        yield
        return
    async with httpx.AsyncClient() as client, asyncio.TaskGroup() as tasks:
        sender = QboWebhookSender(state, state.config.webhook, client)
        delivery = tasks.create_task(sender.run())
        yield
        delivery.cancel()


class SupportIds:
    """ASGI middleware: an ``intuit_tid`` on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["intuit_tid"] = support_id()
                headers["qbo-version"] = "simulator"
            await send(message)

        await self._app(scope, receive, send_with_id)

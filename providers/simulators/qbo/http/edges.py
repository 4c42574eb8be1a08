"""The ASGI edges around the routes, from outside: traffic, faults, support ids, packing."""

from contextlib import AbstractContextManager

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from providers.simulators.content_coding import with_content_coding
from providers.simulators.fault_edge import FaultEdge, request_facts
from providers.simulators.faults import RequestFacts
from providers.simulators.qbo.http.fault_answers import QboFaultAnswers
from providers.simulators.qbo.http.paths import realm_of
from providers.simulators.qbo.http.responses import support_id, unreadable
from providers.simulators.qbo.state import QboState
from providers.simulators.traffic_edge import TrafficEdge

_FAULTY = ("/v3/company/", "/oauth2/", "/v2/oauth2/", "/v1/openid_connect/")


def with_edges(app: ASGIApp, state: QboState) -> ASGIApp:
    """Return the application behind its edges."""

    def counting(scope: Scope) -> AbstractContextManager[None] | None:
        realm = realm_of(scope["path"])
        if realm is None:
            return None
        return state.traffic.seen(realm, is_batch=scope["path"].endswith("/batch"))

    app = with_content_coding(app, refusal=unreadable)
    app = SupportIds(app)
    app = FaultEdge(app, state.faults, QboFaultAnswers(state), facts_of=facts_of)
    return TrafficEdge(app, counting=counting)


def facts_of(scope: Scope) -> RequestFacts | None:
    """Return what fault rules see of a request; None for pages and the control API."""
    path: str = scope["path"]
    if not path.startswith(_FAULTY):
        return None
    return request_facts(scope, realm=realm_of(path))


class SupportIds:
    """ASGI middleware: an ``intuit_tid`` and a version on every answer."""

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

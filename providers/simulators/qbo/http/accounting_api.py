"""The accounting API over HTTP: bearer token, quotas, latency, answer."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from providers.simulators.credentials import bearer_token
from providers.simulators.qbo.http.dispatch import QboCall, answer
from providers.simulators.qbo.http.responses import (
    JSON_TYPE,
    forbidden,
    throttled,
    unauthorized,
)
from providers.simulators.qbo.oauth.tokens import ACCOUNTING
from providers.simulators.qbo.state import QboState
from providers.simulators.qbo.wire.errors import (
    RealmForbidden,
    Throttled,
    TokenRejected,
)


class QboAccountingApi:
    """The endpoint for everything below ``/v3/company/``."""

    def __init__(self, state: QboState) -> None:
        self._state = state

    async def handle(self, request: Request) -> Response:
        """Return the answer to a request, or the gateway's refusal to let it in."""
        try:
            return await self._handle(request)
        except TokenRejected as exc:
            return unauthorized(self._state, str(exc))
        except RealmForbidden:
            return forbidden(self._state)
        except Throttled as exc:
            self._state.traffic.record_throttled(request.path_params["realm"])
            return throttled(self._state, retry_after_s=exc.retry_after_s)

    async def _handle(self, request: Request) -> Response:
        state = self._state
        realm = request.path_params["realm"]
        call = QboCall(
            request.method,
            tuple(part for part in request.path_params.get("rest", "").split("/") if part),
            dict(request.query_params),
            await request.body(),
            request.headers.get("accept", ""),
        )
        # The gateway refuses before it counts: 401 and 403 use up no quota.
        client_id = self._authorise(request, realm)
        quotas = state.quotas
        in_flight = state.traffic.in_flight(realm)
        state.throttle.admit(
            quotas, realm, client_id, is_batch=call.is_batch, in_flight=in_flight
        )
        if call.is_read:
            state.meter.check(quotas, client_id)
        # After admission, so that waiting calls count as in flight.
        if state.latency_ms:
            await asyncio.sleep(state.latency_ms / 1000)
        answered = answer(state, state.companies[realm], call)
        if answered.status == 200:
            state.meter.count(client_id, is_read=call.is_read)
        return Response(answered.body, answered.status, media_type=JSON_TYPE)

    def _authorise(self, request: Request, realm: str) -> str:
        """Return the client id behind the bearer token, if it may act on the company.

        Raises:
            TokenRejected: no live token.
            RealmForbidden: a token for another company or scope.
        """
        token = bearer_token(request.headers.get("authorization", ""))
        grant = self._state.tokens.bearer(token) if token else None
        if grant is None:
            raise TokenRejected("Token expired" if token else "Missing bearer token")
        known = realm in self._state.companies
        if grant.realm != realm or not known or ACCOUNTING not in grant.scopes:
            raise RealmForbidden
        return grant.client_id

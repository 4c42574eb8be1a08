"""The connections endpoints of api.xero.com.

Source: Xero-OpenAPI xero-identity.yaml 16.1.0, read 2026-09.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.simulators.xero.http.accounting_api import authenticate, to_response
from providers.simulators.xero.state import XeroState
from providers.simulators.xero.wire.errors import ApiError, NotFound


class ConnectionsApi:
    """Lists and cuts the connections of the user behind an access token."""

    def __init__(self, state: XeroState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the paths, in both spellings that Xero's own documents use."""
        return [
            route
            for path in ("/connections", "/Connections")
            for route in (
                Route(path, self._list, methods=["GET"]),
                Route(path + "/{connection_id}", self._delete, methods=["DELETE"]),
            )
        ]

    async def _list(self, request: Request) -> Response:
        try:
            token = authenticate(self._state, request)
        except ApiError as error:
            return to_response(error)
        event_id = request.query_params.get("authEventId")
        found = self._state.connections.of(token.consent, event_id=event_id)
        return JSONResponse(
            [connection.describe() for connection in found],
            headers=self._state.throttle.app_headers(token.consent.client_id),
        )

    async def _delete(self, request: Request) -> Response:
        try:
            token = authenticate(self._state, request)
            connection_id: str = request.path_params["connection_id"]
            if not self._state.connections.disconnect(token.consent, connection_id):
                raise NotFound
        except ApiError as error:
            return to_response(error)
        return Response(status_code=204)

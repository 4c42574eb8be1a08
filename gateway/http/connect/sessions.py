"""The API of connect sessions: the platform opens one, and asks how it ended."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.errors import (
    AlreadyConnected,
    NoSuchConnection,
    NoSuchConnectSession,
    NotConfigured,
    ReturnNotRegistered,
)
from gateway.http.access import needs, tenant_for
from gateway.http.connect.texts import text_of
from gateway.http.document import refusals
from gateway.http.problem_codes import (
    ALREADY_CONNECTED,
    PROVIDER_NOT_CONFIGURED,
    RETURN_URL_NOT_REGISTERED,
    UNKNOWN_CONNECT_SESSION,
    UNKNOWN_CONNECTION,
)
from gateway.http.text import Text
from gateway.identity.principal import Principal, Scope
from gateway.operations.connect_sessions import ConnectSessions, SessionRequest
from providers.connect_sessions import ConnectSession, ConnectSessionId
from schemas.ids import ConnectionId, ProviderName, TenantId

Connects = Annotated[Principal, needs(Scope.CONNECTIONS_WRITE)]
Reader = Annotated[Principal, needs(Scope.CONNECTIONS_READ)]


class NewConnectSession(BaseModel):
    """The request body of a connect session."""

    model_config = ConfigDict(extra="forbid")

    tenant_id: Annotated[Text, Field(min_length=1, max_length=200)]
    return_url: Annotated[Text, Field(min_length=1, max_length=2_000)]
    provider: Text | None = None
    connection_id: UUID | None = None
    replace: bool = False

    def asked(self) -> SessionRequest:
        """Return what the use case is asked for."""
        return SessionRequest(
            tenant_id=TenantId(self.tenant_id),
            return_url=self.return_url,
            provider=ProviderName(self.provider) if self.provider else None,
            connection_id=ConnectionId(self.connection_id) if self.connection_id else None,
            replaces=self.replace,
        )


def connect_session_routes(
    found: ConnectSessions, *, public_url: str, now: Callable[[], datetime]
) -> APIRouter:
    """Return the routes for platforms.

    Args:
        public_url: Where browsers reach this API, without a slash at the end.
    """
    routes = APIRouter(prefix="/v1/connect-sessions", tags=["connections"])

    @routes.post(
        "",
        status_code=HTTPStatus.CREATED,
        summary="Get a short-lived address at which a tenant's admin connects a company.",
        responses=refusals(
            UNKNOWN_CONNECTION,
            ALREADY_CONNECTED,
            RETURN_URL_NOT_REGISTERED,
            PROVIDER_NOT_CONFIGURED,
        ),
    )
    async def open_session(
        asked: NewConnectSession, response: Response, caller: Connects
    ) -> dict[str, Any]:
        tenant_for(caller, asked.tenant_id)
        try:
            session, address = await found.open(asked.asked())
        except ReturnNotRegistered as exc:
            raise RETURN_URL_NOT_REGISTERED.problem() from exc
        except NoSuchConnection as exc:
            raise UNKNOWN_CONNECTION.problem(connection=asked.connection_id) from exc
        except NotConfigured as exc:
            raise PROVIDER_NOT_CONFIGURED.problem(
                provider=asked.provider or "any provider"
            ) from exc
        except AlreadyConnected as exc:
            raise ALREADY_CONNECTED.problem(said=exc) from exc
        response.headers["Location"] = f"/v1/connect-sessions/{session.id}"
        response.headers["Cache-Control"] = "no-store"
        return {**_shown(session, now()), "url": f"{public_url}/connect/{address}"}

    @routes.get(
        "/{session}",
        summary="Show how a connect session stands, or ended.",
        responses=refusals(UNKNOWN_CONNECT_SESSION),
    )
    async def connect_session(session: UUID, caller: Reader) -> dict[str, Any]:
        try:
            stored = await found.of_tenant(ConnectSessionId(session), caller.tenant)
        except NoSuchConnectSession as exc:
            raise UNKNOWN_CONNECT_SESSION.problem(session=session) from exc
        return _shown(stored, now())

    return routes


def _shown(session: ConnectSession, now: datetime) -> dict[str, Any]:
    outcome = session.outcome_at(now)
    return {
        "id": str(session.id),
        "tenant_id": session.tenant_id,
        "provider": session.chosen_provider or session.provider,
        "return_url": session.return_url,
        "expires_at": session.expires_at,
        "outcome": outcome.value if outcome else None,
        "message": text_of(outcome, session.detail).message if outcome else None,
        "connection_ids": [str(one) for one in session.connected],
    }

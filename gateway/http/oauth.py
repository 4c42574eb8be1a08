"""The endpoints of OAuth for integrators: tokens, their revocation, and a description of both.

They speak OAuth's own JSON, not problems, and are described by RFC 8414, not by our OpenAPI.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from gateway.http.dependencies import ApiDependencies
from gateway.identity.oauth_clients import StoredClient
from gateway.identity.oauth_server import (
    AUTH_METHODS,
    CLIENT_CREDENTIALS,
    OAuthAnswer,
    OAuthRequest,
)
from gateway.identity.principal import Principal, PrincipalKind, Scope
from gateway.operations.oauth import issue_token, revoke_token

_FORM: Final = "application/x-www-form-urlencoded"
_LARGEST: Final = 16_384
_METADATA: Final = "/.well-known/oauth-authorization-server"

Answer = Callable[[OAuthRequest], Awaitable[OAuthAnswer]]


def oauth_routes(given: ApiDependencies) -> APIRouter:
    """Return the routes of the authorisation server."""
    routes = APIRouter(include_in_schema=False)

    @routes.post("/oauth/token")
    async def token(request: Request) -> Response:
        return await _answered(
            request, lambda asked: issue_token(given.sessions, asked, now=given.now())
        )

    @routes.post("/oauth/revoke")
    async def revoke(request: Request) -> Response:
        return await _answered(
            request, lambda asked: revoke_token(given.sessions, asked, now=given.now())
        )

    @routes.get(_METADATA)
    async def metadata(request: Request) -> dict[str, Any]:
        return metadata_of(str(request.base_url).rstrip("/"))

    return routes


def metadata_of(issuer: str) -> dict[str, Any]:
    """Return the description of the server at an address.

    Source: RFC 8414, section 2; read 2026-11.
    """
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "grant_types_supported": [CLIENT_CREDENTIALS],
        "response_types_supported": [],
        "scopes_supported": list(Scope),
    }


async def _answered(request: Request, use_case: Answer) -> Response:
    asked = await _read(request)
    if asked is None:
        return _answer(
            HTTPStatus.BAD_REQUEST,
            {
                "error": "invalid_request",
                "error_description": f"Send each field once, as {_FORM}, in at most "
                f"{_LARGEST} bytes.",
            },
        )
    answer = await use_case(asked)
    if answer.client is not None:
        request.state.principal = _principal(answer.client)
    return _answer(answer.status, answer.body, answer.headers)


def _answer(status: int, body: Any, headers: Any = None) -> Response:
    answered = JSONResponse(body, status_code=status)
    answered.headers.update(headers or {})
    answered.headers["Cache-Control"] = "no-store"
    return answered


def _principal(client: StoredClient) -> Principal:
    """Return who asked, for the audit trail; by its secret alone it may do nothing."""
    return Principal(
        f"client:{client.id}",
        client.name,
        PrincipalKind.INTEGRATOR,
        client.tenant_id,
        frozenset(),
    )


async def _read(request: Request) -> OAuthRequest | None:
    """Return a request, or ``None`` for a body that is no form, too large, or ambiguous."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return None
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            return None
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return None
    form = dict(fields)
    if len(form) < len(fields):
        return None
    return OAuthRequest(form, request.headers.get("authorization", ""))

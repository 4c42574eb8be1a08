"""Who may call which route: authentication before routing, scope and tenant after it.

A route says what it needs, and is given the caller::

    async def records(tenant: Text, caller: Annotated[Principal, needs(Scope.RECORDS_READ)])

The `tenant` of a path or a query is checked with the scope; that of a body goes through
:func:`tenant_for`. What is asked for by its id is held to the caller's tenant by the use case,
which is given it.
"""

from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope as AsgiScope, Send

from gateway.http.problems import Problem, answer
from gateway.identity.authentication import Authenticator
from gateway.identity.principal import Principal, Scope
from schemas.ids import TenantId

# Everything below it is for callers with a key; what is public has another path.
GUARDED: Final = "/v1"


class Authentication:
    """Refuses what comes below `/v1` without a valid key; names the caller to the routes.

    It is the outermost part, so that no body of an anonymous request is read.
    """

    def __init__(self, app: ASGIApp, authenticator: Authenticator) -> None:
        self._app = app
        self._authenticator = authenticator

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Handle one request, or answer it with 401."""
        if scope["type"] == "http" and is_guarded(scope["path"]):
            caller = await self._caller(Headers(scope=scope).get("authorization", ""))
            if caller is None:
                await _unauthorized()(scope, receive, send)
                return
            structlog.contextvars.bind_contextvars(caller=caller.name)
            scope.setdefault("state", {})["principal"] = caller
        await self._app(scope, receive, send)

    async def _caller(self, header: str) -> Principal | None:
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer":
            return None
        return await self._authenticator.principal_of(secret.strip())


def is_guarded(path: str) -> bool:
    """Return whether a path is for callers with a key only."""
    return path == GUARDED or path.startswith(f"{GUARDED}/")


def _unauthorized() -> ASGIApp:
    answered = answer(
        HTTPStatus.UNAUTHORIZED,
        "unauthorized",
        "Send a key that is neither revoked nor expired as `Authorization: Bearer <key>`.",
    )
    answered.headers["WWW-Authenticate"] = "Bearer"
    return answered


class RequiredScope:
    """Admits a caller that has the scope, and may see the tenant of the path.

    Args:
        whole: The scope with which the answer has all fields, where it may have less; a
            caller with it needs no other.
    """

    def __init__(self, scope: Scope, whole: Scope | None = None) -> None:
        self.scope = scope
        self.whole = whole

    async def __call__(self, request: Request) -> Principal:
        """Return the caller of a request.

        Raises:
            Problem: 403, it lacks the scope; 404, the tenant is not the caller's, which is
                said in the words for one that does not exist.
        """
        caller: Principal = request.state.principal
        if not caller.scopes & {self.scope, self.whole}:
            request.state.refused = "missing_scope"
            raise _missing(self.scope)
        try:
            tenant_for(caller, _asked_tenant(request))
        except Problem as refusal:
            request.state.refused = refusal.code
            raise
        structlog.contextvars.bind_contextvars(**request.path_params)
        return caller


def needs(scope: Scope, *, whole: Scope | None = None) -> Any:
    """Return the dependency of a route whose callers need a scope; its value is the caller.

    Args:
        whole: The scope with which the answer has all fields, where it may have less.
    """
    return Depends(RequiredScope(scope, whole))


def tenant_for(caller: Principal, asked: str | None) -> TenantId | None:
    """Return the tenant to whose rows an answer is held; ``None`` for all tenants.

    Args:
        asked: The tenant that the caller asks about; ``None`` for all that it may see.

    Raises:
        Problem: 404, the caller may not see this tenant.
    """
    if asked is None:
        return caller.tenant
    tenant = TenantId(asked)
    if not caller.sees(tenant):
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_tenant", f"There is no tenant {asked!r}.")
    return tenant


def _asked_tenant(request: Request) -> str | None:
    asked = request.path_params.get("tenant", request.query_params.get("tenant"))
    return None if asked is None else str(asked)


def _missing(scope: Scope) -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN,
        "missing_scope",
        f"The key lacks the scope `{scope}`; use one that was made with it.",
    )

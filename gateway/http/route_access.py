"""What each route asks of its callers, read from the routes themselves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from gateway.http.access import RequiredScope
from gateway.identity.principal import Scope

# What anybody may call, and why it tells nothing about a tenant.
PUBLIC: Final[Mapping[str, str]] = {
    "/healthz": "says that the process answers",
    "/readyz": "says which of the process's services answer",
    "/metrics": "has figures without a tenant, a company or an id",
    "/openapi.json": "describes the API",
    "/docs": "describes the API for people",
    "/connect/style.css": "is the look of the connect pages",
    "/connect/callback/{provider}": "takes an answer with a state of ours only",
    "/connect/sessions/{id_}/result": "is for the browser that gave the consent",
    "/connect/sessions/{id_}/companies": "is for the browser that gave the consent",
    "/connect/{address}": "is opened by a secret that the platform was given",
    "/oauth/token": "asks for the integrator's own secret",
    "/oauth/revoke": "asks for the integrator's own secret",
    "/.well-known/oauth-authorization-server": "describes the OAuth endpoints",
}


class UnguardedRoute(Exception):
    """A route neither names the scope that its callers need nor is among the public ones."""


@dataclass(frozen=True, slots=True)
class RouteAccess:
    """What one route asks of its callers.

    Attributes:
        method: The HTTP method.
        path: The path, with its parameters in braces.
        scope: What a caller needs; ``None`` for a public route.
        whole: With what its answer has all fields; ``None`` where it always has.
    """

    method: str
    path: str
    scope: Scope | None
    whole: Scope | None

    def admits(self, scopes: frozenset[Scope]) -> bool:
        """Return whether a caller with these scopes is let in."""
        return self.scope is None or bool({self.scope, self.whole} & scopes)

    def shows_all(self, scopes: frozenset[Scope]) -> bool:
        """Return whether a caller who is let in sees all fields."""
        return self.whole is None or self.whole in scopes


def route_access(app: FastAPI) -> Sequence[RouteAccess]:
    """Return what every route asks, in the order of the paths.

    Raises:
        UnguardedRoute: a route has no entry; the message names it.
    """
    found = (one for route in iter_route_contexts(app.routes) for one in _access(route))
    return sorted(found, key=lambda one: (one.path, one.method))


def _access(route: Any) -> Iterator[RouteAccess]:
    guard = _guard(route)
    if guard is None and route.path not in PUBLIC:
        raise UnguardedRoute(
            f"{route.path} has no entry: have it need a scope by `needs`, or add it to `PUBLIC`"
        )
    for method in sorted((route.methods or set()) - {"HEAD"}):
        yield RouteAccess(
            method, route.path, guard.scope if guard else None, guard.whole if guard else None
        )


def _guard(route: Any) -> RequiredScope | None:
    dependant = getattr(route, "dependant", None)
    calls = [one.call for one in dependant.dependencies] if dependant else []
    return next((call for call in calls if isinstance(call, RequiredScope)), None)

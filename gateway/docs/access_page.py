"""The page of docs/ that says which role may call which route, made from the routes."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from gateway.http.described_app import described_app
from gateway.http.route_access import PUBLIC, RouteAccess, route_access
from gateway.identity.principal import ROLE_SCOPES, Role, Scope

PAGE: Final = Path("docs/access.md")

_MEANINGS: Final[Mapping[Scope, str]] = {
    Scope.CONNECTIONS_STATUS: "see a tenant's companies and whether they are connected",
    Scope.CONNECTIONS_READ: "see all of a connection: scopes, ends, reasons",
    Scope.CONNECTIONS_WRITE: "connect and disconnect companies",
    Scope.RECORDS_READ: "see how documents stand",
    Scope.SYNC_WRITE: "push what is not in agreement, and have companies read again",
    Scope.TASKS_READ: "see what a person must do",
    Scope.TASKS_WRITE: "report a task as solved, so that its record is tried again",
}


def access_page() -> str:
    """Write the tables of routes, roles and scopes."""
    routes = route_access(described_app())
    lines = [
        "<!-- Made by `ledgerlane docs`; do not edit. -->",
        "",
        "# Access",
        "",
        "Every call below `/v1` needs a key; without a valid one the answer is 401, before",
        "the body is read. The key must have the scope of the route, or the answer is 403 and",
        "names it. A key of one tenant finds no row of another: that is 404, in the words for",
        "what does not exist. A role is a named set of scopes.",
        "",
        "## Who may call what",
        "",
        "*Some fields* means that the answer leaves out what only the scope in brackets shows.",
        "",
        f"| Route | Scope | {' | '.join(Role)} |",
        "|---|---|" + "---|" * len(Role),
        *(_route_row(one) for one in routes if one.scope),
        "",
        "## Scopes",
        "",
        "| Scope | With it a caller may | Roles |",
        "|---|---|---|",
        *(_scope_row(scope) for scope in Scope),
        "",
        *_public(routes),
    ]
    return "\n".join(lines) + "\n"


def _route_row(one: RouteAccess) -> str:
    scope = f"`{one.scope}`" + (f" (`{one.whole}`)" if one.whole else "")
    cells = (_cell(one, ROLE_SCOPES[role]) for role in Role)
    return f"| `{one.method} {one.path}` | {scope} | {' | '.join(cells)} |"


def _cell(one: RouteAccess, scopes: frozenset[Scope]) -> str:
    if not one.admits(scopes):
        return "403"
    return "yes" if one.shows_all(scopes) else "some fields"


def _scope_row(scope: Scope) -> str:
    roles = ", ".join(role for role in Role if scope in ROLE_SCOPES[role])
    return f"| `{scope}` | {_MEANINGS[scope]} | {roles} |"


def _public(routes: Sequence[RouteAccess]) -> Iterator[str]:
    yield from ("## For everybody", "", "| Route | Why |", "|---|---|")
    for one in routes:
        if one.scope is None:
            yield f"| `{one.method} {one.path}` | {PUBLIC[one.path]} |"

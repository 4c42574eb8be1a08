"""Every cell of roles and routes, called against the API on a real database."""

import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from gateway.http.described_app import described_app
from gateway.http.route_access import RouteAccess, route_access
from gateway.identity.principal import ROLE_SCOPES, Role
from schemas.ids import TenantId
from tests.integration.gateway.connecting import store_connection
from tests.integration.gateway.http.test_access import AccessHarness, harness

__all__ = ["harness"]  # pytest finds the fixture by this module's name for it

T1 = TenantId("t1")
ROUTES = [one for one in route_access(described_app()) if one.scope]
each_role = pytest.mark.parametrize("role", Role)


def path_of(route: RouteAccess, tenant: str = "t1") -> str:
    """Return a route's path with values in place of its parameters."""
    known = {"tenant": tenant, "provider": "qbo"}
    return re.sub(r"{(\w+)}", lambda name: known.get(name[1], str(UUID(int=1))), route.path)


async def call(
    harness: AccessHarness, route: RouteAccess, headers: dict[str, str], tenant: str = "t1"
) -> httpx.Response:
    return await harness.api.request(route.method, path_of(route, tenant), headers=headers)


@each_role
async def test_a_role_may_call_what_the_matrix_says_and_nothing_else(
    harness: AccessHarness, role: Role
) -> None:
    scopes = ROLE_SCOPES[role]
    caller = await harness.key(T1, scopes)
    wrong = []
    for route in ROUTES:
        answer = await call(harness, route, caller)
        let_in = answer.status_code < 500 and answer.status_code not in (401, 403)
        refused = (answer.status_code, answer.json().get("code")) == (403, "missing_scope")
        if not (let_in if route.admits(scopes) else refused):
            wrong.append((route, answer.status_code))
    assert wrong == []


@each_role
async def test_no_role_of_a_tenant_finds_another_tenant(
    harness: AccessHarness, role: Role
) -> None:
    scopes = ROLE_SCOPES[role]
    caller = await harness.key(T1, scopes)
    found = {
        route.path: (await call(harness, route, caller, tenant="t2")).status_code
        for route in ROUTES
        if "{tenant}" in route.path and route.admits(scopes)
    }
    assert set(found.values()) == {404}, found


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer"}, {"Authorization": f"Bearer llk_{'0' * 64}"}],
    ids=["nothing", "no key", "nobody's key"],
)
async def test_anonymous_callers_get_nothing(
    harness: AccessHarness, headers: dict[str, str]
) -> None:
    for route in ROUTES:
        answer = await call(harness, route, headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), route


async def connections(harness: AccessHarness, role: Role) -> list[dict[str, Any]]:
    caller = await harness.key(T1, ROLE_SCOPES[role])
    answer = await harness.api.get("/v1/tenants/t1/connections", headers=caller)
    assert answer.status_code == 200
    return list(answer.json()["connections"])


async def test_every_role_sees_how_connections_stand_and_a_viewer_no_more(
    harness: AccessHarness,
) -> None:
    await store_connection(harness.engine, "t1", "9341")
    (seen,) = await connections(harness, Role.VIEWER)
    assert set(seen) == {
        "id",
        "tenant_id",
        "provider",
        "realm_id",
        "company_name",
        "state",
        "is_default",
    }
    assert (seen["realm_id"], seen["state"]) == ("9341", "connected")
    for role in (Role.OPERATOR, Role.ADMIN, Role.OWNER):
        (whole,) = await connections(harness, role)
        assert seen.items() < whole.items()
        assert {"scopes", "token_expires_at", "reason"} < set(whole)

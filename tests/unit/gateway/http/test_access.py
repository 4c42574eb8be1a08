"""What the routes ask of their callers."""

import pytest
from fastapi import FastAPI

from gateway.docs.access_page import PAGE, access_page
from gateway.http.access import GUARDED, needs
from gateway.http.described_app import described_app
from gateway.http.route_access import PUBLIC, RouteAccess, UnguardedRoute, route_access
from gateway.identity.principal import Scope
from tests.unit.docs.pages import ROOT


def test_a_route_below_v1_needs_a_scope_and_every_other_is_public_by_name() -> None:
    for one in route_access(described_app()):
        assert one.path.startswith(GUARDED) is (one.scope is not None), one
        assert one.scope or one.path in PUBLIC, one


def test_a_route_without_an_entry_is_refused_by_name() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.get("/v1/guarded", dependencies=[needs(Scope.TASKS_READ)])(lambda: None)
    assert [one.path for one in route_access(app)] == ["/v1/guarded"]
    app.get("/v1/forgotten")(lambda: None)
    with pytest.raises(UnguardedRoute, match="/v1/forgotten"):
        route_access(app)


def test_a_route_admits_who_has_one_of_its_scopes_and_shows_all_for_the_greater() -> None:
    status, read = Scope.CONNECTIONS_STATUS, Scope.CONNECTIONS_READ
    route = RouteAccess("GET", "/v1/x", status, whole=read)
    assert [route.admits(frozenset(one)) for one in ((), {status}, {read})] == [
        False,
        True,
        True,
    ]
    assert [route.shows_all(frozenset({one})) for one in (status, read)] == [False, True]


def test_the_page_is_that_of_the_routes() -> None:
    assert (ROOT / PAGE).read_text("utf-8") == access_page()

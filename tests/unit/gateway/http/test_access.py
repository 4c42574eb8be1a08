"""Every route of the API names the scope that its callers need."""

from fastapi.routing import iter_route_contexts

from gateway.http.access import GUARDED, RequiredScope
from tests.unit.gateway.http.test_app import Service


def test_every_route_below_v1_needs_a_scope() -> None:
    found = [one for one in iter_route_contexts(Service().app().routes) if one.path]
    guarded = [one for one in found if str(one.path).startswith(GUARDED)]
    assert len(guarded) >= 7
    open_to_all = [
        one.path
        for one in guarded
        if not any(isinstance(each.call, RequiredScope) for each in one.dependant.dependencies)
    ]
    assert open_to_all == []

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from providers.errors import ProviderError, Unauthorized, Unavailable
from providers.oauth import GrantedRealm, OAuthApp, Token
from providers.xero.oauth import SCOPES, XeroOAuth
from schemas.ids import RealmId

APP = OAuthApp("id", "secret", "http://localhost/callback", "", "", "", "https://api.example")
TOKEN = Token("access", "refresh", datetime.now(UTC), datetime.now(UTC), SCOPES)
Handler = Callable[[httpx.Request], httpx.Response]


async def realms(handler: Handler) -> list[GrantedRealm]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as client:
        return list(await XeroOAuth().realms(client, APP, TOKEN, said=None))


async def test_organisations_are_listed_and_practices_are_not() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "https://api.example/connections"
        assert request.headers["authorization"] == "Bearer access"
        tenants = [
            {"id": "c1", "tenantId": "t1", "tenantType": "ORGANISATION", "tenantName": "Maple"},
            {"id": "c2", "tenantId": "t2", "tenantType": "PRACTICE", "tenantName": "Adviser"},
            {"id": "c3", "tenantId": "t3", "tenantType": "ORGANISATION", "tenantName": None},
        ]
        return httpx.Response(200, json=tenants)

    assert await realms(respond) == [
        GrantedRealm(RealmId("t1"), "Maple"),
        GrantedRealm(RealmId("t3"), ""),
    ]


def dropped(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("gone", request=request)


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (lambda _: httpx.Response(403), Unauthorized),
        (lambda _: httpx.Response(503), Unavailable),
        (lambda _: httpx.Response(200, text="<html>"), Unavailable),
        (dropped, Unavailable),
    ],
)
async def test_no_list_is_told_by_its_cause(
    handler: Handler, error: type[ProviderError]
) -> None:
    with pytest.raises(error):
        await realms(handler)


def test_the_scopes_are_granular_and_no_more_than_is_used() -> None:
    assert "accounting.transactions" not in SCOPES
    assert set(SCOPES) == {
        "offline_access",
        "accounting.contacts",
        "accounting.invoices",
        "accounting.payments",
        "accounting.banktransactions",
        "accounting.settings",
    }

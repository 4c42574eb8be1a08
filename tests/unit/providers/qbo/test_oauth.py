"""The company comes with the callback, and only there."""

from datetime import UTC, datetime

import httpx
import pytest

from providers.errors import Unauthorized
from providers.oauth import OAuthApp, Token
from providers.qbo.oauth import QboOAuth
from schemas.ids import RealmId

NOW = datetime(2026, 3, 2, tzinfo=UTC)
APP = OAuthApp("id", "secret", "https://here/callback", "", "", "", "")
TOKEN = Token("access", "refresh", NOW, NOW, ())


def _no_call(request: httpx.Request) -> httpx.Response:
    pytest.fail(f"called {request.url}")


async def test_the_company_of_the_callback_is_granted_without_a_call() -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(_no_call)) as client:
        (granted,) = await QboOAuth().realms(client, APP, TOKEN, said=RealmId("9341"))
    assert granted.realm_id == "9341"


async def test_a_callback_without_a_company_is_refused() -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(_no_call)) as client:
        with pytest.raises(Unauthorized) as refused:
            await QboOAuth().realms(client, APP, TOKEN, said=None)
    assert refused.value.reason.code == "realm_missing"


def test_both_worlds_share_everything_but_the_apis_host() -> None:
    dialect = QboOAuth()
    assert dialect.sandbox.token_url == dialect.production.token_url
    assert dialect.sandbox.api_url != dialect.production.api_url
    assert dialect.scopes == ("com.intuit.quickbooks.accounting",)

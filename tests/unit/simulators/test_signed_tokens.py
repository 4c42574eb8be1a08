"""The tokens of both simulators are proved by the key set that their discovery names."""

import base64
import hashlib
import json
from typing import Any

import httpx
import jwt
import pytest

from providers.simulators.xero.config import DEMO_APP
from tests.unit.simulators.qbo.books import ACCOUNTING, APP, US, Books, simulator
from tests.unit.simulators.xero.harness import SCOPES, XeroHarness

INTUIT = "https://oauth.platform.intuit.com/op/v1"
XERO = "https://identity.xero.com"


async def _proved(
    http: httpx.AsyncClient, discovery: str, token: str, audience: str, issuer: str
) -> dict[str, Any]:
    """Check a token as a client does that was given nothing but the discovery's address."""
    document = (await http.get(discovery)).json()
    assert document["issuer"] == issuer
    assert document["id_token_signing_alg_values_supported"] == ["RS256"]
    keys = (await http.get(document["jwks_uri"])).json()["keys"]
    kid = jwt.get_unverified_header(token)["kid"]
    (key,) = (key for key in keys if key["kid"] == kid)
    claims: dict[str, Any] = jwt.decode(
        token,
        jwt.PyJWK(key),
        algorithms=["RS256"],
        audience=audience,
        issuer=issuer,
        options={"require": ["iss", "sub", "aud", "iat", "exp"]},
    )
    return claims


async def test_quickbooks_id_token_says_what_intuit_documents() -> None:
    async with simulator() as http:
        books = await Books(http, US).connect(scope=f"openid {ACCOUNTING}", nonce="n-1")
        for spelling in ("openid_configuration/", "openid_sandbox_configuration"):
            claims = await _proved(
                http,
                f"/.well-known/{spelling}",
                books.token["id_token"],
                APP.client_id,
                INTUIT,
            )
            assert (claims["realmid"], claims["aud"]) == (US, [APP.client_id])
            assert claims["nonce"] == "n-1"
        again = (await books.refresh(books.token["refresh_token"])).json()["id_token"]
        assert "nonce" not in jwt.decode(again, options={"verify_signature": False})


@pytest.fixture
def openid() -> str:
    return f"openid profile email {SCOPES}"


async def test_xero_id_token_and_access_token_are_proved(openid: str) -> None:
    discovery = "/.well-known/openid-configuration"
    async with XeroHarness() as xero:
        await xero.connect(scopes=openid, nonce="n-2", user="mia@example.com")
        tokens = xero.tokens
        who = await _proved(xero.http, discovery, tokens["id_token"], DEMO_APP.client_id, XERO)
        access = await _proved(
            xero.http, discovery, tokens["access_token"], f"{XERO}/resources", XERO
        )
        shown = (await xero.http.get("/connect/userinfo", headers=xero.headers())).json()
    assert (who["nonce"], who["email"]) == ("n-2", "mia@example.com")
    assert who["sub"] == access["sub"] == shown["sub"]
    assert who["xero_userid"] == access["xero_userid"]
    digest = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert who["at_hash"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


async def test_xero_refresh_keeps_the_user_and_drops_the_nonce(openid: str) -> None:
    async with XeroHarness() as xero:
        await xero.connect(scopes=openid, nonce="n-3")
        first = jwt.decode(xero.tokens["id_token"], options={"verify_signature": False})
        renewed = (await xero.refresh(xero.tokens["refresh_token"])).json()
    again = jwt.decode(renewed["id_token"], options={"verify_signature": False})
    assert again["sub"] == first["sub"]
    assert "nonce" not in again


async def test_a_token_that_was_changed_is_not_proved(openid: str) -> None:
    async with XeroHarness() as xero:
        await xero.connect(scopes=openid)
        head, body, signature = xero.tokens["id_token"].split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        claims["email"] = "eve@example.com"
        forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        with pytest.raises(jwt.InvalidSignatureError):
            await _proved(
                xero.http,
                "/.well-known/openid-configuration",
                f"{head}.{forged}.{signature}",
                DEMO_APP.client_id,
                XERO,
            )
        answer = await xero.http.get("/connect/userinfo", headers={"Authorization": "Bearer x"})
        assert answer.status_code == 401

"""Every OAuth endpoint of both simulators takes a form and JSON alike."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from providers.simulators.xero.config import DEMO_APP
from tests.unit.simulators.qbo.books import ACCOUNTING, APP, REDIRECT, US, simulator
from tests.unit.simulators.xero.harness import OTHER_TENANT, TENANT, XeroHarness

Encode = Callable[[Mapping[str, Any]], dict[str, Any]]
QBO_APP = (APP.client_id, APP.client_secret)
XERO_APP = (DEMO_APP.client_id, DEMO_APP.client_secret or "")


def _form(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"data": dict(fields)}


def _json(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"json": dict(fields)}


def _json_announced_as_form(fields: Mapping[str, Any]) -> dict[str, Any]:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return {"content": json.dumps(dict(fields)), "headers": headers}


ENCODINGS = pytest.mark.parametrize("encode", [_form, _json, _json_announced_as_form])


def _code(answer: httpx.Response) -> str:
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


@ENCODINGS
async def test_quickbooks_consent_exchange_refresh_and_revocation(encode: Encode) -> None:
    asked = {
        "client_id": APP.client_id,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": ACCOUNTING,
        "state": "s",
        "realm": US,
    }
    async with simulator() as http:
        code = _code(await http.post("/connect/oauth2", **encode(asked)))
        path = "/oauth2/v1/tokens/bearer"
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
        token = (await http.post(path, auth=QBO_APP, **encode(form))).json()
        form = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
        token = (await http.post(path, auth=QBO_APP, **encode(form))).json()
        path = "/v2/oauth2/tokens/revoke"
        gone = {"token": token["refresh_token"]}
        done = await http.post(path, auth=QBO_APP, **encode(gone))
        assert (done.status_code, done.content) == (200, b"")
        assert (await http.post(path, auth=QBO_APP, **encode(gone))).status_code == 400
        assert (await http.post(path, auth=QBO_APP, **encode({}))).status_code == 400


@ENCODINGS
async def test_quickbooks_revocation_takes_an_app_by_its_fields(encode: Encode) -> None:
    gone = {"token": "x", "client_id": APP.client_id, "client_secret": "wrong"}
    async with simulator() as http:
        path = "/v2/oauth2/tokens/revoke"
        assert (await http.post(path, **encode(gone))).status_code == 401
        gone["client_secret"] = APP.client_secret
        assert (await http.post(path, **encode(gone))).json()["error"] == "invalid_request"


@ENCODINGS
async def test_xero_consent_exchange_refresh_and_revocation(encode: Encode) -> None:
    asked = {
        "response_type": "code",
        "client_id": DEMO_APP.client_id,
        "redirect_uri": REDIRECT,
        "scope": "offline_access accounting.settings",
        "state": "s",
        "organisations": [TENANT, OTHER_TENANT],
    }
    async with XeroHarness() as xero:
        http = xero.http
        code = _code(await http.post("/identity/connect/authorize", **encode(asked)))
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
        xero.tokens = (await http.post("/connect/token", auth=XERO_APP, **encode(form))).json()
        connections = (await http.get("/connections", headers=xero.headers())).json()
        assert {c["tenantId"] for c in connections} == {TENANT, OTHER_TENANT}
        form = {"grant_type": "refresh_token", "refresh_token": xero.tokens["refresh_token"]}
        xero.tokens = (await http.post("/connect/token", auth=XERO_APP, **encode(form))).json()
        gone = {"token": xero.tokens["refresh_token"]}
        done = await http.post("/connect/revocation", auth=XERO_APP, **encode(gone))
        assert (done.status_code, done.content) == (200, b"")
        assert (await xero.send("GET", "Organisation")).status_code == 401


@pytest.mark.parametrize("body", [b"{", b"[1]", b"", b"\xff\xfe", b'{"token": {"a": 1}}'])
async def test_a_body_that_holds_no_fields_is_refused_plainly(body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    async with simulator() as http, XeroHarness() as xero:
        for client, path, app in (
            (http, "/v2/oauth2/tokens/revoke", QBO_APP),
            (http, "/oauth2/v1/tokens/bearer", QBO_APP),
            (xero.http, "/connect/token", XERO_APP),
        ):
            refused = await client.post(path, content=body, headers=headers, auth=app)
            assert refused.status_code == 400
            assert refused.json()["error"]

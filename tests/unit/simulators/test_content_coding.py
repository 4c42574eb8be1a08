import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from providers.simulators.content_coding import LARGEST_BODY, UnreadableBody, unpacked
from providers.simulators.faults import FaultKind
from tests.unit.simulators.qbo.books import APP, US, Books, simulator
from tests.unit.simulators.xero.harness import TENANT, XeroHarness, invoice

PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "GZIP": gzip.compress,
    "deflate": zlib.compress,
}


@pytest.fixture
async def qbo() -> AsyncIterator[Books]:
    async with simulator() as http:
        yield await Books(http, US).connect()


@pytest.fixture
async def xero() -> AsyncIterator[XeroHarness]:
    async with XeroHarness() as harness:
        yield await harness.connect()


async def _post(
    http: httpx.AsyncClient, path: str, content: bytes, coding: str, **headers: str
) -> httpx.Response:
    sent = {"Content-Encoding": coding, "Content-Type": "application/json", **headers}
    return await http.post(path, content=content, headers=sent)


def _bearer(token: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {token['access_token']}"}


@pytest.mark.parametrize("coding", PACKINGS)
async def test_quickbooks_takes_a_packed_write(qbo: Books, coding: str) -> None:
    body = PACKINGS[coding](json.dumps({"DisplayName": "Håkon & Sønn"}).encode())
    made = await _post(
        qbo.http, f"/v3/company/{US}/customer", body, coding, **_bearer(qbo.token)
    )
    assert made.json()["Customer"]["DisplayName"] == "Håkon & Sønn"


@pytest.mark.parametrize("coding", PACKINGS)
async def test_xero_takes_a_packed_write(xero: XeroHarness, coding: str) -> None:
    body = PACKINGS[coding](json.dumps(invoice()).encode())
    made = await _post(xero.http, "/api.xro/2.0/Invoices", body, coding, **xero.headers())
    assert made.json()["Invoices"][0]["Total"] == 115


async def test_token_endpoints_take_packed_forms(qbo: Books, xero: XeroHarness) -> None:
    for http, path, token in (
        (qbo.http, "/oauth2/v1/tokens/bearer", qbo.token),
        (xero.http, "/connect/token", xero.tokens),
    ):
        form = f"grant_type=refresh_token&refresh_token={token['refresh_token']}"
        answer = await http.post(
            path,
            content=gzip.compress(form.encode()),
            auth=(APP.client_id, APP.client_secret)
            if http is qbo.http
            else ("xero-simulator-app", "xero-simulator-secret"),
            headers={
                "Content-Encoding": "gzip",
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
        assert answer.json()["access_token"]


async def test_answers_are_packed_for_those_who_ask(qbo: Books, xero: XeroHarness) -> None:
    for http, path, headers in (
        (qbo.http, f"/v3/company/{US}/companyinfo/{US}", _bearer(qbo.token)),
        (qbo.http, f"/v3/company/{US}/nothing", _bearer(qbo.token)),
        (xero.http, "/api.xro/2.0/Organisation", xero.headers()),
        (xero.http, "/connections", xero.headers()),
    ):
        packed = await http.get(path, headers={**headers, "Accept-Encoding": "gzip"})
        plain = await http.get(path, headers={**headers, "Accept-Encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert packed.text[:5] == plain.text[:5]


async def test_what_is_not_packed_as_it_says_is_refused_in_the_ledgers_shape(
    qbo: Books, xero: XeroHarness
) -> None:
    path = f"/v3/company/{US}/customer"
    refused = await _post(qbo.http, path, b"{}", "gzip", **_bearer(qbo.token))
    assert refused.status_code == 400
    assert refused.json()["Fault"]["Error"][0]["code"] == "2000"
    refused = await _post(qbo.http, path, b"{}", "br", **_bearer(qbo.token))
    assert refused.status_code == 415
    path = "/api.xro/2.0/Invoices"
    refused = await _post(xero.http, path, b"{}", "gzip", **xero.headers(TENANT))
    assert (refused.status_code, refused.json()["ErrorNumber"]) == (400, 14)


async def test_a_cent_more_is_found_in_an_answer_that_would_be_packed(qbo: Books) -> None:
    await qbo.control("faults", {"name": "c", "kind": FaultKind.CENT_MORE})
    body = {
        "CustomerRef": {"value": (await qbo.post("Customer", {"DisplayName": "A"}))["Id"]},
        "Line": [{"Amount": 10, "DetailType": "SalesItemLineDetail"}],
    }
    assert (await qbo.post("Invoice", body))["TotalAmt"] % 1 != 0


def test_a_body_that_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(UnreadableBody) as caught:
        unpacked("gzip", gzip.compress(bytes(LARGEST_BODY + 1)))
    assert caught.value.status == 413


def test_a_body_that_is_cut_short_is_refused() -> None:
    with pytest.raises(UnreadableBody, match="cut short"):
        unpacked("gzip", gzip.compress(b"x" * 100)[:-4])


async def test_a_call_without_a_body_may_name_a_coding(qbo: Books, xero: XeroHarness) -> None:
    coding = {"Content-Encoding": "gzip"}
    path = f"/v3/company/{US}/companyinfo/{US}"
    answer = await qbo.http.get(path, headers={**_bearer(qbo.token), **coding})
    assert answer.json()["CompanyInfo"]["Id"] == "1"
    answer = await xero.http.get(
        "/api.xro/2.0/Organisation", headers={**xero.headers(), **coding}
    )
    assert answer.status_code == 200

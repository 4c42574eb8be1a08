from decimal import Decimal
from typing import Any

import httpx
import pytest

from providers.simulators.faults import FaultKind, FaultRule
from tests.unit.simulators.xero.harness import (
    TENANT,
    XeroHarness,
    bill,
    config,
    invoice,
    parsed,
    payment,
)


async def fault(xero: XeroHarness, **rule: Any) -> None:
    await xero.control("faults", {"name": "f", "path": "/api.xro/", **rule})


@pytest.mark.parametrize(
    ("rule", "status", "headers"),
    [
        (
            {"kind": "rate_limited"},
            429,
            {"X-Rate-Limit-Problem": "minute", "Retry-After": "22"},
        ),
        (
            {"kind": "rate_limited", "problem": "day"},
            429,
            {"X-Rate-Limit-Problem": "day", "Retry-After": "64800"},
        ),
        (
            {"kind": "rate_limited", "problem": "concurrent"},
            429,
            {"X-Rate-Limit-Problem": "concurrent"},
        ),
        ({"kind": "server_error"}, 500, {}),
        ({"kind": "unavailable", "retry_after_s": 300}, 503, {"Retry-After": "300"}),
        ({"kind": "gateway_timeout"}, 504, {}),
    ],
)
async def test_faults_before_anything_is_done(
    xero: XeroHarness, rule: dict[str, Any], status: int, headers: dict[str, str]
) -> None:
    await fault(xero, at_most=1, **rule)
    answer = await xero.send("PUT", "Invoices", invoice())
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in headers} == headers
    assert not (await xero.ok("GET", "Invoices"))["Invoices"]


@pytest.mark.parametrize("kind", ["server_error_after_commit", "gateway_timeout_after_commit"])
async def test_faults_after_the_work_is_done(xero: XeroHarness, kind: str) -> None:
    await fault(xero, kind=kind, method="PUT")
    answer = await xero.send("PUT", "Invoices", invoice())
    assert answer.status_code in {500, 504}
    assert len((await xero.ok("GET", "Invoices"))["Invoices"]) == 1
    assert (await xero.control("stats"))["faults"]["f"]["thrown"] == 1


async def test_an_answer_is_lost_after_the_work_is_done(xero: XeroHarness) -> None:
    await fault(xero, kind="drop_after_commit", method="PUT")
    with pytest.raises(ConnectionResetError):
        await xero.send("PUT", "Invoices", invoice())
    assert len((await xero.ok("GET", "Invoices"))["Invoices"]) == 1


async def test_a_token_that_expires_now_stays_expired(xero: XeroHarness) -> None:
    await fault(xero, kind="expire_token", nth=1)
    for _ in range(2):
        answer = await xero.send("GET", "Organisation")
        assert answer.json()["Detail"].startswith("TokenExpired")
    xero.tokens = (await xero.refresh(xero.tokens["refresh_token"])).json()
    await xero.ok("GET", "Organisation")


async def test_a_fault_can_meet_the_token_endpoint(xero: XeroHarness) -> None:
    await fault(xero, kind="server_error", path="/connect/token")
    assert (await xero.refresh(xero.tokens["refresh_token"])).status_code == 500


async def test_rules_are_listed_removed_and_cleared(xero: XeroHarness) -> None:
    rules = [{"name": n, "kind": "server_error", "realm": "other"} for n in ("a", "b")]
    assert (await xero.control("faults", rules)).keys() == {"a", "b"}
    await xero.http.delete("/_simulator/faults/a")
    assert (await xero.control("faults")).keys() == {"b"}
    await xero.http.delete("/_simulator/faults")
    assert await xero.control("faults") == {}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"name": "x", "kind": "dragon"}),
        ("faults", {"name": "x", "kind": "fault_in_200"}),
        ("clock", {"sideways": 1}),
        ("switches", {"line_rounding": "up"}),
        ("switches", {"dragon": True}),
        ("organisations", {"country": "FR"}),
    ],
)
async def test_a_bad_command_is_refused(
    xero: XeroHarness, path: str, body: dict[str, Any]
) -> None:
    answer = await xero.http.post(f"/_simulator/{path}", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]


async def test_switches_turn_at_run_time(xero: XeroHarness) -> None:
    turned = await xero.control("switches", {"client_total": "refuse"})
    assert (turned["client_total"], turned["line_rounding"]) == ("refuse", "half_up")
    assert await xero.refusal("PUT", "Invoices", invoice(Total=1))


async def test_the_ledger_tells_counts_sums_and_documents(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice(Reference="SO-1187"))
    await xero.ok("PUT", "Invoices", bill(InvoiceNumber="B-1"))
    voided = await xero.one("PUT", "Invoices", invoice())
    await xero.ok("POST", f"Invoices/{voided['InvoiceID']}", {"Status": "VOIDED"})
    await xero.ok("PUT", "Payments", payment(made["InvoiceID"], "15", Reference="p-1"))
    ledger = await xero.control(f"ledger/{TENANT}")
    assert (ledger["realm"], ledger["currency"]) == (TENANT, "NZD")
    sections = ledger["entities"]
    invoices = sections["Invoices"]
    assert (invoices["count"], invoices["live"]) == (2, 1)
    assert (invoices["total"], invoices["tax"], invoices["balance"]) == (115, 15, 100)
    document = next(d for d in invoices["documents"] if d["id"] == made["InvoiceID"])
    assert (document["label"], document["reference"]) == (made["InvoiceNumber"], "SO-1187")
    assert sections["Bills"]["documents"][0]["number"] == "B-1"
    assert sections["Payments"]["total"] == Decimal(15)
    brief = await xero.http.get(f"/_simulator/ledger/{TENANT}?documents=false")
    assert "documents" not in parsed(brief)["entities"]["Invoices"]


async def test_creates_are_noted_so_that_duplicates_show(xero: XeroHarness) -> None:
    await xero.ok("PUT", "Invoices", bill(InvoiceNumber="B-1"))
    made = await xero.one("PUT", "Invoices", bill(InvoiceNumber="B-1"))
    await xero.ok("PUT", "Invoices", invoice(InvoiceNumber="INV-1"))
    await xero.ok("POST", f"Invoices/{made['InvoiceID']}", {"Status": "VOIDED"})
    writes = (await xero.control("stats"))["writes"][TENANT]
    (double,) = writes["duplicates"]
    assert (double["entity"], len(double["ids"])) == ("Invoices", 2)
    assert writes["operations"] == {"Invoices.created": 3, "Invoices.voided": 1}
    creates = (await xero.control(f"creates/{TENANT}"))["creates"]
    assert "ACCREC INV-1 115.00" in {entry["key"] for entry in creates}


async def test_egress_is_counted_in_bytes(xero: XeroHarness) -> None:
    answer = await xero.send("GET", "Accounts")
    seen = (await xero.control("stats"))["realms"][TENANT]
    assert seen["egress_bytes"] == len(answer.content)


async def test_an_organisation_is_founded_at_run_time(xero: XeroHarness) -> None:
    made = await xero.control("organisations", {"name": "New", "country": "AU"})
    assert not made["connected"]
    await xero.connect(organisations=made["realm"])
    answer = await xero.send("GET", "Organisation", tenant=made["realm"])
    assert parsed(answer)["Organisations"][0]["BaseCurrency"] == "AUD"
    taken = await xero.http.post("/_simulator/organisations", json={"tenant_id": TENANT})
    assert taken.status_code == 409
    shown = (await xero.control("organisations"))["organisations"]
    assert [entry["connected"] for entry in shown] == [True, True, True]


async def test_access_tokens_of_an_organisation_end_on_command(xero: XeroHarness) -> None:
    assert await xero.control(f"connections/{TENANT}/expire-access", {}) == {"expired": 1}
    assert (await xero.send("GET", "Organisation")).status_code == 401


async def test_a_person_edits_the_books_outside_every_quota(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Contacts", {"Name": "Mia"})
    url = f"/_simulator/books/{TENANT}/Contacts/{made['ContactID']}"
    archived = await xero.http.post(url, json={"ContactStatus": "ARCHIVED"})
    assert archived.json()["Contacts"][0]["ContactStatus"] == "ARCHIVED"
    refused = await xero.http.post(url, json={"EmailAddress": "nowhere"})
    assert refused.status_code == 400
    assert (await xero.control("stats"))["realms"][TENANT]["requests"] == 1


async def test_a_reset_forgets_everything_but_the_clock(xero: XeroHarness) -> None:
    await xero.ok("PUT", "Invoices", invoice())
    before = await xero.control("clock")
    await fault(xero, kind="server_error")
    await xero.control("reset", {})
    assert (await xero.send("GET", "Organisation")).status_code == 401
    await xero.connect()
    assert not (await xero.ok("GET", "Invoices"))["Invoices"]
    assert await xero.control("clock") == before


async def test_configured_faults_are_in_force_from_the_start_and_after_a_reset() -> None:
    rule = FaultRule(name="f", kind=FaultKind.SERVER_ERROR, path="Organisation")
    async with XeroHarness(config(faults=(rule,))) as xero:
        for _ in range(2):
            await xero.connect()
            assert (await xero.send("GET", "Organisation")).status_code == 500
            await xero.control("reset", {})


async def test_the_clock_is_set_and_moved(xero: XeroHarness) -> None:
    shown = await xero.control("clock", {"set": "2027-01-01T00:00:00Z", "advance_s": 60})
    assert shown["now"] == "2027-01-01T00:01:00+00:00"


async def page(xero: XeroHarness, path: str) -> httpx.Response:
    return await xero.http.get(path)


async def test_the_pages_click_through_to_a_document(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice(InvoiceNumber="INV-<1>"))
    assert f"/ledger/{TENANT}" in (await page(xero, "/")).text
    assert "Invoices" in (await page(xero, f"/ledger/{TENANT}")).text
    listed = await page(xero, f"/ledger/{TENANT}/Invoices")
    assert "INV-&lt;1&gt;" in listed.text
    path = f"/ledger/{TENANT}/Invoices/{made['InvoiceID']}"
    assert path in listed.text
    assert "&#34;Total&#34;: &#34;115.0&#34;" in (await page(xero, path)).text


@pytest.mark.parametrize("path", ["/x", "/x/Invoices", f"/{TENANT}/X", f"/{TENANT}/Items/x"])
async def test_unknown_pages_are_404(xero: XeroHarness, path: str) -> None:
    assert (await page(xero, f"/ledger{path}")).status_code == 404

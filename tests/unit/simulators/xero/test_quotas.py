import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from providers.simulators.clock import SimulatorClock
from providers.simulators.xero.calls.quota_windows import window
from providers.simulators.xero.config import IdempotencyRules, XeroQuotas
from tests.unit.simulators.xero.harness import (
    OTHER_TENANT,
    TENANT,
    XeroHarness,
    config,
    invoice,
)

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_fixed_window_starts_at_its_first_call_and_lets_a_burst_straddle() -> None:
    fixed = window("fixed", 2, MINUTE)
    fixed.take(NOON)
    fixed.take(NOON + timedelta(seconds=59))
    assert fixed.remaining(NOON + timedelta(seconds=59)) == 0
    assert fixed.free_in(NOON + timedelta(seconds=59)) == timedelta(seconds=1)
    assert fixed.remaining(NOON + timedelta(seconds=60)) == 2


def test_a_sliding_window_looks_back_from_every_moment() -> None:
    sliding = window("sliding", 2, MINUTE)
    sliding.take(NOON)
    sliding.take(NOON + timedelta(seconds=59))
    assert sliding.free_in(NOON + timedelta(seconds=59)) == timedelta(seconds=1)
    assert sliding.remaining(NOON + timedelta(seconds=60)) == 1


async def called(xero: XeroHarness, times: int, tenant: str = TENANT) -> list[int]:
    answers = [await xero.send("GET", "Currencies", tenant=tenant) for _ in range(times)]
    return [answer.status_code for answer in answers]


async def test_every_answer_says_what_is_left() -> None:
    async with XeroHarness(config(quotas=XeroQuotas())) as xero:
        await xero.connect()
        good = await xero.send("GET", "Currencies")
        bad = await xero.send("GET", "Invoices/none")
        connections = await xero.http.get("/connections", headers=xero.headers())
    assert good.headers["X-MinLimit-Remaining"] == "59"
    assert bad.headers["X-MinLimit-Remaining"] == "58"
    assert bad.headers["X-DayLimit-Remaining"] == "4998"
    assert bad.headers["X-AppMinLimit-Remaining"] == "9998"
    assert connections.headers["X-AppMinLimit-Remaining"] == "9998"
    assert "X-MinLimit-Remaining" not in connections.headers


async def test_the_minute_is_the_organisations_own() -> None:
    clock = SimulatorClock(at=NOON, frozen=True)
    async with XeroHarness(config(quotas=XeroQuotas(calls_per_minute=2)), clock) as xero:
        await xero.connect()
        assert await called(xero, 2) == [200, 200]
        refused = await xero.send("GET", "Currencies")
        assert refused.status_code == 429
        assert refused.headers["X-Rate-Limit-Problem"] == "minute"
        assert refused.headers["Retry-After"] == "60"
        assert await called(xero, 1, OTHER_TENANT) == [200]
        clock.advance(MINUTE)
        assert await called(xero, 1) == [200]
        stats = await xero.control("stats")
    seen = stats["realms"][TENANT]
    assert (seen["requests"], seen["throttled"], seen["max_in_any_minute"]) == (4, 1, 3)


@pytest.mark.parametrize(
    ("quotas", "problem"),
    [(XeroQuotas(calls_per_day=1), "day"), (XeroQuotas(app_calls_per_minute=1), "appminute")],
)
async def test_the_other_windows_name_themselves(quotas: XeroQuotas, problem: str) -> None:
    async with XeroHarness(config(quotas=quotas)) as xero:
        await xero.connect()
        await xero.send("GET", "Currencies")
        refused = await xero.send("GET", "Currencies")
    assert refused.headers["X-Rate-Limit-Problem"] == problem
    assert int(refused.headers["Retry-After"]) > (3600 if problem == "day" else 1)


@pytest.mark.parametrize("named", [True, False])
async def test_the_sixth_call_at_once_is_refused(named: bool) -> None:
    quotas = XeroQuotas(retry_after_on_concurrency=named)
    settings = config(quotas=quotas, latency=timedelta(milliseconds=50))
    async with XeroHarness(settings) as xero:
        await xero.connect()
        calls = [xero.send("GET", "Currencies") for _ in range(6)]
        answers = await asyncio.gather(*calls)
        stats = await xero.control("stats")
    (refused,) = (answer for answer in answers if answer.status_code == 429)
    assert refused.headers["X-Rate-Limit-Problem"] == "concurrent"
    assert ("Retry-After" in refused.headers) is named
    assert stats["realms"][TENANT]["max_in_flight"] == 6


KEY = {"Idempotency-Key": "k-1"}


async def test_a_keyed_write_is_done_once_and_answered_alike(xero: XeroHarness) -> None:
    first = await xero.send("PUT", "Invoices", invoice(), headers=KEY)
    again = await xero.send("PUT", "Invoices", invoice(), headers=KEY)
    assert again.content == first.content
    assert again.headers["X-MinLimit-Remaining"] < first.headers["X-MinLimit-Remaining"]
    assert len((await xero.ok("GET", "Invoices"))["Invoices"]) == 1


async def test_a_key_is_forgotten_after_six_minutes(xero: XeroHarness) -> None:
    await xero.send("PUT", "Invoices", invoice(), headers=KEY)
    xero.clock.advance(timedelta(minutes=6))
    await xero.send("PUT", "Invoices", invoice(), headers=KEY)
    assert len((await xero.ok("GET", "Invoices"))["Invoices"]) == 2


async def test_a_key_on_another_request_is_refused(xero: XeroHarness) -> None:
    await xero.send("PUT", "Invoices", invoice(), headers=KEY)
    for method, path, body in (
        ("PUT", "Invoices", invoice(Reference="x")),
        ("POST", "Invoices", invoice()),
        ("PUT", "Contacts", invoice()),
    ):
        answer = await xero.send(method, path, body, headers=KEY)
        assert answer.status_code == 400
        assert answer.text == "Idempotency Key: k-1 is used with a different request."


async def test_errors_are_kept_under_their_key_too(xero: XeroHarness) -> None:
    sent = invoice(CurrencyCode="EUR")
    assert (await xero.send("PUT", "Invoices", sent, headers=KEY)).status_code == 400
    await xero.ok("PUT", "Currencies", {"Code": "EUR"})
    assert (await xero.send("PUT", "Invoices", sent, headers=KEY)).status_code == 400
    await xero.ok("PUT", "Invoices", sent)


async def test_a_key_is_not_looked_at_on_reads(xero: XeroHarness) -> None:
    for path in ("Invoices", "Contacts"):
        assert (await xero.send("GET", path, headers=KEY)).status_code == 200


@pytest.mark.parametrize(("scope", "invoices"), [("app", 1), ("token", 2), ("off", 2)])
async def test_for_whom_a_key_holds(scope: str, invoices: int) -> None:
    rules = IdempotencyRules(scope=scope)  # type: ignore[arg-type]  # parametrised
    async with XeroHarness(config(idempotency=rules)) as xero:
        await xero.connect()
        await xero.send("PUT", "Invoices", invoice(), headers=KEY)
        xero.tokens = (await xero.refresh(xero.tokens["refresh_token"])).json()
        await xero.send("PUT", "Invoices", invoice(), headers=KEY)
        assert len((await xero.ok("GET", "Invoices"))["Invoices"]) == invoices


async def test_a_key_is_checked_after_the_quota() -> None:
    async with XeroHarness(config(quotas=XeroQuotas(calls_per_minute=1))) as xero:
        await xero.connect()
        await xero.send("PUT", "Invoices", invoice(), headers=KEY)
        again = await xero.send("PUT", "Invoices", invoice(), headers=KEY)
    assert again.status_code == 429

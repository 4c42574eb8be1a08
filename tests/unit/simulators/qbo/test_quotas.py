from datetime import UTC, datetime, timedelta

import pytest

from providers.simulators.clock import SimulatorClock
from providers.simulators.qbo.calls.throttle import QboThrottle
from providers.simulators.qbo.calls.traffic import QboTraffic
from providers.simulators.qbo.config import QboQuotas
from providers.simulators.qbo.wire.errors import Throttled
from tests.unit.simulators.qbo.books import GB, US, Books, simulator

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _admitted(
    throttle: QboThrottle,
    quotas: QboQuotas,
    realm: str,
    client: str,
    times: int,
    *,
    is_batch: bool = False,
) -> int:
    admitted = 0
    for _ in range(times):
        try:
            throttle.admit(quotas, realm, client, is_batch=is_batch, in_flight=1)
        except Throttled:
            continue
        admitted += 1
    return admitted


def test_the_second_is_per_app_and_the_minute_per_company() -> None:
    clock = SimulatorClock(at=START, frozen=True)
    throttle, quotas = QboThrottle(clock), QboQuotas(per_minute=25)
    assert _admitted(throttle, quotas, US, "a", 12) == 10
    assert _admitted(throttle, quotas, US, "b", 12) == 10
    assert _admitted(throttle, quotas, GB, "a", 12) == 10
    clock.advance(timedelta(seconds=1))
    assert _admitted(throttle, quotas, US, "a", 12) == 5
    clock.advance(timedelta(seconds=59))
    assert _admitted(throttle, quotas, US, "a", 12) == 10


async def test_the_501st_call_in_a_minute_is_refused_as_xml() -> None:
    async with simulator(quotas=QboQuotas(per_second=None)) as http:
        books = await Books(http, US).connect()
        await books.control("clock", {"frozen": True})
        for _ in range(500):
            assert (await books.ask("GET", "companyinfo/1")).status_code == 200
        refused = await books.ask("GET", "companyinfo/1")
        assert refused.status_code == 429
        assert refused.headers["content-type"] == "application/xml"
        assert '<Error code="3001">' in refused.text
        assert "retry-after" not in refused.headers
        await books.control("switches", {"throttle_body": "json", "retry_after": True})
        refused = await books.ask("GET", "companyinfo/1")
        assert refused.json()["fault"]["error"][0]["code"] == "3001"
        assert refused.headers["retry-after"] == "60"
        await books.control("clock", {"advance_s": 60})
        assert (await books.ask("GET", "companyinfo/1")).status_code == 200
        seen = (await books.control("stats"))["realms"][US]
        assert (seen["requests"], seen["throttled"]) == (503, 2)
        assert seen["max_in_any_minute"] == 502


async def test_batches_have_a_quota_of_their_own() -> None:
    async with simulator(quotas=QboQuotas(per_second=None, batches_per_minute=2)) as http:
        books = await Books(http, US).connect()
        await books.control("clock", {"frozen": True})
        body: dict[str, list[str]] = {"BatchItemRequest": []}
        answers = [await books.ask("POST", "batch", body) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert (await books.ask("GET", "companyinfo/1")).status_code == 200
        seen = (await books.control("stats"))["realms"][US]
        assert seen["max_batches_in_any_minute"] == 3


async def test_reads_are_metered_and_can_run_out_while_writes_go_on() -> None:
    async with simulator(quotas=QboQuotas(per_second=None, coreplus_per_month=3)) as http:
        books = await Books(http, US).connect()
        await books.control("clock", {"set": "2026-03-30T12:00:00Z", "frozen": True})
        await books.connect()
        await books.customer()
        await books.query("select * from Customer")
        await books.ask("POST", "batch", {"BatchItemRequest": []})
        assert (await books.ask("GET", "customer/99")).status_code == 400
        await books.get("Customer", "1")
        assert (await books.ask("GET", "customer/1")).status_code == 429
        await books.vendor()
        metered = (await books.control("stats"))["metering"]["qbo-simulator-client"]
        assert metered == {"2026-03": {"core": 2, "coreplus": 3}}
        await books.control("clock", {"set": "2026-04-01T00:00:00Z"})
        await books.connect()
        assert (await books.ask("GET", "customer/1")).status_code == 200


async def test_quotas_can_be_changed_while_it_runs(books: Books) -> None:
    await books.control("clock", {"frozen": True})
    changed = await books.control("quotas", {"per_minute": 1})
    assert changed["per_minute"] == 1
    assert (await books.ask("GET", "companyinfo/1")).status_code == 200
    assert (await books.ask("GET", "companyinfo/1")).status_code == 429


def test_every_limit_can_be_absent() -> None:
    throttle = QboThrottle(SimulatorClock(at=START, frozen=True))
    none = QboQuotas(
        per_minute=None,
        per_second=None,
        in_flight=None,
        batches_per_minute=None,
        batches_per_minute_all_apps=None,
    )
    assert _admitted(throttle, none, US, "a", 2000, is_batch=True) == 2000


def test_calls_in_flight_are_counted_until_they_are_answered() -> None:
    clock, quotas = SimulatorClock(), QboQuotas(in_flight=1)
    traffic, throttle = QboTraffic(clock), QboThrottle(clock)

    def admit() -> None:
        in_flight = traffic.in_flight(US)
        throttle.admit(quotas, US, "a", is_batch=False, in_flight=in_flight)

    with traffic.seen(US, is_batch=False):
        admit()
        with traffic.seen(US, is_batch=False), pytest.raises(Throttled):
            admit()
        admit()
    assert traffic.describe()[US]["in_flight"] == 0
    assert traffic.describe()[US]["max_in_flight"] == 2

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from providers.simulators.clock import SimulatorClock
from providers.simulators.qbo.calls.traffic import QboTraffic, SlidingWindow
from providers.simulators.qbo.config import QboQuotas
from providers.simulators.qbo.wire.errors import Throttled
from tests.unit.simulators.qbo.books import GB, US, Books, simulator

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


@given(st.lists(st.integers(min_value=0, max_value=30), max_size=60))
def test_a_window_counts_the_last_span_exactly(steps: list[int]) -> None:
    window = SlidingWindow(timedelta(seconds=60))
    moments: list[datetime] = []
    most = 0
    now = START
    for step in steps:
        now += timedelta(seconds=step)
        window.add(now)
        moments.append(now)
        within = [moment for moment in moments if moment > now - timedelta(seconds=60)]
        assert window.count(now) == len(within)
        most = max(most, len(within))
    assert window.most == most


def test_a_clock_set_back_does_not_block_the_window() -> None:
    window = SlidingWindow(timedelta(seconds=60))
    window.add(START)
    assert window.count(START - timedelta(days=1)) == 0


def _admitted(
    traffic: QboTraffic, quotas: QboQuotas, realm: str, client: str, times: int
) -> int:
    admitted = 0
    for _ in range(times):
        try:
            traffic.admit(quotas, realm, client, is_batch=False)
        except Throttled:
            continue
        admitted += 1
    return admitted


def test_the_second_is_per_app_and_the_minute_per_company() -> None:
    clock = SimulatorClock(at=START, frozen=True)
    traffic, quotas = QboTraffic(clock), QboQuotas(per_minute=25)
    assert _admitted(traffic, quotas, US, "a", 12) == 10
    assert _admitted(traffic, quotas, US, "b", 12) == 10
    assert _admitted(traffic, quotas, GB, "a", 12) == 10
    clock.advance(timedelta(seconds=1))
    assert _admitted(traffic, quotas, US, "a", 12) == 5
    clock.advance(timedelta(seconds=59))
    assert _admitted(traffic, quotas, US, "a", 12) == 10


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
    clock = SimulatorClock(at=START, frozen=True)
    none = QboQuotas(
        per_minute=None,
        per_second=None,
        in_flight=None,
        batches_per_minute=None,
        batches_per_minute_all_apps=None,
    )
    traffic = QboTraffic(clock)
    for _ in range(2000):
        traffic.admit(none, US, "a", is_batch=True)
    assert traffic.describe().get(US, {}).get("throttled", 0) == 0


def test_calls_in_flight_are_counted_until_they_are_answered() -> None:
    traffic, quotas = QboTraffic(SimulatorClock()), QboQuotas(in_flight=1)
    with traffic.seen(US, is_batch=False):
        traffic.admit(quotas, US, "a", is_batch=False)
        with traffic.seen(US, is_batch=False), pytest.raises(Throttled):
            traffic.admit(quotas, US, "a", is_batch=False)
        traffic.admit(quotas, US, "a", is_batch=False)
    assert traffic.describe()[US]["in_flight"] == 0
    assert traffic.describe()[US]["max_in_flight"] == 2

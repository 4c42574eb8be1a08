import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from producers.errors import BrokerUnavailable, SourceUnavailable, UnsupportedOutbox
from producers.relay import Relay
from producers.relay_policy import PoisonPolicy, RelayPolicy
from tests.contracts.publisher import TOO_LARGE
from tests.eventually import eventually
from tests.fakes.publisher import MemoryPublisher
from tests.fakes.source import MemorySource
from tests.virtual_time import run_virtually

CRASH_POINTS = ["after_poll_before_publish", "after_publish_before_cursor", "after_cursor"]


class Killed(BaseException):
    """The process died: no supervisor catches it."""


@asynccontextmanager
async def running(
    source: MemorySource,
    publisher: MemoryPublisher,
    *,
    poison: PoisonPolicy = PoisonPolicy.HOLD_KEY,
    batch_rows: int = 3,
) -> AsyncIterator[None]:
    """A relay at work; it is stopped, and its end awaited, on the way out."""
    stop = asyncio.Event()
    relay = Relay(source, publisher, RelayPolicy(batch_rows, poison))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(relay.run(stop))
        yield
        stop.set()


async def settled(source: MemorySource) -> None:
    async def check() -> bool:
        return source.acknowledged == len(source.rows)

    await eventually(check)


async def test_rows_are_published_in_order_and_acknowledged() -> None:
    source, publisher = MemorySource(), MemoryPublisher("events")
    for n in range(10):
        source.append("events", "k", b"%d" % n)
    async with running(source, publisher):
        await settled(source)
        source.append("events", "k", b"10")
        await settled(source)
    assert publisher.payloads("events") == [b"%d" % n for n in range(11)]


@pytest.mark.parametrize("crash_point", CRASH_POINTS)
@pytest.mark.parametrize("passes", [1, 2])
async def test_a_relay_killed_at_any_point_loses_nothing_and_keeps_the_order(
    crash_point: str, passes: int
) -> None:
    source, publisher = MemorySource(), MemoryPublisher("events")
    for n in range(10):
        source.append("events", "k", b"%d" % n)
    left = [passes]

    def die(point: str) -> None:
        left[0] -= point == crash_point
        if left[0] == 0:
            raise Killed

    with pytest.raises(Killed):
        await Relay(source, publisher, RelayPolicy(3), crash_point=die).run(asyncio.Event())
    async with running(source, publisher):
        await settled(source)
    first_times = list(dict.fromkeys(publisher.payloads("events")))
    assert first_times == [b"%d" % n for n in range(10)]


async def test_a_row_that_was_acknowledged_is_not_repeated_after_a_crash() -> None:
    source, publisher = MemorySource(), MemoryPublisher("events")
    source.append("events", "k", b"1")

    def die(point: str) -> None:
        if point == "after_cursor":
            raise Killed

    with pytest.raises(Killed):
        await Relay(source, publisher, RelayPolicy(), crash_point=die).run(asyncio.Event())
    assert source.acknowledged == 1
    async with running(source, publisher):
        source.append("events", "k", b"2")
        await settled(source)
    assert publisher.payloads("events") == [b"1", b"2"]


async def test_errors_that_may_pass_are_outlived_and_never_park() -> None:
    source, publisher = MemorySource(), MemoryPublisher("events")
    source.failures = [SourceUnavailable("restarting")]
    publisher.failures = [BrokerUnavailable("leader not available")]
    for n in range(4):
        source.append("events", "k", b"%d" % n)
    with capture_logs() as logged:
        async with running(source, publisher):
            await settled(source)
    assert list(dict.fromkeys(publisher.payloads("events"))) == [b"0", b"1", b"2", b"3"]
    assert not source.parked
    assert [(one["event"], one.get("error")) for one in logged] == [
        ("relay.interrupted", "restarting"),
        ("relay.resumed", None),
    ]


async def _relays_once_upgraded() -> None:
    source, publisher = MemorySource(), MemoryPublisher("events")
    source.append("events", "k", b"1")
    source.refusal = UnsupportedOutbox("version 1: upgrade it")
    relay, stop = Relay(source, publisher, RelayPolicy(3)), asyncio.Event()

    async def has_tried_again() -> bool:
        return source.refused > 2

    with capture_logs() as logged:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(relay.run(stop))
            await eventually(has_tried_again)
            assert relay.refusal == "version 1: upgrade it"
            assert not publisher.payloads("events")
            source.refusal = None
            await settled(source)
            stop.set()
    assert publisher.payloads("events") == [b"1"]
    assert not relay.refusal
    assert [(one["event"], one["log_level"], one["error"]) for one in logged] == [
        ("relay.refused", "error", "version 1: upgrade it")
    ]


def test_an_outbox_of_another_version_is_reported_once_and_relayed_once_upgraded() -> None:
    run_virtually(_relays_once_upgraded())


async def test_a_poison_row_holds_its_key_and_no_other() -> None:
    source, publisher = MemorySource(), MemoryPublisher("events")
    for key, payload in [("a", b"1"), ("a", TOO_LARGE), ("b", b"2"), ("a", b"3")]:
        source.append("events", key, payload)
    async with running(source, publisher):
        await settled(source)
        source.append("events", "a", b"4")
        source.append("events", "b", b"5")
        await settled(source)
    assert publisher.payloads("events") == [b"1", b"2", b"5"]
    assert [parked.seq for parked in source.parked] == [2, 4, 5]
    assert all(parked.holds_key for parked in source.parked)


async def test_a_held_key_is_still_held_by_the_next_relay() -> None:
    source, publisher = MemorySource(), MemoryPublisher("events")
    source.append("events", "a", TOO_LARGE)
    async with running(source, publisher):
        await settled(source)
    source.append("events", "a", b"1")
    async with running(source, publisher):
        await settled(source)
    assert not publisher.payloads("events")
    assert [parked.seq for parked in source.parked] == [1, 2]


async def test_a_held_key_stays_whole_when_the_next_relay_goes_on() -> None:
    source, publisher = MemorySource(), MemoryPublisher("events")
    source.append("events", "a", TOO_LARGE)
    async with running(source, publisher):
        await settled(source)
    source.append("events", "a", b"1")
    async with running(source, publisher, poison=PoisonPolicy.GO_ON):
        await settled(source)
    assert not publisher.payloads("events")
    assert [parked.seq for parked in source.parked] == [1, 2]
    assert all(parked.holds_key for parked in source.parked)


async def test_a_poison_row_is_passed_when_the_policy_says_go_on() -> None:
    source, publisher = MemorySource(), MemoryPublisher("events")
    for payload in (b"1", TOO_LARGE, b"2", TOO_LARGE, b"3"):
        source.append("events", "a", payload)
    async with running(source, publisher, poison=PoisonPolicy.GO_ON, batch_rows=10):
        await settled(source)
        source.append("events", "a", b"4")
        await settled(source)
    assert publisher.payloads("events") == [b"1", b"2", b"3", b"4"]
    assert [(parked.seq, parked.holds_key) for parked in source.parked] == [
        (2, False),
        (4, False),
    ]


async def test_a_second_relay_stands_by_and_takes_over() -> None:
    source, publisher = MemorySource(), MemoryPublisher("events")
    async with running(source, publisher):
        async with running(source, publisher):
            source.append("events", "k", b"1")
            await settled(source)
        source.append("events", "k", b"2")
        await settled(source)
    assert publisher.payloads("events") == [b"1", b"2"]


async def test_what_is_published_and_parked_is_counted() -> None:
    source, publisher = MemorySource(), MemoryPublisher("counted")
    source.append("counted", "a", b"1")
    source.append("counted", "b", TOO_LARGE)

    def count(metric: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(metric, {"source": "memory", **labels}) or 0

    parked_before = count("ledgerlane_outbox_parked_total")
    async with running(source, publisher):
        await settled(source)
    assert count("ledgerlane_outbox_published_total", topic="counted") == 1
    assert count("ledgerlane_outbox_parked_total") - parked_before == 1
    assert count("ledgerlane_outbox_lag_seconds") == 0

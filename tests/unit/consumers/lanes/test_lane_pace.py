"""The pace of a realm, on virtual time."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from consumers.lanes.pacing.lane_pace import LanePace
from consumers.sync.realm_pace import RealmPace
from providers.errors import (
    Bucket,
    Down,
    RateLimited,
    Rejected,
    Retryable,
    Unauthorized,
    Unavailable,
    Uncertain,
)
from providers.http import no_answer
from providers.quotas import CallKind, Quota
from tests.fakes.lane_pace import limiter, pace_of
from tests.virtual_time import run_virtually

AWAY = no_answer("HTTP 503")
QUOTA = Quota(per_minute=60, in_flight=5, per_second=10)


def pace(quota: Quota = QUOTA, changed: Callable[[], None] = lambda: None) -> LanePace:
    return pace_of(quota, changed=changed)


@asynccontextmanager
async def place(realm: LanePace) -> AsyncIterator[None]:
    """Hold a place for a call, however long it takes to get one."""
    while True:
        try:
            async with RealmPace(realm).call(CallKind.WRITE):
                yield
                return
        except RateLimited as error:
            await asyncio.sleep(error.retry_after.total_seconds())


def most_in_any(window_s: float, seen: list[float]) -> int:
    return max(sum(start <= at < start + window_s for at in seen) for start in seen)


@pytest.mark.accepts("SEC-09")
def test_the_provider_never_sees_more_than_the_quota_whatever_the_network_delays() -> None:
    chance = random.Random(3)  # noqa: S311 - delays, not secrets

    async def run() -> tuple[list[float], int]:
        loop = asyncio.get_running_loop()
        realm = pace()
        seen: list[float] = []
        at_once = most = 0

        async def call() -> None:
            nonlocal at_once, most
            async with place(realm):
                at_once += 1
                most = max(most, at_once)
                await asyncio.sleep(chance.uniform(0, 0.4))
                seen.append(loop.time())
                await asyncio.sleep(chance.uniform(0, 0.4))
                at_once -= 1

        await asyncio.gather(*(call() for _ in range(300)))
        return seen, most

    seen, most = run_virtually(run())
    assert most_in_any(60.0, seen) <= 60
    assert most_in_any(1.0, seen) <= 10
    assert most == 5
    assert max(seen) < 60 * 5.3, "the quota is used to 95 % and more"


def test_what_is_reserved_is_counted_before_it_is_called() -> None:
    async def run() -> None:
        realm = pace(Quota(per_minute=2, in_flight=5))
        realm.reserve()
        realm.reserve()
        assert realm.delay_s() is None
        async with RealmPace(realm).call(CallKind.WRITE):
            pass
        realm.release_unused(0)
        assert realm.delay_s() == 0

    run_virtually(run())


@pytest.mark.accepts("ERR-13")
def test_a_pause_that_the_provider_asked_for_is_kept() -> None:
    async def run() -> float:
        realm = pace()
        with pytest.raises(RateLimited):
            async with RealmPace(realm).call(CallKind.READ):
                raise RateLimited(timedelta(seconds=22), Bucket.MINUTE)
        async with place(realm):
            return asyncio.get_running_loop().time()

    assert run_virtually(run()) == 22


@pytest.mark.accepts("ERR-13")
@pytest.mark.parametrize("bucket", [Bucket.MINUTE, Bucket.APP_MINUTE])
def test_a_pause_is_kept_by_a_call_that_was_reserved_before_it(bucket: Bucket) -> None:
    async def run() -> tuple[float, float]:
        realm = pace()
        realm.reserve()
        realm.reserve()
        with pytest.raises(RateLimited):
            async with RealmPace(realm).call(CallKind.WRITE):
                raise RateLimited(timedelta(seconds=22), bucket)
        with pytest.raises(RateLimited) as refused:
            async with RealmPace(realm).call(CallKind.WRITE):
                pytest.fail("the ledger was called within its pause")
        realm.release_unused(0)
        async with place(realm):
            return refused.value.retry_after.total_seconds(), asyncio.get_running_loop().time()

    assert run_virtually(run()) == (22, 22)


def test_a_place_that_gets_free_is_told() -> None:
    async def run() -> int:
        told = 0

        def changed() -> None:
            nonlocal told
            told += 1

        realm = pace(changed=changed)
        async with RealmPace(realm).call(CallKind.READ):
            assert told == 0
        return told

    assert run_virtually(run()) == 1


def test_a_pace_is_unused_when_no_call_counts_any_more() -> None:
    async def run() -> list[bool]:
        realm = pace()
        seen = [realm.unused]
        async with RealmPace(realm).call(CallKind.READ):
            seen.append(realm.unused)
        seen.append(realm.unused)
        await asyncio.sleep(61)
        return [*seen, realm.unused]

    assert run_virtually(run()) == [True, False, False, True]


@pytest.mark.accepts("GWY-19")
def test_a_lost_consent_does_not_make_a_provider_look_well() -> None:
    """It is known before anybody is asked, so the breaker stays as it is."""

    async def run() -> list[bool]:
        realm = pace()
        for error in [Unavailable(AWAY)] * 5 + [Unauthorized(AWAY), Rejected(AWAY)]:
            await asyncio.sleep(2.0)
            with pytest.raises(type(error)):
                async with RealmPace(realm).call(CallKind.READ):
                    raise error
            seen.append(realm.probing)
        return seen

    seen: list[bool] = []
    assert run_virtually(run()) == [False] * 4 + [True, True, False]


def test_a_call_that_has_no_chance_is_not_made() -> None:
    async def run() -> None:
        realm = pace()
        for _ in range(5):
            with pytest.raises(Unavailable):
                async with RealmPace(realm).call(CallKind.READ):
                    raise Unavailable(AWAY)
        with pytest.raises(Down) as refused:
            async with RealmPace(realm).call(CallKind.READ):
                raise AssertionError("it was made")
        assert refused.value.retry_after == timedelta(seconds=2)
        assert not refused.value.in_doubt

    run_virtually(run())


def test_a_lost_answer_stays_in_doubt_when_the_provider_is_down_by_then() -> None:
    async def found(error: type[Retryable]) -> bool:
        shared = limiter()
        realms = [pace_of(QUOTA, shared=shared) for _ in range(20)]
        try:
            async with RealmPace(realms[0]).call(CallKind.WRITE):
                for other in realms[1:]:
                    if not shared.down:
                        await fail(other)
                raise error(AWAY)
        except Down as down:
            return down.in_doubt
        raise AssertionError("the provider was not taken to be down")

    async def fail(realm: LanePace) -> None:
        with pytest.raises(Unavailable):
            async with RealmPace(realm).call(CallKind.WRITE):
                raise Unavailable(AWAY)

    assert run_virtually(found(Uncertain))
    assert not run_virtually(found(Unavailable))

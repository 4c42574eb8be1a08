"""Lanes and paces for tests that have no engine."""

import asyncio
from collections.abc import Callable

from consumers.lanes.lane import Lane
from consumers.lanes.pacing.lane_pace import LanePace
from consumers.lanes.pacing.shared_limiter import SharedLimiter, SharedLimiterPolicy
from consumers.sync.realm_lanes import lane_quota
from providers.quotas import Quota
from schemas.ids import ConnectionId

MOST_CALLS = 1_000


def limiter(
    *, per_minute: int | None = None, monotonic: Callable[[], float] | None = None
) -> SharedLimiter:
    """Return what lanes share, on the event loop's clock where no other is given."""
    return SharedLimiter(
        SharedLimiterPolicy(most_calls=MOST_CALLS),
        per_minute=per_minute,
        monotonic=monotonic or asyncio.get_running_loop().time,
        changed=lambda: None,
    )


def pace_of(
    quota: Quota,
    *,
    shared: SharedLimiter | None = None,
    changed: Callable[[], None] = lambda: None,
) -> LanePace:
    """Return the pace of a realm, which shares with no other where nothing else is given."""
    shared = shared or limiter(per_minute=quota.app_per_minute)
    return LanePace(lane_quota(quota), monotonic=shared.now_s, changed=changed, shared=shared)


def lane_of(connection: ConnectionId, quota: Quota, *, partition: int = 0) -> Lane:
    """Return the lane of a realm, for work that is handled without an engine."""
    return Lane(connection, partition, pace_of(quota), resident_limit=100)

"""The family of lanes that realms are worked off by: a lane for each connection."""

from consumers.lanes.family import LaneFamily, RetryTopic
from consumers.lanes.pacing.quota import DAY_S, MINUTE_S, SECOND_S, CallWindow, LaneQuota
from consumers.lanes.work import LaneId
from providers.base import Operation, Provider
from providers.quotas import Quota
from schemas.documents.document import DocumentType
from schemas.signal import Signal
from schemas.topics import PROVIDER_PARTITIONS, RETRY_DELAYS, retry_topic, work_topic


def realm_lanes(provider: Provider) -> LaneFamily:
    """Return the family of a provider's realms."""
    return LaneFamily(
        name=provider.name,
        work_topic=work_topic(provider.name),
        retry_topics=tuple(
            RetryTopic(retry_topic(provider.name, name), delay)
            for name, delay in RETRY_DELAYS.items()
        ),
        partitions=PROVIDER_PARTITIONS,
        read_signal=Signal.from_bytes,
        batch_limits={
            kind: max(provider.batch_limit(kind, operation) for operation in Operation)
            for kind in DocumentType
        },
        shared_per_minute=provider.quota.app_per_minute,
    )


class RealmQuotas:
    """The quotas of a provider's realms, which are all the same."""

    def __init__(self, quota: Quota) -> None:
        self._quota = lane_quota(quota)

    def quota_of(self, lane: LaneId) -> LaneQuota:
        """Return the quota that the provider allows each realm."""
        return self._quota


def lane_quota(quota: Quota) -> LaneQuota:
    """Return what a provider's quota allows one lane; the app's share is not in it."""
    limits = (
        (quota.per_minute, MINUTE_S),
        (quota.per_second, SECOND_S),
        (quota.per_day, DAY_S),
    )
    windows = (CallWindow(calls, length_s) for calls, length_s in limits if calls is not None)
    return LaneQuota(quota.in_flight, tuple(windows), quota.full_call)

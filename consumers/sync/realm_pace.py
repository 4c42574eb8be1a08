"""The pace of a realm: its lane's, told what each answer of a provider means."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from consumers.lanes.pacing.lane_pace import LanePace, NoRoom, OutOfOrder
from consumers.lanes.pacing.quota import MINUTE_S
from providers.errors import (
    Bucket,
    Down,
    ProviderError,
    RateLimited,
    Retryable,
    Unauthorized,
    Uncertain,
)
from providers.quotas import CallKind
from schemas import reasons

OUT_OF_ORDER: Final = reasons.PROVIDER_DOWN.reason()


class RealmPace:
    """The :class:`providers.http.Pace` of one realm.

    Attributes:
        lane_pace: The pace of the realm's lane, which decides.
    """

    __slots__ = ("lane_pace",)

    def __init__(self, lane_pace: LanePace) -> None:
        self.lane_pace = lane_pace

    @asynccontextmanager
    async def call(self, kind: CallKind) -> AsyncIterator[None]:
        """Wait for room for a call, and learn from how it ends.

        Raises:
            RateLimited: there is no room soon.
            Down: the realm or its provider is known to be out of order, before the call or by
                its end.
        """
        pace = self.lane_pace
        began = await self._enter()
        try:
            yield
            pace.succeed()
        except Retryable as error:
            if pace.fail(began, at_least_s=error.retry_after.total_seconds()):
                in_doubt = isinstance(error, Uncertain)
                raise Down(error.reason, trace_id=error.trace_id, in_doubt=in_doubt) from error
            raise
        except Unauthorized:
            # A realm that lost its consent says nothing about the provider's health: the
            # refusal comes from the token, before anything of the ledger was asked.
            pace.learn_nothing()
            raise
        except ProviderError as error:
            if isinstance(error, RateLimited):
                shared = error.bucket is Bucket.APP_MINUTE
                pace.throttle(error.retry_after.total_seconds(), shared=shared)
            pace.succeed()
            raise
        finally:
            pace.leave()

    async def _enter(self) -> float:
        try:
            return await self.lane_pace.enter()
        except NoRoom as full:
            bucket = Bucket.MINUTE if full.wait_s <= MINUTE_S else Bucket.DAY
            raise RateLimited(timedelta(seconds=full.wait_s), bucket) from full
        except OutOfOrder as closed:
            raise Down(OUT_OF_ORDER, retry_after=timedelta(seconds=closed.wait_s)) from closed

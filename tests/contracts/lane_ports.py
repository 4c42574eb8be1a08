"""What the lane engine relies on of its other ports, whatever is behind them."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import pytest

from consumers.lanes.ports import CallHistory, RetryPublisher, TrippedValve, ValveStore
from consumers.lanes.work import LaneId, LaneSignal
from schemas.signal import Signal

ONE, OTHER = UUID(int=1), UUID(int=2)
QBO, XERO = "qbo", "xero"


class HistoryPlace(Protocol):
    """The history of calls, and a way to make some."""

    history: CallHistory

    def called(self, lane: LaneId, realm: str, family: str, age_s: float) -> None:
        """Record a call of a lane that ended so many seconds ago; its key is ``t1:realm``."""


class CallHistoryContract:
    """Every history of calls passes this; a subclass gives the fixture ``place``."""

    async def test_the_calls_of_a_lane_are_told_oldest_first(self, place: HistoryPlace) -> None:
        for age_s in (50.0, 30.0, 10.0):
            place.called(ONE, "a", QBO, age_s)
        place.called(OTHER, "b", QBO, 20.0)
        await place.history.share()
        ages = await place.history.ages_s(ONE, within_s=60.0)
        assert ages == pytest.approx([50.0, 30.0, 10.0])

    async def test_older_calls_are_left_out(self, place: HistoryPlace) -> None:
        for age_s in (90.0, 30.0):
            place.called(ONE, "a", QBO, age_s)
        await place.history.share()
        assert await place.history.ages_s(ONE, within_s=60.0) == pytest.approx([30.0])
        assert [age for _, age in await place.history.family_ages_s(QBO, within_s=60.0)] == (
            pytest.approx([30.0])
        )

    async def test_the_calls_of_a_family_are_told_by_kafka_key(
        self, place: HistoryPlace
    ) -> None:
        place.called(ONE, "a", QBO, 10.0)
        place.called(OTHER, "b", QBO, 20.0)
        place.called(ONE, "c", XERO, 30.0)
        await place.history.share()
        found = await place.history.family_ages_s(QBO, within_s=60.0)
        assert sorted(key for key, _ in found) == ["t1:a", "t1:b"]
        assert sorted(age for _, age in found) == pytest.approx([10.0, 20.0])

    async def test_a_lane_that_never_called_has_no_calls(self, place: HistoryPlace) -> None:
        assert list(await place.history.ages_s(ONE, within_s=60.0)) == []


class ValveStoreContract:
    """Every store of valves passes this; a subclass gives the fixture ``valves``."""

    async def test_a_tripped_valve_is_told_with_its_newest_count(
        self, valves: ValveStore
    ) -> None:
        await valves.trip(QBO, TrippedValve(ONE, "refused", 20))
        await valves.trip(QBO, TrippedValve(ONE, "refused", 21))
        assert await valves.all_tripped(QBO) == [TrippedValve(ONE, "refused", 21)]

    async def test_each_family_has_its_own(self, valves: ValveStore) -> None:
        await valves.trip(QBO, TrippedValve(ONE, "refused", 20))
        await valves.trip(XERO, TrippedValve(OTHER, "refused", 30))
        assert await valves.all_tripped(QBO) == [TrippedValve(ONE, "refused", 20)]
        assert await valves.all_tripped(XERO) == [TrippedValve(OTHER, "refused", 30)]

    async def test_a_released_valve_is_told_no_more(self, valves: ValveStore) -> None:
        for lane in (ONE, OTHER):
            await valves.trip(QBO, TrippedValve(lane, "refused", 20))
        await valves.release(ONE)
        assert await valves.all_tripped(QBO) == [TrippedValve(OTHER, "refused", 20)]

    async def test_the_newest_count_of_a_released_valve_does_not_trip_it_again(
        self, valves: ValveStore
    ) -> None:
        for lane in (ONE, OTHER):
            await valves.trip(QBO, TrippedValve(lane, "refused", 20))
        await valves.release(ONE)
        for lane in (ONE, OTHER):
            await valves.update(TrippedValve(lane, "rejected", 21))
        assert await valves.all_tripped(QBO) == [TrippedValve(OTHER, "rejected", 21)]

    async def test_one_that_is_not_tripped_may_be_released(self, valves: ValveStore) -> None:
        await valves.release(ONE)
        assert list(await valves.all_tripped(QBO)) == []


class RetryPlace(Protocol):
    """A publisher of retries, and what is on their topics.

    Attributes:
        topics: The retry topics, that after the first failed try first.
    """

    retries: RetryPublisher
    topics: Sequence[str]

    def signal(self, lane: int, item: int, *, attempt: int) -> Signal:
        """Return a signal of a try."""

    async def stored(self, topic: str, count: int) -> Sequence[LaneSignal]:
        """Return the signals on a topic, once there are so many."""


class RetryPublisherContract:
    """Every publisher of retries passes this; a subclass gives the fixture ``place``."""

    async def test_each_signal_waits_on_the_topic_of_its_delay(self, place: RetryPlace) -> None:
        signals = [place.signal(n, n, attempt=2 + n) for n in range(len(place.topics))]
        await place.retries.publish(signals)
        for topic, signal in zip(place.topics, signals, strict=True):
            assert await place.stored(topic, 1) == [signal]

    async def test_the_signals_of_a_lane_stay_in_order(self, place: RetryPlace) -> None:
        signals = [place.signal(1, n, attempt=2) for n in range(100)]
        await place.retries.publish(signals)
        assert await place.stored(place.topics[0], 100) == signals

    async def test_nothing_may_be_published(self, place: RetryPlace) -> None:
        await place.retries.publish([])
        await place.retries.publish([place.signal(1, 1, attempt=2)])
        assert len(await place.stored(place.topics[0], 1)) == 1

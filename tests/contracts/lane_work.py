"""What lanes rely on, whatever does their work."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from consumers.lanes.lane import Lane
from consumers.lanes.ports import Disposition, LaneKey, LaneWork
from consumers.lanes.work import ItemId, Work
from schemas.documents.document import DocumentType
from schemas.ids import RecordId
from schemas.signal import Priority, Signal
from schemas.topics import RETRY_DELAYS
from tests.eventually import eventually

FIRST_DELAY = next(iter(RETRY_DELAYS.values()))


class Place(Protocol):
    """A lane of one connection that makes one call at a time, and the work behind it.

    Attributes:
        key: The Kafka key of the connection's signals.
    """

    work: LaneWork
    lane: Lane
    key: str

    async def announce(self, name: str) -> RecordId:
        """Let the platform announce a customer."""

    async def announce_unacceptable(self, name: str) -> RecordId:
        """Let the platform announce a customer that the ledger will never accept."""

    async def withdraw_consent(self) -> None:
        """Let the connection lose its authorisation."""

    async def throttle_next(self) -> None:
        """Let the provider refuse the next write as one too many."""

    async def break_next(self) -> None:
        """Let the next write fail at the provider, and nothing be done."""

    async def slow_next(self) -> None:
        """Let the answer to the next write take a good part of a second."""

    async def wait_until_due(self) -> None:
        """Let the first delay of retries pass."""

    async def written(self, name: str) -> int:
        """Return how often the customer is in the ledger."""


class LaneWorkContract:
    """Whatever does a lane's work passes this; a subclass gives the fixture ``place``."""

    async def test_what_is_announced_is_open_until_it_is_handled(self, place: Place) -> None:
        record = await place.announce("a")
        assert await _open(place) == {record}
        assert await place.work.lanes_with_work() == [LaneKey(place.lane.id, place.key)]
        [handled] = await place.work.handle(place.lane, [_work(record)])
        assert handled.after is Disposition.FINISH
        assert handled.wrote
        assert await place.written("a") == 1
        assert await _open(place) == set()
        assert await place.work.lanes_with_work() == []

    async def test_what_is_handled_again_is_finished_and_not_written(
        self, place: Place
    ) -> None:
        record = await place.announce("a")
        for _ in range(3):
            [handled] = await place.work.handle(place.lane, [_work(record)])
            assert handled.after is Disposition.FINISH
        assert await place.written("a") == 1

    async def test_each_work_has_its_answer(self, place: Place) -> None:
        works = [_work(await place.announce(name)) for name in ("a", "b", "c")]
        assert len(await place.work.handle(place.lane, works)) == 3

    async def test_a_page_leaves_out_what_is_in_memory_and_is_no_longer_than_asked(
        self, place: Place
    ) -> None:
        records = {await place.announce(name) for name in ("a", "b", "c", "d")}
        first = next(iter(records))
        assert await _open(place, without=[first]) == records - {first}
        assert len(await _open(place, limit=2)) == 2

    async def test_without_consent_nothing_is_written_and_the_lane_stops(
        self, place: Place
    ) -> None:
        record = await place.announce("a")
        mine = place.lane.id
        assert await place.work.authorised([mine]) == {mine}
        await place.withdraw_consent()
        [handled] = await place.work.handle(place.lane, [_work(record)])
        assert handled.after is Disposition.SUSPEND
        assert await place.written("a") == 0
        assert await place.work.authorised([mine]) == set()

    async def test_a_throttle_pauses_the_lane_and_uses_no_attempt(self, place: Place) -> None:
        record = await place.announce("a")
        await place.throttle_next()
        [handled] = await place.work.handle(place.lane, [_work(record)])
        assert handled.after is Disposition.PAUSE
        assert handled.pause_s > 0
        paused_s = place.lane.pace.delay_s()
        assert paused_s is not None
        assert 0 < paused_s <= handled.pause_s, "the lane knows from the call itself"
        assert await place.written("a") == 0
        [page] = await _page(place)
        assert (page.item_id, page.repeat) == (record, False)

    async def test_a_fault_is_tried_again_when_it_is_due(self, place: Place) -> None:
        record = await place.announce("a")
        await place.break_next()
        [handled] = await place.work.handle(place.lane, [_work(record)])
        assert handled.after is Disposition.LATER
        assert isinstance(handled.retry, Signal)
        assert (handled.retry.item_id, handled.retry.attempt) == (record, 2)
        assert handled.retry.key == place.key
        assert handled.retry.due_at is not None
        assert place.lane.pace.failed_last
        assert await _open(place) == set(), "it is not due yet"
        await place.wait_until_due()
        [page] = await _page(place)
        assert (page.item_id, page.repeat) == (record, True)
        [again] = await place.work.handle(place.lane, [page])
        assert (again.after, again.wrote) == (Disposition.FINISH, True)
        assert not place.lane.pace.failed_last
        assert await place.written("a") == 1

    async def test_what_is_asked_for_too_early_waits_on(self, place: Place) -> None:
        record = await place.announce("a")
        await place.break_next()
        [handled] = await place.work.handle(place.lane, [_work(record)])
        assert handled.retry is not None
        [again] = await place.work.handle(place.lane, [_work(record)])
        assert again.after is Disposition.LATER
        assert again.retry is not None
        assert handled.retry.due_at is not None
        assert again.retry.due_at is not None
        apart = abs(again.retry.due_at - handled.retry.due_at)
        assert apart < timedelta(milliseconds=1)
        assert await place.written("a") == 0

    async def test_what_is_never_accepted_is_a_dead_letter_and_open_no_more(
        self, place: Place
    ) -> None:
        record = await place.announce_unacceptable("a")
        [handled] = await place.work.handle(place.lane, [_work(record)])
        assert handled.after is Disposition.FINISH
        assert handled.dead_lettered
        assert not handled.wrote
        assert await _open(place) == set()
        assert await place.work.lanes_with_work() == []

    async def test_calls_go_at_the_lane_s_pace_and_count_in_it(self, place: Place) -> None:
        record = await place.announce("a")
        assert place.lane.pace.unused
        await place.work.handle(place.lane, [_work(record)])
        assert not place.lane.pace.unused

    async def test_a_lane_that_has_no_room_soon_pauses_and_calls_nobody(
        self, place: Place
    ) -> None:
        record = await place.announce("a")
        place.lane.pace.pause(60.0)
        [handled] = await place.work.handle(place.lane, [_work(record)])
        assert handled.after is Disposition.PAUSE
        assert 55 < handled.pause_s <= 60
        assert place.lane.pace.unused
        assert await place.written("a") == 0

    async def test_a_call_holds_its_place_until_it_is_answered(self, place: Place) -> None:
        record = await place.announce("a")
        await place.slow_next()

        async def in_flight() -> bool:
            return place.lane.pace.delay_s() is None

        async with asyncio.TaskGroup() as tasks:
            handling = tasks.create_task(place.work.handle(place.lane, [_work(record)]))
            await eventually(in_flight)
            assert not handling.done()
        assert place.lane.pace.delay_s() is not None
        assert await place.written("a") == 1


def _work(record: RecordId) -> Work:
    return Work(record, DocumentType.CUSTOMER, Priority.PUSH)


async def _page(
    place: Place, *, without: Sequence[ItemId] = (), limit: int = 10
) -> Sequence[Work]:
    return await place.work.load_page(place.lane.id, without=without, limit=limit)


async def _open(
    place: Place, *, without: Sequence[ItemId] = (), limit: int = 10
) -> set[ItemId]:
    return {one.item_id for one in await _page(place, without=without, limit=limit)}

"""What lanes rely on, whatever does their work."""

from collections.abc import Sequence
from typing import Protocol

from consumers.lanes.lane import Lane
from consumers.lanes.ports import Disposition, LaneKey, LaneWork
from consumers.lanes.work import ItemId, Work
from schemas.documents.document import DocumentType
from schemas.ids import RecordId
from schemas.signal import Priority


class Place(Protocol):
    """A lane of one connection, and the work behind it.

    Attributes:
        key: The Kafka key of the connection's signals.
    """

    work: LaneWork
    lane: Lane
    key: str

    async def announce(self, name: str) -> RecordId:
        """Let the platform announce a customer."""

    async def withdraw_consent(self) -> None:
        """Let the connection lose its authorisation."""

    async def written(self, name: str) -> int:
        """Say how often the customer is in the ledger."""


class LaneWorkContract:
    """Whatever does a lane's work passes this; a subclass gives the fixture ``place``."""

    async def test_what_is_announced_is_open_until_it_is_handled(self, place: Place) -> None:
        record = await place.announce("a")
        assert await _open(place) == {record}
        assert await place.work.lanes_with_work() == [LaneKey(place.lane.id, place.key)]
        [handled] = await place.work.handle(place.lane, [_work(record)])
        assert handled.after is Disposition.FINISH
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


def _work(record: RecordId) -> Work:
    return Work(record, DocumentType.CUSTOMER, Priority.PUSH)


async def _open(
    place: Place, *, without: Sequence[ItemId] = (), limit: int = 10
) -> set[ItemId]:
    page = await place.work.load_page(place.lane.id, without=without, limit=limit)
    return {one.item_id for one in page}

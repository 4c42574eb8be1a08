"""Tasks and the end of a record's trouble, whatever keeps the records."""

from dataclasses import replace

from schemas.reasons import VERSION_CONFLICT
from schemas.result import SyncState
from tests.contracts.store_steps import (
    LATER,
    NOW,
    REASON,
    Place,
    StoredTask,
    announced,
    come_to_agree,
    settle,
    stop,
    store,
)

OTHER = replace(REASON, code="period_closed", cause="The books are closed.")


class Tasks:
    """What stops a record is a task, until the record comes to agree."""

    async def test_a_task_is_opened_once_for_a_record_and_a_cause(self, place: Place) -> None:
        one, two = announced("c"), announced("d")
        await store(place, one, two)
        first = await stop(place, one)
        await store(place, newer := announced("c", 2))
        await stop(place, newer, replace(REASON, cause="Still too long."), at=LATER)
        other = await stop(place, two)
        assert await place.tasks() == sorted(
            [
                StoredTask(first, REASON.code, "Still too long.", version=2, times_seen=2),
                StoredTask(other, REASON.code, REASON.cause, version=1, times_seen=1),
            ]
        )

    async def test_another_cause_is_another_task_in_the_place_of_the_earlier_one(
        self, place: Place
    ) -> None:
        one, unharmed = announced("c"), announced("d")
        await store(place, one, unharmed)
        first, second = await stop(place, one), await stop(place, one, OTHER)
        elsewhere = await stop(place, unharmed)
        await come_to_agree(place, one, 1)
        assert {stored.id: stored.closed_by for stored in await place.tasks()} == {
            first: "cause",
            second: "retry",
            elsewhere: "",
        }

    async def test_what_waits_has_no_task_but_that_of_a_conflict(self, place: Place) -> None:
        one = announced("c")
        await store(place, one)
        conflict = await stop(place, one, VERSION_CONFLICT.reason(version=1, fields="phone"))
        held = await stop(place, one)
        async with place.store.transaction() as tx:
            waiting = SyncState.WAITING
            await tx.records.set_state(
                one.record_id, waiting, revision=1, reason=OTHER, now=LATER
            )
            await tx.tasks.close(one.record_id, now=LATER)
        closed = {stored.id: stored.closed_by for stored in await place.tasks()}
        assert closed == {conflict: "", held: "cause"}

    async def test_what_stops_again_after_it_agreed_is_a_new_task(self, place: Place) -> None:
        one = announced("c")
        await store(place, one)
        first = await stop(place, one)
        await store(place, second_version := announced("c", 2))
        await come_to_agree(place, second_version, 2)
        await store(place, third_version := announced("c", 3))
        again = await stop(place, third_version, at=LATER)
        found = {
            stored.id: (stored.times_seen, stored.closed_by) for stored in await place.tasks()
        }
        assert found == {first: (1, "edit"), again: (1, "")}

    async def test_agreement_on_what_is_not_the_newest_closes_nothing(
        self, place: Place
    ) -> None:
        one = announced("c")
        await store(place, one)
        await stop(place, one)
        await store(place, announced("c", 2))
        await come_to_agree(place, one, 1)
        assert [stored.closed_by for stored in await place.tasks()] == [""]
        assert await place.resolved_at(one.record_id) is None

    async def test_a_record_that_is_skipped_has_nothing_to_be_done(self, place: Place) -> None:
        one = announced("c")
        await store(place, one)
        await stop(place, one)
        async with place.store.transaction() as tx:
            skipped = SyncState.SKIPPED
            await tx.records.set_state(
                one.record_id, skipped, revision=1, reason=REASON, now=LATER
            )
            await tx.tasks.close(one.record_id, now=LATER)
        assert [stored.closed_by for stored in await place.tasks()] == ["skip"]

    async def test_a_record_is_resolved_when_it_agrees_after_a_failure_and_once(
        self, place: Place
    ) -> None:
        one, unharmed = announced("c"), announced("d")
        await store(place, one, unharmed)
        await settle(place, one, SyncState.RETRYING)
        await come_to_agree(place, one, 1, at=LATER)
        await come_to_agree(place, unharmed, 1, at=LATER)
        assert await place.resolved_at(one.record_id) == LATER
        assert await place.resolved_at(unharmed.record_id) is None
        await store(place, announced("c", 2))
        await come_to_agree(place, one, 2, at=LATER + (LATER - NOW))
        assert await place.resolved_at(one.record_id) == LATER, "nothing failed since"
        await store(place, third := announced("c", 3))
        await settle(place, third, SyncState.RETRYING)
        assert await place.resolved_at(one.record_id) is None, "it failed again"

"""Records that wait for each other, or for what does not move, whatever keeps the records."""

import pytest

from consumers.dependency_cycles import RecordRef, waiting_for_stopped, waiting_in_a_cycle
from consumers.store.dependencies import Blockers
from consumers.store.desired_states import DesiredState
from consumers.store.protocols import RecordStore
from providers.base import External, Written
from schemas.errors import Reason
from schemas.result import SyncState
from tests.contracts.store_steps import NOW, R1, REASON, announced

HELD, WAITING = SyncState.HELD, SyncState.WAITING


async def announce(records: RecordStore, *names: str) -> list[DesiredState]:
    found = [announced(name) for name in names]
    async with records.transaction() as tx:
        await tx.records.upsert_desired(found, now=NOW)
    return found


async def rest(
    records: RecordStore, one: DesiredState, state: SyncState, reason: Reason = REASON
) -> None:
    async with records.transaction() as tx:
        await tx.records.set_state(
            one.record_id, state, revision=one.version, reason=reason, now=NOW
        )


async def wait(records: RecordStore, one: DesiredState, *awaited: DesiredState) -> Blockers:
    """Begin to wait, as settling does; return what blocks it."""
    async with records.transaction() as tx:
        ids = {other.record_id: False for other in awaited}
        assert await tx.dependencies.begin_wait(R1, one.record_id, ids)
        found = await tx.dependencies.blockers(one.record_id)
        state = HELD if found.cycle else WAITING
        reason = waiting_in_a_cycle(found.cycle) if found.cycle else REASON
        await tx.records.set_state(one.record_id, state, revision=1, reason=reason, now=NOW)
    return found


async def link(records: RecordStore, one: DesiredState) -> int:
    """Store that a record agrees; return how many that woke."""
    async with records.transaction() as tx:
        await tx.records.agree(
            one.record_id,
            revision=1,
            version=1,
            base="{}",
            written=Written(External(one.document_id)),
            now=NOW,
        )
        return await tx.dependencies.wake(R1, [one.record_id], now=NOW)


async def state_of(records: RecordStore, one: DesiredState) -> SyncState:
    async with records.transaction() as tx:
        return (await tx.records.load(R1, [one.record_id]))[one.record_id].state


class DependencyCyclesContract:
    """Every record store passes this; a subclass gives the fixture ``records``."""

    async def test_two_that_wait_for_each_other_are_found_by_the_second(
        self, records: RecordStore
    ) -> None:
        a, b = await announce(records, "a", "b")
        assert await wait(records, a, b) == Blockers()
        assert (await wait(records, b, a)).cycle == (
            RecordRef("customer", "a", WAITING),
            RecordRef("customer", "b", SyncState.PENDING),
        )

    async def test_a_chain_that_comes_back_is_found_and_one_that_does_not_is_none(
        self, records: RecordStore
    ) -> None:
        a, b, c, d = await announce(records, "a", "b", "c", "d")
        assert not (await wait(records, a, b, d)).cycle
        assert not (await wait(records, b, c, d)).cycle
        assert [one.document_id for one in (await wait(records, c, a)).cycle] == [
            "a",
            "b",
            "c",
        ]

    async def test_one_that_waits_for_itself_is_a_circle(self, records: RecordStore) -> None:
        (a,) = await announce(records, "a")
        assert [one.document_id for one in (await wait(records, a, a)).cycle] == ["a"]

    async def test_waits_of_an_older_version_do_not_close_a_circle(
        self, records: RecordStore
    ) -> None:
        """The newest version may no longer name what the older one waited for."""
        a, b = await announce(records, "a", "b")
        await wait(records, a, b)
        async with records.transaction() as tx:
            await tx.records.upsert_desired([announced("a", 2)], now=NOW)
        assert not (await wait(records, b, a)).cycle

    async def test_a_circle_that_is_opened_elsewhere_lets_the_held_one_go_on(
        self, records: RecordStore
    ) -> None:
        a, b = await announce(records, "a", "b")
        await wait(records, a, b)
        await wait(records, b, a)
        assert await state_of(records, b) is HELD
        assert await link(records, a) == 1
        assert await state_of(records, b) is SyncState.PENDING

    async def test_one_that_is_held_for_another_cause_is_not_woken(
        self, records: RecordStore
    ) -> None:
        a, b = await announce(records, "a", "b")
        await wait(records, b, a)
        await rest(records, b, HELD)
        assert await link(records, a) == 0
        assert await state_of(records, b) is HELD

    @pytest.mark.parametrize("state", [HELD, SyncState.DEAD, SyncState.SKIPPED])
    async def test_what_does_not_move_is_named_through_however_many(
        self, records: RecordStore, state: SyncState
    ) -> None:
        a, b, c = await announce(records, "a", "b", "c")
        await rest(records, c, state)
        stopped = (RecordRef("customer", "c", state, REASON.cause),)
        assert (await wait(records, b, c)).stopped == stopped
        assert (await wait(records, a, b)).stopped == stopped

    async def test_those_that_wait_are_told_and_no_other(self, records: RecordStore) -> None:
        a, b, c, d = await announce(records, "a", "b", "c", "d")
        await wait(records, a, c)
        await wait(records, b, c)
        await wait(records, d, a)
        reason = waiting_for_stopped([RecordRef("customer", "c", HELD)])
        async with records.transaction() as tx:
            assert (
                await tx.dependencies.update_waiting_reasons(c.record_id, reason, now=NOW) == 2
            )
            assert (
                await tx.dependencies.update_waiting_reasons(d.record_id, reason, now=NOW) == 0
            )

    async def test_one_that_names_what_is_stopped_is_planned_again_when_any_of_it_comes(
        self, records: RecordStore
    ) -> None:
        a, b, c, d = await announce(records, "a", "b", "c", "d")
        await wait(records, a, c, d)
        await wait(records, b, c, d)
        await rest(records, a, WAITING, waiting_for_stopped([RecordRef("customer", "c", HELD)]))
        assert await link(records, c) == 1
        assert await state_of(records, a) is SyncState.PENDING
        assert await state_of(records, b) is WAITING
        assert (await wait(records, a, d)).cycle == ()
        assert await link(records, d) == 2

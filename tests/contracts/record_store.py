"""What push, reconcile, settle and intake rely on, whatever keeps the records."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from consumers.lanes.fencing import Fenced
from consumers.store.sync_records import LinkTaken
from providers.base import External, Operation
from schemas.result import SyncState
from schemas.signal import Priority
from tests.contracts.comparisons import Comparisons
from tests.contracts.store_connections import Connections
from tests.contracts.store_refusals import Refusals
from tests.contracts.store_sides import Sides, observe, seen
from tests.contracts.store_steps import (
    LATER,
    NOW,
    QBO,
    R1,
    R2,
    REASON,
    Place,
    about,
    agree,
    announced,
    begin_wait,
    event,
    letter,
    link,
    open_intent,
    settle,
    state,
    store,
    take_lease,
    work,
)
from tests.contracts.store_tasks import Tasks


class Records:
    """Announcing, reading and settling."""

    async def test_only_a_newer_version_is_stored_and_a_repeat_is_signalled_again(
        self, place: Place
    ) -> None:
        third = announced("c", 3)
        assert await store(place, third) == {third.record_id}
        assert await store(place, third) == {third.record_id}, "its signal may be lost"
        await link(place, third, "58", 3)
        assert await store(place, third, announced("c", 2)) == set()
        assert await state(place, third) == (SyncState.AGREED, 3)
        assert await store(place, announced("c", 5), announced("c", 4)) == {third.record_id}
        assert await state(place, third) == (SyncState.PENDING, 5)

    async def test_a_newer_version_keeps_the_link_and_the_tries_and_forgets_attempts(
        self, place: Place
    ) -> None:
        one = announced("c")
        await store(place, one)
        await link(place, one, "58")
        await settle(place, one, SyncState.DEAD)
        await store(place, announced("c", 2))
        async with place.store.transaction() as tx:
            row = (await tx.records.load(R1, [one.record_id]))[one.record_id]
        assert (row.state, row.attempts_this_version, row.attempts_total) == (
            SyncState.PENDING,
            0,
            1,
        )
        assert (row.external, row.base_version) == (External("58", "0", "C"), 1)

    async def test_what_is_settled_for_an_older_version_leaves_the_newer_pending(
        self, place: Place
    ) -> None:
        one = announced("c")
        await store(place, one, announced("c", 2))
        assert not await settle(place, one, SyncState.DEAD)
        assert await state(place, one) == (SyncState.PENDING, 2)
        await link(place, one, "58", 1)
        assert await state(place, one) == (SyncState.PENDING, 2)

    async def test_an_older_agreement_never_replaces_a_newer_one(self, place: Place) -> None:
        one = announced("c", 2)
        await store(place, one)
        await link(place, one, "58", 2)
        await link(place, one, "99", 1)
        async with place.store.transaction() as tx:
            row = (await tx.records.load(R1, [one.record_id]))[one.record_id]
        assert (row.base_version, row.external) == (2, External("58", "0", "C"))

    async def test_a_record_is_found_through_its_own_connection_only(
        self, place: Place
    ) -> None:
        mine, other = announced("c"), announced("c", connection=R2)
        await store(place, mine, other)
        await link(place, mine, "58")
        await link(place, other, "58")
        ids = [mine.record_id, other.record_id]
        async with place.store.transaction() as tx:
            assert set(await tx.records.load(R1, ids)) == {mine.record_id}
            assert set(await tx.records.named(R1, ids)) == {mine.record_id}
            assert (await tx.records.named(R1, ids))[mine.record_id].agreed

    async def test_a_ledger_s_record_is_linked_once(self, place: Place) -> None:
        one, two = announced("c1"), announced("c2")
        await store(place, one, two)
        await link(place, one, "58")
        with pytest.raises(LinkTaken):
            await link(place, two, "58")
        assert await state(place, two) == (SyncState.PENDING, 1)

    async def test_open_work_is_the_most_urgent_and_oldest_and_what_is_due(
        self, place: Place
    ) -> None:
        first, urgent = announced("c1"), replace(seen("58"), priority=Priority.PERSON)
        resting = announced("c4")
        await store(place, first)
        await store(place, resting)
        await observe(place, urgent)
        async with place.store.transaction() as tx:
            await tx.records.set_state(
                resting.record_id,
                SyncState.RETRYING,
                revision=1,
                reason=REASON,
                now=NOW,
                next_attempt_at=LATER,
            )
        assert await work(place) == [urgent.record_id, first.record_id]
        assert set(await work(place, LATER, urgent.record_id)) == {
            first.record_id,
            resting.record_id,
        }
        async with place.store.transaction() as tx:
            assert len(await tx.records.open_work(QBO, R1, without=[], limit=1, now=NOW)) == 1
            found = await tx.connections.with_open_work(QBO, now=NOW)
            assert [one.connection_id for one in found] == [R1]

    async def test_what_rests_is_no_work(self, place: Place) -> None:
        one = announced("c")
        await store(place, one)
        await settle(place, one, SyncState.HELD)
        assert await work(place, LATER) == []
        async with place.store.transaction() as tx:
            assert await tx.connections.with_open_work(QBO, now=LATER) == []


class Waits:
    """Waiting for links, and being woken by them."""

    @pytest.mark.accepts("ENT-16")
    async def test_a_wait_ends_with_the_last_of_what_it_waited_for(self, place: Place) -> None:
        invoice, customer, item = announced("i"), announced("c"), announced("t")
        await store(place, invoice, customer, item)
        assert await begin_wait(place, invoice, customer, item)
        assert await link(place, customer, "1") == 0
        assert await state(place, invoice) == (SyncState.WAITING, 1)
        assert await link(place, item, "2") == 1
        assert await state(place, invoice) == (SyncState.PENDING, 1)

    async def test_a_wait_for_agreement_is_not_ended_by_a_link_alone(
        self, place: Place
    ) -> None:
        payment, invoice = announced("p"), announced("i")
        await store(place, payment, invoice, announced("i", 2))
        async with place.store.transaction() as tx:
            assert await tx.dependencies.begin_wait(
                R1, payment.record_id, {invoice.record_id: True}
            )
            waiting = SyncState.WAITING
            await tx.records.set_state(
                payment.record_id, waiting, revision=1, reason=None, now=NOW
            )
        assert await link(place, invoice, "1", 1) == 0
        assert await link(place, invoice, "1", 2) == 1

    async def test_a_wait_is_not_begun_for_what_is_linked_already(self, place: Place) -> None:
        invoice, customer = announced("i"), announced("c")
        await store(place, invoice, customer)
        await link(place, customer, "1")
        assert not await begin_wait(place, invoice, customer)

    async def test_a_wait_ends_when_what_it_waited_for_is_skipped(self, place: Place) -> None:
        invoice, customer = announced("i"), announced("c")
        await store(place, invoice, customer)
        assert await begin_wait(place, invoice, customer)
        await settle(place, customer, SyncState.HELD)
        async with place.store.transaction() as tx:
            assert await tx.dependencies.wake(R1, [customer.record_id], now=NOW) == 0
        await settle(place, customer, SyncState.SKIPPED)
        async with place.store.transaction() as tx:
            assert await tx.dependencies.wake(R1, [customer.record_id], now=NOW) == 1
        assert await state(place, invoice) == (SyncState.PENDING, 1)
        assert await begin_wait(place, invoice, customer), "it may wait again"

    async def test_what_was_skipped_before_a_wait_began_does_not_make_it_last(
        self, place: Place
    ) -> None:
        payment, invoice, customer = announced("p"), announced("i"), announced("c")
        await store(place, payment, invoice, customer)
        await settle(place, customer, SyncState.SKIPPED)
        assert await begin_wait(place, payment, customer, invoice)
        await settle(place, invoice, SyncState.SKIPPED)
        async with place.store.transaction() as tx:
            assert await tx.dependencies.wake(R1, [invoice.record_id], now=NOW) == 1
        assert await state(place, payment) == (SyncState.PENDING, 1)

    async def test_what_others_name_says_its_link_and_whether_it_is_out_of_use(
        self, place: Place
    ) -> None:
        used, unused = announced("c"), announced("o")
        text = b'{"id": "o", "name": "O", "active": false}'.decode()
        await store(place, used, replace(unused, document=text))
        await link(place, used, "1")
        async with place.store.transaction() as tx:
            found = await tx.records.named(R1, [used.record_id, unused.record_id])
        assert [
            (one.external and one.external.id, one.agreed, one.out_of_use, one.revision)
            for one in (found[used.record_id], found[unused.record_id])
        ] == [("1", True, False, 1), (None, False, True, 1)]

    async def test_no_wait_is_lost_when_the_link_is_made_at_the_same_moment(
        self, place: Place
    ) -> None:
        for n in range(10):
            invoice, customer = announced(f"i{n}"), announced(f"c{n}")
            await store(place, invoice, customer)
            begun, woken = await asyncio.gather(
                begin_wait(place, invoice, customer), link(place, customer, f"e{n}")
            )
            assert begun == bool(woken)
            assert await state(place, invoice) == (SyncState.PENDING, 1)


class Intents:
    """Noting that writes begin, under the newest epoch only."""

    async def test_an_owner_of_an_older_epoch_notes_nothing(self, place: Place) -> None:
        one = announced("c")
        await store(place, one)
        old, new = await take_lease(place), await take_lease(place)
        assert new.epoch == old.epoch + 1
        with pytest.raises(Fenced):
            await open_intent(place, old, about(one))
        assert await open_intent(place, new, about(one)) == about(one).idempotency_key

    async def test_an_owner_of_an_older_epoch_settles_nothing(self, place: Place) -> None:
        old, new = await take_lease(place), await take_lease(place)
        async with place.store.transaction() as tx:
            await tx.leases.hold(new)
            with pytest.raises(Fenced):
                await tx.leases.hold(old)

    async def test_an_epoch_is_raised_before_an_intent_is_noted_or_after_it(
        self, place: Place
    ) -> None:
        one = announced("c")
        await store(place, one)
        fence = await take_lease(place)
        async with place.store.transaction() as tx:
            await tx.intents.open(fence, [about(one)], now=NOW)
            taking = asyncio.ensure_future(take_lease(place))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await asyncio.shield(taking)
        assert (await taking).epoch == fence.epoch + 1

    @pytest.mark.parametrize("operation", Operation)
    async def test_an_intent_that_is_open_keeps_its_version(
        self, place: Place, operation: Operation
    ) -> None:
        fence = await take_lease(place)
        one = announced("c")
        await store(place, one)
        for version in (1, 2, 3):
            await open_intent(place, fence, about(announced("c", version), operation))
        async with place.store.transaction() as tx:
            intent = (await tx.records.load(R1, [one.record_id]))[one.record_id].intent
        assert intent is not None
        assert (intent.operation, intent.version) == (operation, 1)

    async def test_a_create_in_doubt_keeps_its_key_and_an_update_takes_the_newer(
        self, place: Place
    ) -> None:
        fence = await take_lease(place)
        one, two = announced("c"), announced("d")
        await store(place, one, two)
        update = Operation.UPDATE
        await open_intent(place, fence, about(one))
        await open_intent(place, fence, about(two, update))
        newer = about(announced("d", 2), update)
        assert await open_intent(place, fence, newer) == newer.idempotency_key
        first = about(one).idempotency_key
        assert await open_intent(place, fence, about(announced("c", 2))) == first
        async with place.store.transaction() as tx:
            intent = (await tx.records.load(R1, [one.record_id]))[one.record_id].intent
            assert intent is not None
            assert (intent.operation, intent.version) == (Operation.CREATE, 1)
            await tx.intents.close([one.record_id])
            assert (await tx.records.load(R1, [one.record_id]))[one.record_id].intent is None

    async def test_what_creates_were_sent_as_is_kept_in_order_and_once(
        self, place: Place
    ) -> None:
        fence = await take_lease(place)
        one, two = announced("c"), announced("d")
        await store(place, one, two)
        for sent_as in ("a", "b", "a", "", "c"):
            await open_intent(place, fence, replace(about(one), sent_as=sent_as))
        await open_intent(place, fence, about(two, Operation.UPDATE))
        async with place.store.transaction() as tx:
            loaded = await tx.records.load(R1, [one.record_id, two.record_id])
        found = [loaded[id_].intent for id_ in (one.record_id, two.record_id)]
        assert [intent and intent.sent_as for intent in found] == [("a", "b", "c"), ()]


class Transactions:
    """All or nothing, and nothing seen before."""

    async def test_an_error_leaves_nothing(self, place: Place) -> None:
        kept, lost = announced("c"), announced("d")
        await store(place, kept)
        fence = await take_lease(place)

        async def die() -> None:
            async with place.store.transaction() as tx:
                await tx.records.upsert_desired([lost], now=NOW)
                await agree(tx, kept, "58", 1)
                await tx.intents.open(fence, [about(kept)], now=NOW)
                await tx.outbox.append(event(uuid4()))
                await tx.dead_letters.store([letter()])
                raise InterruptedError

        with pytest.raises(InterruptedError):
            await die()
        assert await work(place) == [kept.record_id]
        async with place.store.transaction() as tx:
            [row] = (await tx.records.load(R1, [kept.record_id, lost.record_id])).values()
        assert (row.external, row.intent) == (None, None)
        assert (await place.dead_letters(), await place.events()) == ([], [])

    async def test_nobody_else_sees_what_is_not_committed(self, place: Place) -> None:
        one = announced("c")
        async with place.store.transaction() as tx:
            await tx.records.upsert_desired([one], now=NOW)
            assert set(await tx.records.load(R1, [one.record_id])) == {one.record_id}
            assert await work(place) == []
        assert await work(place) == [one.record_id]

    async def test_who_changes_the_same_row_comes_second_and_sees_the_first(
        self, place: Place
    ) -> None:
        one = announced("c")
        await store(place, one)
        async with place.store.transaction() as tx:
            await tx.records.upsert_desired([announced("c", 2)], now=NOW)
            settling = asyncio.ensure_future(settle(place, one, SyncState.DEAD))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await asyncio.shield(settling)
        assert await settling is False
        assert await state(place, one) == (SyncState.PENDING, 2)

    async def test_a_dead_letter_is_stored_and_sent_once_and_events_in_order(
        self, place: Place
    ) -> None:
        one, events = letter(), [uuid4(), uuid4()]
        for _ in range(2):
            async with place.store.transaction() as tx:
                await tx.dead_letters.store([one])
        async with place.store.transaction() as tx:
            await tx.outbox.append(*map(event, events))
        assert await place.dead_letters() == [one.id]
        assert await place.events() == [one.id, *events]


class RecordStoreContract(
    Records,
    Sides,
    Waits,
    Comparisons,
    Tasks,
    Refusals,
    Intents,
    Transactions,
    Connections,
):
    """Every record store passes this; a subclass gives the fixture ``place``."""

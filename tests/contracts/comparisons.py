"""What contradicts what, and which payments settle an invoice, whatever keeps the records."""

import asyncio
from collections.abc import Sequence

import orjson
import pytest

from consumers.store.desired_states import DesiredState
from schemas.documents.document import DocumentType
from schemas.errors import ErrorCategory, Reason
from schemas.ids import ConnectionId, RecordId, record_id
from schemas.result import SyncState
from tests.contracts.store_steps import (
    NOW,
    R1,
    R2,
    REASON,
    Place,
    about,
    announced,
    link,
    open_intent,
    state,
    store,
    take_lease,
)

PENDING, HELD = SyncState.PENDING, SyncState.HELD
CONTRADICTS = Reason("settles_draft", ErrorCategory.VALIDATION, "It is a draft.", "Approve it.")


def payment(name: str, *invoices: str, connection: ConnectionId = R1) -> DesiredState:
    kind = DocumentType.PAYMENT
    settled = [{"amount": "10.00", "invoice_id": invoice} for invoice in invoices]
    one = announced(name, connection=connection)
    return DesiredState(
        record_id=record_id(connection, kind, name),
        connection_id=connection,
        tenant_id=one.tenant_id,
        realm_id=one.realm_id,
        provider=one.provider,
        document_type=kind,
        document_id=name,
        document=orjson.dumps({"id": name, "allocations": settled}).decode(),
        version=1,
    )


async def contradict(
    place: Place, one: DesiredState, revisions: dict[str, int], reason: Reason = CONTRADICTS
) -> bool:
    """Hold a record as it contradicts others, as settling does; return whether it could."""
    compared = {announced(name).record_id: revision for name, revision in revisions.items()}
    async with place.store.transaction() as tx:
        await tx.dependencies.lock(R1, [one.record_id])
        begun = await tx.dependencies.begin_comparison(R1, one.record_id, compared)
        if begun:
            await tx.records.set_state(
                one.record_id, HELD, revision=1, reason=reason, now=NOW, failed=True
            )
        return begun


async def settled(place: Place, one: DesiredState) -> int:
    """Let others know that a record was settled; return how many that woke."""
    async with place.store.transaction() as tx:
        await tx.dependencies.lock(R1, [one.record_id])
        return await tx.dependencies.wake(R1, [one.record_id], now=NOW)


async def settling(place: Place, *invoices: str) -> Sequence[RecordId]:
    async with place.store.transaction() as tx:
        return [one.record_id for one in await tx.related.settling(R1, invoices)]


class Comparisons:
    """Holding what contradicts others, and waking it when any of them is newer."""

    @pytest.mark.accepts("DRV-23")
    async def test_a_newer_version_of_the_other_side_wakes(self, place: Place) -> None:
        pay = announced("p")
        await store(place, pay, announced("i"), announced("c"))
        assert await contradict(place, pay, {"i": 1, "c": 1})
        assert await settled(place, announced("i")) == 0, "it is as it was compared"
        assert await state(place, pay) == (HELD, 1)
        await store(place, announced("i", 2))
        assert await settled(place, announced("i", 2)) == 1
        assert await state(place, pay) == (PENDING, 1)
        assert await settled(place, announced("i", 2)) == 0, "once"

    async def test_what_is_woken_begins_its_tries_anew(self, place: Place) -> None:
        pay = announced("p")
        await store(place, pay, announced("i"))
        await contradict(place, pay, {"i": 1})
        await store(place, announced("i", 2))
        await settled(place, announced("i", 2))
        async with place.store.transaction() as tx:
            row = (await tx.records.load(R1, [pay.record_id]))[pay.record_id]
        assert (row.attempts_this_version, row.attempts_total) == (0, 1)

    async def test_a_link_alone_wakes_nothing_that_contradicts(self, place: Place) -> None:
        pay, invoice = announced("p"), announced("i")
        await store(place, pay, invoice)
        await contradict(place, pay, {"i": 1})
        assert await link(place, invoice, "1") == 0
        assert await state(place, pay) == (HELD, 1)

    async def test_nothing_is_held_on_what_is_newer_by_now(self, place: Place) -> None:
        pay = announced("p")
        await store(place, pay, announced("i"), announced("c"))
        await store(place, announced("i", 2))
        assert not await contradict(place, pay, {"i": 1, "c": 1})
        assert await state(place, pay) == (PENDING, 1)

    async def test_one_that_was_not_there_wakes_when_it_comes(self, place: Place) -> None:
        pay = announced("p")
        await store(place, pay)
        assert await contradict(place, pay, {"i": 0})
        await store(place, announced("i"))
        assert await settled(place, announced("i")) == 1

    async def test_what_is_held_for_another_reason_by_now_stays_so(self, place: Place) -> None:
        pay = announced("p")
        await store(place, pay, announced("i"))
        await contradict(place, pay, {"i": 1}, REASON)
        await store(place, announced("i", 2))
        assert await settled(place, announced("i", 2)) == 0
        assert await state(place, pay) == (HELD, 1)

    async def test_no_new_version_is_missed_that_comes_at_the_same_moment(
        self, place: Place
    ) -> None:
        for n in range(10):
            pay, invoice = announced(f"p{n}"), announced(f"i{n}")
            await store(place, pay, invoice)
            begun, _ = await asyncio.gather(
                contradict(place, pay, {f"i{n}": 1}), store(place, announced(f"i{n}", 2))
            )
            woken = await settled(place, announced(f"i{n}", 2))
            assert woken == begun
            assert await state(place, pay) == (PENDING, 1)

    async def test_records_are_named_whatever_their_connection(self, place: Place) -> None:
        one, other = announced("c"), announced("c", connection=R2)
        await store(place, one, other)
        async with place.store.transaction() as tx:
            found = await tx.related.named(
                [one.record_id, other.record_id, announced("x").record_id]
            )
        assert {(o.record_id, o.realm_id, o.revision, o.document_id) for o in found} == {
            (one.record_id, str(R1), 1, "c"),
            (other.record_id, str(R2), 1, "c"),
        }

    async def test_a_payment_counts_from_its_intent_on(self, place: Place) -> None:
        one, two, other = payment("p", "i", "j"), payment("q", "i"), payment("r", "k")
        await store(place, one, two, other, payment("p", "i", connection=R2))
        assert await settling(place, "i") == []
        fence = await take_lease(place)
        await open_intent(place, fence, about(one))
        await link(place, two, "1")
        await link(place, other, "2")
        assert set(await settling(place, "i")) == {one.record_id, two.record_id}
        assert await settling(place, "j", "x") == [one.record_id]
        assert await settling(place, "x") == []

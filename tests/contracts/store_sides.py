"""What a record store does with both sides of a record: announced, seen, and settled."""

import asyncio
from dataclasses import replace

from consumers.store.desired_states import DesiredState
from consumers.store.observed_states import ObservedDocument, ObservedState
from consumers.store.record_rows import SyncRecordRow
from providers.base import External, Written
from schemas.documents.document import DocumentType
from schemas.ids import RecordId, ledger_document_id
from schemas.presence import Presence
from schemas.remarks import Remark
from schemas.result import SyncState
from schemas.signal import Priority
from tests.contracts.store_steps import (
    LATER,
    NOW,
    QBO,
    R1,
    R2,
    REASON,
    TENANT,
    Place,
    announced,
    link,
    settle,
    state,
    store,
    work,
)


def seen(external: str, version: int = 0, *, name: str = "") -> ObservedState:
    """Return a customer as it was seen in the ledger; under a mark of ours where named."""
    like = announced(name or ledger_document_id(R1, DocumentType.CUSTOMER, external))
    return ObservedState(
        record_id=like.record_id,
        connection_id=R1,
        tenant_id=TENANT,
        realm_id=like.realm_id,
        provider=QBO,
        document_type=like.document_type,
        document_id=like.document_id,
        external=External(external, str(version)),
        seen=ObservedDocument(f'{{"id": "x", "name": "seen {version}"}}', version),
    )


async def observe(place: Place, *all_: ObservedState) -> dict[RecordId, int]:
    async with place.store.transaction() as tx:
        return await tx.records.observe(all_, now=NOW)


async def row_of(place: Place, one: DesiredState | ObservedState) -> SyncRecordRow:
    async with place.store.transaction() as tx:
        return (await tx.records.load(R1, [one.record_id]))[one.record_id]


async def linked(place: Place, external: str = "58") -> DesiredState:
    """Store a record that agrees with the ledger's record."""
    one = announced("c")
    await store(place, one)
    await link(place, one, external)
    return one


class Sides:
    """Seeing the ledger's side, and the revision that both sides raise."""

    async def test_what_the_ledger_s_side_holds_is_stored_with_the_record_it_is_linked_to(
        self, place: Place
    ) -> None:
        one = await linked(place)
        assert await observe(place, seen("58", 3)) == {one.record_id: 2}
        row = await row_of(place, one)
        assert row.observed == seen("58", 3).seen
        assert row.external == External("58", "3", "C")
        assert (row.state, row.revision, row.desired_version) == (SyncState.PENDING, 2, 1)

    async def test_an_older_look_never_replaces_a_newer_one_and_a_repeat_changes_nothing(
        self, place: Place
    ) -> None:
        one = await linked(place)
        await observe(place, seen("58", 3))
        before = await row_of(place, one)
        for late in (seen("58", 2), seen("58", 3)):
            assert await observe(place, late) == {}
        assert await row_of(place, one) == before
        assert await observe(place, seen("58", 5), seen("58", 4)) == {one.record_id: 3}
        assert (await row_of(place, one)).observed == seen("58", 5).seen

    async def test_a_record_that_only_the_ledger_has_is_born_there(self, place: Place) -> None:
        one = replace(seen("58", 7), seen=ObservedDocument(None, 7, Presence.DELETED))
        assert await observe(place, one) == {one.record_id: 1}
        row = await row_of(place, one)
        assert (row.desired, row.desired_version, row.desired_at) == (None, None, None)
        assert (row.observed, row.external) == (one.seen, External("58", "7"))
        assert (row.base, row.base_version, row.base_ledger_version) == (None, None, None)
        assert await work(place) == [one.record_id]

    async def test_a_record_born_in_the_ledger_keeps_its_row_when_the_platform_has_it(
        self, place: Place
    ) -> None:
        born = seen("58", 7)
        await observe(place, born)
        one = announced(born.document_id)
        assert one.record_id == born.record_id
        assert await store(place, one) == {one.record_id}
        row = await row_of(place, one)
        assert (row.desired_version, row.revision, row.observed) == (1, 2, born.seen)
        assert row.external == born.external

    async def test_a_record_born_in_the_ledger_agrees_without_a_base(
        self, place: Place
    ) -> None:
        one = seen("58", 7)
        await observe(place, one)
        async with place.store.transaction() as tx:
            await tx.records.agree(
                one.record_id, revision=1, version=None, base=None, written=None, now=NOW
            )
        row = await row_of(place, one)
        assert (row.state, row.base_version) == (SyncState.AGREED, None)
        assert await work(place, LATER) == []

    async def test_work_born_in_the_ledger_comes_last_of_its_priority(
        self, place: Place
    ) -> None:
        born = replace(seen("58"), priority=Priority.PUSH)
        await observe(place, born)
        one = announced("c")
        await store(place, one)
        assert await work(place) == [one.record_id, born.record_id]

    async def test_both_sides_raise_the_revision_and_none_is_lost_at_the_same_moment(
        self, place: Place
    ) -> None:
        for n in range(10):
            born = seen(f"e{n}", 1)
            one = announced(born.document_id)
            await asyncio.gather(store(place, one), observe(place, born))
            row = await row_of(place, one)
            assert (row.desired_version, row.observed, row.revision) == (1, born.seen, 2)

    async def test_linking_and_seeing_at_the_same_moment_make_one_link(
        self, place: Place
    ) -> None:
        for n in range(10):
            one = announced(f"c{n}")
            await store(place, one)
            look = seen(f"e{n}", 5, name=one.document_id)
            await asyncio.gather(link(place, one, f"e{n}"), observe(place, look))
            row = await row_of(place, one)
            assert row.external is not None
            assert (row.external.id, row.observed) == (f"e{n}", look.seen)

    async def test_what_is_settled_for_an_older_revision_leaves_the_record_pending(
        self, place: Place
    ) -> None:
        one = await linked(place)
        await observe(place, seen("58", 3))
        async with place.store.transaction() as tx:
            stored = await tx.records.set_state(
                one.record_id, SyncState.HELD, revision=1, reason=REASON, now=NOW, failed=True
            )
            await tx.records.agree(
                one.record_id, revision=1, version=1, base="{}", written=None, now=NOW
            )
        assert not stored
        row = await row_of(place, one)
        assert (row.attempts_this_version, row.attempts_total) == (0, 1), "its key is used up"
        assert await state(place, one) == (SyncState.PENDING, 1)
        async with place.store.transaction() as tx:
            await tx.records.agree(
                one.record_id, revision=2, version=1, base="{}", written=None, now=NOW
            )
        assert await state(place, one) == (SyncState.AGREED, 1)

    async def test_a_retry_stays_when_it_is_due_although_the_ledger_has_changed(
        self, place: Place
    ) -> None:
        one = await linked(place)
        await store(place, announced("c", 2))
        async with place.store.transaction() as tx:
            await tx.records.set_state(
                one.record_id,
                SyncState.RETRYING,
                revision=2,
                reason=REASON,
                now=NOW,
                failed=True,
                next_attempt_at=LATER,
            )
        await observe(place, seen("58", 3))
        row = await row_of(place, one)
        assert (row.state, row.next_attempt_at, row.revision) == (SyncState.RETRYING, LATER, 3)
        assert row.attempts_this_version == 1
        assert await work(place) == []

    async def test_what_rests_is_looked_at_again_once_the_ledger_has_changed(
        self, place: Place
    ) -> None:
        one = await linked(place)
        await store(place, announced("c", 2))
        await settle(place, announced("c", 2), SyncState.DEAD)
        await observe(place, seen("58", 3))
        row = await row_of(place, one)
        assert (row.state, row.attempts_this_version) == (SyncState.PENDING, 0)

    async def test_what_was_written_is_what_the_ledger_holds_and_its_echo_is_no_change(
        self, place: Place
    ) -> None:
        one = await linked(place)
        written = ObservedDocument('{"name": "as sent "}', 4)
        async with place.store.transaction() as tx:
            await tx.records.agree(
                one.record_id,
                revision=1,
                version=1,
                base=one.document,
                written=Written(External("58", "4")),
                now=NOW,
                ledger_version=4,
                observed=written,
            )
        assert await observe(place, seen("58", 4)) == {}
        row = await row_of(place, one)
        assert (row.observed, row.base_ledger_version, row.revision) == (written, 4, 1)
        assert row.state is SyncState.AGREED

    async def test_what_was_written_replaces_its_echo_but_nothing_newer(
        self, place: Place
    ) -> None:
        one = await linked(place)
        for echo, revision, kept in ((4, 2, "as sent"), (6, 3, "seen 6")):
            await observe(place, seen("58", echo))
            written = ObservedDocument('{"name": "as sent"}', min(echo, 5))
            async with place.store.transaction() as tx:
                await tx.records.agree(
                    one.record_id,
                    revision=revision - 1,
                    version=1,
                    base=one.document,
                    written=Written(External("58", str(written.version))),
                    now=NOW,
                    ledger_version=written.version,
                    observed=written,
                )
            row = await row_of(place, one)
            assert row.observed is not None
            assert row.observed.document is not None
            assert kept in row.observed.document
            assert row.base_ledger_version == written.version
            assert (row.state, row.revision) == (SyncState.PENDING, revision)

    async def test_a_base_is_forgotten_at_its_own_version_and_its_link_renewed(
        self, place: Place
    ) -> None:
        one = announced("c", 2)
        await store(place, announced("c"))
        await link(place, one, "58", 1)
        await store(place, one)
        async with place.store.transaction() as tx:
            await tx.records.agree(
                one.record_id,
                revision=None,
                version=1,
                base=None,
                written=Written(External("58", "7", "C")),
                now=NOW,
            )
            row = (await tx.records.load(R1, [one.record_id]))[one.record_id]
        assert (row.base, row.base_version) == (None, 1)
        assert (row.external, row.state) == (External("58", "7", "C"), SyncState.PENDING)

    async def test_remarks_are_those_of_the_last_answer_and_stay_without_one(
        self, place: Place
    ) -> None:
        one = announced("c", 1)
        await store(place, one)
        remark = Remark(
            "first_address", "email", "a@x.example, b\u00f6@x.example", "a@x.example"
        )
        answers = (
            (Written(External("58"), remarks=(remark, remark)), (remark, remark)),
            (None, (remark, remark)),
            (Written(External("58")), ()),
        )
        for written, kept in answers:
            async with place.store.transaction() as tx:
                await tx.records.agree(
                    one.record_id, revision=1, version=1, base="{}", written=written, now=NOW
                )
            row = await row_of(place, one)
            assert (row.remarks, row.state) == (kept, SyncState.AGREED)

    async def test_a_record_of_the_ledger_that_another_has_is_not_taken_from_it(
        self, place: Place
    ) -> None:
        one = await linked(place, "58")
        other = seen("59", 3, name="c")
        assert other.record_id == one.record_id
        assert await observe(place, other) == {}
        assert (await row_of(place, one)).observed is None

    async def test_what_is_linked_to_another_document_of_its_type_is_told(
        self, place: Place
    ) -> None:
        one, two, elsewhere = announced("c1"), announced("c2"), announced("c2", connection=R2)
        await store(place, one, two, elsewhere)
        await link(place, one, "58")
        asked = dict.fromkeys((one.record_id, two.record_id, elsewhere.record_id), "58")
        async with place.store.transaction() as tx:
            assert await tx.records.linked_elsewhere(asked) == {two.record_id}
            assert await tx.records.linked_elsewhere({two.record_id: "59"}) == set()
            assert await tx.records.linked_elsewhere({}) == set()

"""Versions that intake refused, or that say two things, whatever keeps the records."""

from dataclasses import replace

from consumers.store.desired_states import DesiredState
from consumers.store.record_rows import SyncRecordRow
from consumers.store.refused_versions import HeldRecord, NewerRefused, RefusedVersion
from providers.base import External, Written
from schemas.reasons import VERSION_CONFLICT
from schemas.result import SyncState
from tests.contracts.store_steps import (
    LATER,
    NOW,
    QBO,
    R1,
    REASON,
    TENANT,
    Place,
    announced,
    begin_wait,
    come_to_agree,
    link,
    state,
    stop,
    store,
    work,
)

HELD, AGREED, PENDING = SyncState.HELD, SyncState.AGREED, SyncState.PENDING


def refused(one: DesiredState, version: int, cause: str = "No.") -> RefusedVersion:
    return RefusedVersion(
        record_id=one.record_id,
        connection_id=R1,
        tenant_id=TENANT,
        realm_id=one.realm_id,
        provider=QBO,
        document_type=one.document_type,
        document_id=one.document_id,
        version=version,
        reason=replace(REASON, cause=cause),
    )


async def refuse(place: Place, *versions: RefusedVersion) -> list[HeldRecord]:
    async with place.store.transaction() as tx:
        held = await tx.records.hold_refused(versions, now=NOW)
    return list(held.values())


async def row(place: Place, one: DesiredState) -> SyncRecordRow:
    async with place.store.transaction() as tx:
        return (await tx.records.load(R1, [one.record_id]))[one.record_id]


class Refusals:
    """What refused versions do to their records."""

    async def test_a_refused_version_holds_its_record_and_leaves_what_was_agreed(
        self, place: Place
    ) -> None:
        one = announced("c")
        await store(place, one)
        await link(place, one, "58")
        before = await row(place, one)
        assert await refuse(place, refused(one, 2)) == [HeldRecord("58", 1)]
        after = await row(place, one)
        assert after == replace(
            before,
            revision=before.revision + 1,
            state=HELD,
            attempts_total=1,
            refused=NewerRefused(2, replace(REASON, cause="No.")),
        )
        assert await work(place) == []

    async def test_a_record_that_is_not_known_is_made_without_a_document(
        self, place: Place
    ) -> None:
        one = announced("c")
        assert await refuse(place, refused(one, 1)) == [HeldRecord(None, 1)]
        made = await row(place, one)
        assert (made.state, made.revision, made.desired, made.desired_version) == (
            HELD,
            1,
            None,
            None,
        )
        assert made.refused == NewerRefused(1, replace(REASON, cause="No."))
        assert await store(place, announced("c", 2)) == {one.record_id}
        assert await state(place, one) == (PENDING, 2)
        assert (await row(place, one)).refused is None

    async def test_of_several_refused_versions_the_newest_counts(self, place: Place) -> None:
        one = announced("c")
        await refuse(place, refused(one, 2, "A."), refused(one, 3, "B."), refused(one, 1))
        assert await refuse(place, refused(one, 2, "C.")) == []
        found = (await row(place, one)).refused
        assert found is not None
        assert (found.version, found.reason.cause) == (3, "B.")
        assert await refuse(place, refused(one, 3, "D.")) == [HeldRecord(None, 2)]

    async def test_a_version_that_is_known_or_older_is_refused_without_a_mark(
        self, place: Place
    ) -> None:
        one = announced("c", 2)
        await store(place, one)
        assert await refuse(place, refused(one, 1), refused(one, 2)) == []
        assert await state(place, one) == (PENDING, 2)

    async def test_an_older_or_repeated_version_leaves_the_record_held(
        self, place: Place
    ) -> None:
        one = announced("c")
        await store(place, one)
        await refuse(place, refused(one, 3))
        assert await store(place, one) == set(), "repeated"
        assert await store(place, announced("c", 2)) == set(), "older than the refused one"
        assert await state(place, one) == (HELD, 2)
        assert (await row(place, one)).refused is not None

    async def test_the_refused_version_itself_clears_it_once_it_is_accepted(
        self, place: Place
    ) -> None:
        """A newer gateway may accept what the older one refused."""
        one = announced("c")
        await store(place, one)
        await refuse(place, refused(one, 2))
        assert await store(place, announced("c", 2)) == {one.record_id}
        assert await state(place, one) == (PENDING, 2)
        assert (await row(place, one)).refused is None

    async def test_a_try_in_progress_is_not_the_last_word(self, place: Place) -> None:
        one = announced("c")
        await store(place, one)
        loaded = (await row(place, one)).revision
        await refuse(place, refused(one, 2))
        async with place.store.transaction() as tx:
            assert not await tx.records.set_state(
                one.record_id, SyncState.SKIPPED, revision=loaded, reason=None, now=NOW
            )
            await tx.records.agree(
                one.record_id,
                revision=loaded,
                version=1,
                base=one.document,
                written=Written(External("58")),
                now=NOW,
            )
        after = await row(place, one)
        assert after.state is not AGREED
        assert (after.external is not None, after.base_version) == (True, 1)
        assert after.refused is not None, "so that it is held again when it is tried"

    async def test_what_waits_is_not_woken_into_a_refused_version(self, place: Place) -> None:
        one, other = announced("c1"), announced("c2")
        await store(place, one, other)
        await begin_wait(place, one, other)
        await refuse(place, refused(one, 2))
        assert await link(place, other, "58") == 0
        assert await state(place, one) == (HELD, 1)

    async def test_other_content_of_a_known_version_is_shown_and_not_stored(
        self, place: Place
    ) -> None:
        one = announced("c", 2)
        other = replace(one, document='{"id":"c","name":"another"}')
        blank = replace(one, document='{"id": "c", "name": "v2"}')
        async with place.store.transaction() as tx:
            first = await tx.records.upsert_desired([one], now=NOW)
            same = await tx.records.upsert_desired([blank], now=NOW)
            again = await tx.records.upsert_desired([other], now=NOW)
            older = await tx.records.upsert_desired([replace(other, version=1)], now=NOW)
        assert [first.same_version, same.same_version, older.same_version] == [{}, {}, {}]
        changed = [first.changed, same.changed, again.changed, older.changed]
        assert changed == [{one.record_id}, set(), set(), set()]
        assert list(again.same_version) == [one.record_id]
        assert "v2" in again.same_version[one.record_id]
        assert "v2" in ((await row(place, one)).desired or "")

    async def test_agreement_on_its_version_does_not_end_a_conflict_but_a_newer_one_does(
        self, place: Place
    ) -> None:
        one = announced("c")
        await store(place, one)
        reason = VERSION_CONFLICT.reason(version=1, fields="phone")
        conflict, other = await stop(place, one, reason), await stop(place, one, at=LATER)
        async with place.store.transaction() as tx:
            await tx.records.count_failures([one.record_id])
        assert (await row(place, one)).attempts_total == 3
        await come_to_agree(place, one, 1)
        closed = {task.id: task.closed_by for task in await place.tasks()}
        assert closed == {conflict: "", other: "retry"}
        await store(place, newer := announced("c", 2))
        await come_to_agree(place, newer, 2)
        assert {task.closed_by for task in await place.tasks()} == {"edit", "retry"}

"""What lanes and intake rely on about connections, whatever keeps the records."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from providers.base import Profile
from providers.connections import ConnectionState
from schemas.ids import ConnectionId, ProviderName, TenantId
from schemas.result import SyncState
from tests.contracts.store_steps import (
    LATER,
    NOW,
    R1,
    R2,
    REASON,
    TENANT,
    Place,
    announced,
    store,
    with_open_work,
)


class Connections:
    """Which realms may be called."""

    async def test_connections_are_found_by_id_tenant_and_provider(self, place: Place) -> None:
        async with place.store.transaction() as tx:
            found = await tx.connections.get(R1)
            assert found is not None
            assert (found.id, found.tenant_id) == (R1, TENANT)
            assert {c.id for c in await tx.connections.of_tenant(TENANT)} == {R1, R2}
            assert await tx.connections.authorised([R1, R2]) == {R1, R2}
            assert await tx.connections.get(ConnectionId(uuid4())) is None
            assert list(await tx.connections.of_tenant(TenantId("t2"))) == []
            of_both = await tx.connections.of_tenants([TENANT, TenantId("t2")])
            assert dict(of_both) == {TENANT: await tx.connections.of_tenant(TENANT)}

    async def test_open_work_is_that_of_connections_that_may_be_called_and_is_due(
        self, place: Place
    ) -> None:
        one, two = announced("c"), announced("c", connection=R2)
        await store(place, one, two)
        async with place.store.transaction() as tx:
            for record in (one, two):
                await tx.records.set_state(
                    record.record_id,
                    SyncState.RETRYING,
                    revision=1,
                    reason=REASON,
                    now=NOW,
                    next_attempt_at=LATER if record is one else NOW,
                )
        assert await with_open_work(place, NOW) == [(R2, TENANT, str(R2))]
        assert {id_ for id_, *_ in await with_open_work(place, LATER)} == {R1, R2}
        async with place.store.transaction() as tx:
            seen = await tx.connections.get(R2)
            assert seen is not None
            await tx.connections.expire(seen, REASON, now=NOW)
        assert [id_ for id_, *_ in await with_open_work(place, LATER)] == [R1]
        assert await with_open_work(place, LATER, ProviderName("xero")) == []

    async def test_an_expired_connection_is_not_called_but_one_connected_anew_is(
        self, place: Place
    ) -> None:
        async with place.store.transaction() as tx:
            seen = await tx.connections.get(R1)
            assert seen is not None
            await tx.connections.expire(
                replace(seen, updated_at=NOW - timedelta(days=1)), REASON, now=NOW
            )
            assert await tx.connections.authorised([R1, R2]) == {R1, R2}
            await tx.connections.expire(seen, REASON, now=NOW)
            assert await tx.connections.authorised([R1, R2]) == {R2}
            expired = await tx.connections.get(R1)
        assert expired is not None
        assert (expired.state, expired.reason) == (ConnectionState.EXPIRED, REASON)

    async def test_what_is_read_of_a_company_is_stored_unless_it_was_read_since(
        self, place: Place
    ) -> None:
        async with place.store.transaction() as tx:
            seen = await tx.connections.get(R1)
            assert seen is not None
            one, two = (Profile(name, "GB", "GBP", {"read": name}) for name in ("One", "Two"))
            await tx.connections.save_profile(seen, one, now=NOW)
            await tx.connections.save_profile(seen, two, now=LATER)
            found = await tx.connections.get(R1)
            other = await tx.connections.get(R2)
        assert found is not None
        assert (found.company_name, found.country, found.currency) == ("One", "GB", "GBP")
        assert (found.profile, found.profile_read_at) == ({"read": "One"}, NOW)
        assert found.updated_at == seen.updated_at, "who expired it meanwhile is believed"
        assert other is not None
        assert other.company_name != "One"

    async def test_what_is_asked_for_while_a_company_is_read_is_not_taken_for_read(
        self, place: Place
    ) -> None:
        profile = Profile("One", "GB", "GBP", {"read": "One"})
        async with place.store.transaction() as tx:
            seen = await tx.connections.get(R1)
            assert seen is not None
            await tx.connections.begin_reading(R1, overdue=NOW)
            assert await tx.connections.get(R1) == seen, "nobody had asked for it"
        await place.ask_to_read(R1)
        async with place.store.transaction() as tx:
            await tx.connections.begin_reading(R1, overdue=NOW)
            reading = await tx.connections.get(R1)
        assert reading is not None
        assert reading.profile_read_at == NOW
        await place.ask_to_read(R1)
        async with place.store.transaction() as tx:
            await tx.connections.save_profile(reading, profile, now=LATER)
            found = await tx.connections.get(R1)
        assert found is not None
        assert found.profile_read_at is None

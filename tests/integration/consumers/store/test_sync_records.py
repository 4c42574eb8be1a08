"""The sync records on a real database: fences, waits, links, look-ups."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from consumers.store import dependencies, reopen, sync_records
from consumers.store.desired_states import DesiredState, upsert_desired
from providers.base import External, Figures, Written
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, ProviderName, RealmId, RecordId, TenantId, record_id
from schemas.result import SyncState
from schemas.signal import Priority

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
R1, R2 = ConnectionId(UUID(int=1)), ConnectionId(UUID(int=2))


@pytest_asyncio.fixture
async def engine(migrated_database_url: str) -> AsyncIterator[AsyncEngine]:
    created = create_async_engine(migrated_database_url)
    yield created
    await created.dispose()


def announced(
    document_id: str, version: int = 1, connection: ConnectionId = R1
) -> DesiredState:
    kind = DocumentType.CUSTOMER
    return DesiredState(
        record_id=record_id(connection, kind, document_id),
        connection_id=connection,
        tenant_id=TenantId("t1"),
        realm_id=RealmId(str(connection)),
        provider=ProviderName("qbo"),
        document_type=kind,
        document_id=document_id,
        document=f'{{"id": "{document_id}", "name": "v{version}"}}',
        version=version,
    )


async def store(engine: AsyncEngine, *all_: DesiredState) -> set[RecordId]:
    async with engine.begin() as db:
        return await upsert_desired(db, all_, now=NOW)


async def link(engine: AsyncEngine, one: DesiredState, external: str, version: int = 1) -> int:
    """Store that the ledger has a record; gives how many waiting ones that woke."""
    async with engine.begin() as db:
        await sync_records.agree(
            db,
            one.record_id,
            version=version,
            base=one.document,
            written=Written(External(external, "0", "C")),
            now=NOW,
        )
        return await dependencies.wake(db, one.connection_id, [one.record_id], now=NOW)


async def rest(db: AsyncConnection, one: DesiredState) -> None:
    """Store that a record waits."""
    await sync_records.settle(
        db, one.record_id, SyncState.WAITING, version=one.version, reason=None, now=NOW
    )


async def state(engine: AsyncEngine, one: DesiredState) -> tuple[str, int]:
    async with engine.connect() as db:
        found = await db.execute(
            text("SELECT state, desired_version FROM sync_records WHERE record_id = :id"),
            {"id": one.record_id},
        )
        row = found.one()
        return row.state, row.desired_version


async def test_only_a_newer_version_is_stored_and_a_repeat_is_signalled_again(
    engine: AsyncEngine,
) -> None:
    first = announced("c", 3)
    assert await store(engine, first) == {first.record_id}
    assert await store(engine, first) == {first.record_id}, "its signal may have been lost"
    await link(engine, first, "58", version=3)
    assert await store(engine, first, announced("c", 2)) == set()
    assert await state(engine, first) == ("agreed", 3)
    assert await store(engine, announced("c", 5), announced("c", 4)) == {first.record_id}
    assert await state(engine, first) == ("pending", 5)


async def test_many_intakes_at_once_leave_the_newest_and_never_deadlock(
    engine: AsyncEngine,
) -> None:
    async def one_intake(n: int) -> None:
        for turn in range(10):
            version = turn * 8 + n
            batch = [announced(f"c{i}", version) for i in range(50)]
            await store(engine, *(reversed(batch) if n % 2 else batch))

    await asyncio.gather(*(one_intake(n) for n in range(8)))
    assert {await state(engine, announced(f"c{i}")) for i in range(50)} == {("pending", 79)}


async def test_what_is_settled_for_an_older_version_leaves_the_newer_pending(
    engine: AsyncEngine,
) -> None:
    one = announced("c", 1)
    await store(engine, one)
    await store(engine, announced("c", 2))
    async with engine.begin() as db:
        assert not await sync_records.settle(
            db, one.record_id, SyncState.DEAD, version=1, reason=None, now=NOW
        )
    assert await state(engine, one) == ("pending", 2)
    await link(engine, one, "58", version=1)
    assert await state(engine, one) == ("pending", 2)


async def test_an_older_agreement_never_replaces_a_newer_one(engine: AsyncEngine) -> None:
    one = announced("c", 2)
    await store(engine, one)
    await link(engine, one, "58", version=2)
    await link(engine, one, "99", version=1)
    async with engine.connect() as db:
        row = (await sync_records.load(db, R1, [one.record_id]))[one.record_id]
    assert (row.base_version, row.external) == (2, External("58", "0", "C"))


@pytest.mark.accepts("SEC-07", "SEC-15")
async def test_a_record_of_another_connection_is_not_found(engine: AsyncEngine) -> None:
    mine, other = announced("c"), announced("c", connection=R2)
    assert mine.record_id != other.record_id, "the same document in two realms is two records"
    await store(engine, mine, other)
    async with engine.connect() as db:
        assert await sync_records.load(db, R1, [other.record_id]) == {}
        found = await sync_records.load(db, R1, [mine.record_id, other.record_id])
    assert set(found) == {mine.record_id}


async def test_a_ledger_s_record_is_linked_once_for_each_kind_of_document(
    engine: AsyncEngine,
) -> None:
    one, two = announced("c1"), announced("c2")
    vendor = replace(
        announced("v1"),
        document_type=DocumentType.VENDOR,
        record_id=record_id(R1, DocumentType.VENDOR, "v1"),
    )
    elsewhere = announced("c1", connection=R2)
    await store(engine, one, two, vendor, elsewhere)
    await link(engine, one, "58")
    await link(engine, vendor, "58")
    await link(engine, elsewhere, "58")
    with pytest.raises(IntegrityError):
        await link(engine, two, "58")


@pytest.mark.accepts("CFG-07", "ENT-38")
@pytest.mark.parametrize(
    ("query", "index"),
    [
        (
            "SELECT * FROM sync_records WHERE connection_id = :c AND document_type = 'customer'"
            " AND document_id = 'c77'",
            "sync_records_document",
        ),
        (
            "SELECT * FROM sync_records WHERE connection_id = :c AND document_type = 'customer'"
            " AND external_id = '77'",
            "sync_records_external",
        ),
        (
            "SELECT * FROM sync_records WHERE connection_id = :c AND"
            " state IN ('pending', 'retrying') ORDER BY priority, desired_at LIMIT 100",
            "sync_records_open",
        ),
    ],
)
async def test_a_look_up_uses_its_index(engine: AsyncEngine, query: str, index: str) -> None:
    await store(engine, *[announced(f"c{n}") for n in range(2_000)])
    async with engine.begin() as db:
        await db.execute(
            text(
                "UPDATE sync_records SET external_id = substr(document_id, 2), state = 'agreed'"
                " WHERE document_id LIKE '%0' OR document_id = 'c77'"
            )
        )
        await db.execute(text("ANALYZE sync_records"))
        plan = (await db.execute(text(f"EXPLAIN {query}"), {"c": R1})).scalars().all()
    assert index in "\n".join(plan)


async def test_open_work_is_the_most_urgent_and_oldest_and_what_is_due(
    engine: AsyncEngine,
) -> None:
    late, later = announced("c1"), announced("c2")
    urgent = replace(announced("c3"), priority=Priority.PERSON)
    resting = announced("c4")
    for one in (late, later, urgent, resting):
        await store(engine, one)
    due_at = NOW + timedelta(seconds=30)
    async with engine.begin() as db:
        await sync_records.settle(
            db,
            resting.record_id,
            SyncState.RETRYING,
            version=1,
            reason=None,
            now=NOW,
            failed=True,
            next_attempt_at=due_at,
        )

    async def ids(now: datetime, without: list[RecordId] | None = None) -> list[RecordId]:
        async with engine.connect() as db:
            page = await sync_records.open_work(
                db, R1, without=without or [], limit=10, now=now
            )
        return [work.record_id for work in page]

    assert (await ids(NOW))[0] == urgent.record_id
    assert set(await ids(NOW)) == {late.record_id, later.record_id, urgent.record_id}
    assert resting.record_id in await ids(due_at)
    assert urgent.record_id not in await ids(NOW, [urgent.record_id])
    async with engine.connect() as db:
        assert await sync_records.connections_with_work(db, ProviderName("qbo"), now=NOW) == [
            R1
        ]


@pytest.mark.accepts("ENT-16")
async def test_a_wait_ends_with_the_last_of_what_it_waited_for(engine: AsyncEngine) -> None:
    invoice, customer, item = announced("i"), announced("c"), announced("t")
    await store(engine, invoice, customer, item)
    awaited = {customer.record_id: False, item.record_id: False}
    async with engine.begin() as db:
        assert await dependencies.begin_wait(db, R1, invoice.record_id, awaited)
        await rest(db, invoice)
    assert await link(engine, customer, "1") == 0
    assert await state(engine, invoice) == ("waiting", 1)
    assert await link(engine, item, "2") == 1
    assert await state(engine, invoice) == ("pending", 1)


async def test_a_wait_for_agreement_is_not_ended_by_a_link_alone(engine: AsyncEngine) -> None:
    payment, invoice = announced("p"), announced("i", 1)
    await store(engine, payment, invoice)
    await store(engine, announced("i", 2))
    async with engine.begin() as db:
        assert await dependencies.begin_wait(
            db, R1, payment.record_id, {invoice.record_id: True}
        )
        await rest(db, payment)
    assert await link(engine, invoice, "1", version=1) == 0
    assert await link(engine, invoice, "1", version=2) == 1


async def test_a_wait_is_not_begun_for_what_is_linked_already(engine: AsyncEngine) -> None:
    invoice, customer = announced("i"), announced("c")
    await store(engine, invoice, customer)
    await link(engine, customer, "1")
    async with engine.begin() as db:
        assert not await dependencies.begin_wait(
            db, R1, invoice.record_id, {customer.record_id: False}
        )


async def test_no_wait_is_lost_when_the_link_is_made_at_the_same_moment(
    engine: AsyncEngine,
) -> None:
    """Whoever comes second sees what the first did, so nobody waits for ever."""
    for n in range(25):
        invoice, customer = announced(f"i{n}"), announced(f"c{n}")
        await store(engine, invoice, customer)

        async def begin(
            invoice: DesiredState = invoice, customer: DesiredState = customer
        ) -> bool:
            async with engine.begin() as db:
                begun = await dependencies.begin_wait(
                    db, R1, invoice.record_id, {customer.record_id: False}
                )
                if begun:
                    await sync_records.settle(
                        db,
                        invoice.record_id,
                        SyncState.WAITING,
                        version=1,
                        reason=None,
                        now=NOW,
                    )
                return begun

        begun, woken = await asyncio.gather(begin(), link(engine, customer, f"e{n}"))
        assert begun == bool(woken)
        assert await state(engine, invoice) == ("pending", 1)


@pytest.mark.accepts("OBS-10")
async def test_the_counts_come_to_the_rows(engine: AsyncEngine) -> None:
    await store(engine, *[announced(f"c{n}") for n in range(7)], announced("c", connection=R2))
    await link(engine, announced("c1"), "1")
    async with engine.connect() as db:
        found = await reopen.counts(db)
        total = (await db.execute(text("SELECT count(*) FROM sync_records"))).scalar_one()
    assert sum(row["records"] for row in found) == total == 8
    assert {(row["realm_id"], row["state"]): row["records"] for row in found} == {
        (str(R1), "agreed"): 1,
        (str(R1), "pending"): 6,
        (str(R2), "pending"): 1,
    }


async def test_figures_of_the_ledger_are_kept_exact(engine: AsyncEngine) -> None:
    one = announced("c")
    await store(engine, one)
    figures = Figures(Decimal("0.10"), Decimal("0.01"), Decimal("123456789012.34"))
    async with engine.begin() as db:
        await sync_records.agree(
            db,
            one.record_id,
            version=1,
            base=None,
            written=Written(External("1"), figures),
            now=NOW,
        )
        seen = (await db.execute(text("SELECT observed FROM sync_records"))).scalar_one()
    assert seen == {
        "voided": False,
        "total": "0.10",
        "tax": "0.01",
        "balance": "123456789012.34",
    }

"""The upkeep of the gateway's own database: what it deletes, and what it never does."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database.sessions import Sessions
from gateway.runtime.lifecycle import running_beside
from gateway.runtime.maintenance import KEPT, DatabaseMaintenance
from tests.eventually import eventually

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CALLS = text("""
    INSERT INTO api_calls (id, called_at, connection_id, tenant_id, realm_id, provider, method,
                           path, duration_s, trace_id)
    SELECT gen_random_uuid(), CAST(:at AS timestamptz), gen_random_uuid(), 't1', 'r1', 'qbo',
           'GET', '/', 0.1, ''
      FROM generate_series(1, CAST(:count AS int))
""")
LETTER = text("""
    INSERT INTO dead_letters (
        id, tenant_id, realm_id, provider, document_type, document_id, version, attempts,
        category, code, reason, trace_id, documents, original_topic, original_partition,
        original_offset, original_headers, original_value, died_at, replayed_at)
    VALUES (gen_random_uuid(), 't1', 'r1', 'qbo', 'bill', 'b', 1, 1, 'internal', 'c', '{}', '',
            '{}', '', 0, 0, '[]', '', :died_at, :replayed_at)
""")
TASK = text("""
    INSERT INTO tasks (id, record_id, connection_id, tenant_id, realm_id, provider,
                       document_type, document_id, version, code, category, cause, fix, solver,
                       provider_code, opened_at, last_seen_at, closed_at)
    VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 't1', 'r1', :provider,
            'bill', 'b', 1, 'c', 'setting', '', '', :solver, '', :opened_at, :opened_at,
            :closed_at)
""")


async def calls(engine: AsyncEngine, at: datetime, count: int = 1) -> None:
    async with engine.begin() as database:
        await database.execute(CALLS, {"at": at, "count": count})


async def task(
    engine: AsyncEngine,
    opened_at: datetime,
    closed_at: datetime | None = None,
    *,
    of: tuple[str, str] = ("qbo", "operator"),
) -> None:
    said = {"opened_at": opened_at, "closed_at": closed_at, "provider": of[0], "solver": of[1]}
    async with engine.begin() as database:
        await database.execute(TASK, said)


async def times(engine: AsyncEngine, table: str, column: str) -> list[datetime]:
    async with engine.connect() as database:
        found = await database.execute(text(f"SELECT {column} FROM {table} ORDER BY 1"))  # noqa: S608
        return list(found.scalars())


async def test_calls_are_deleted_in_batches_once_they_are_old(engine: AsyncEngine) -> None:
    await calls(engine, NOW - KEPT - DAY, count=25)
    await calls(engine, NOW - KEPT + DAY, count=3)
    await DatabaseMaintenance(Sessions(engine), now=lambda: NOW, batch=10).delete_old()
    assert await times(engine, "api_calls", "called_at") == [NOW - KEPT + DAY] * 3
    await DatabaseMaintenance(Sessions(engine), now=lambda: NOW, kept=2 * DAY).delete_old()
    assert await times(engine, "api_calls", "called_at") == []


async def test_what_quotas_look_back_on_can_not_be_deleted(engine: AsyncEngine) -> None:
    with pytest.raises(ValueError, match="quotas"):
        DatabaseMaintenance(Sessions(engine), now=lambda: NOW, kept=DAY)


async def test_two_at_once_delete_all_and_fail_at_nothing(engine: AsyncEngine) -> None:
    await calls(engine, NOW - KEPT - DAY, count=500)
    both = [
        DatabaseMaintenance(Sessions(engine), now=lambda: NOW, batch=20).delete_old()
        for _ in range(2)
    ]
    await asyncio.gather(*both)
    assert await times(engine, "api_calls", "called_at") == []


async def test_open_letters_and_tasks_stay_however_old(engine: AsyncEngine) -> None:
    ages = NOW - 3 * KEPT
    old, young = NOW - KEPT - DAY, NOW - KEPT + DAY
    for over_at in (None, old, young):
        async with engine.begin() as database:
            await database.execute(LETTER, {"died_at": ages, "replayed_at": over_at})
        await task(engine, ages, over_at)
    await DatabaseMaintenance(Sessions(engine), now=lambda: NOW).delete_old()
    assert await times(engine, "dead_letters", "replayed_at") == [young, None]
    assert await times(engine, "tasks", "closed_at") == [young, None]


async def test_the_oldest_are_found_by_an_index(engine: AsyncEngine) -> None:
    await calls(engine, NOW - KEPT - DAY, count=5_000)
    await calls(engine, NOW, count=5_000)
    oldest = "SELECT id FROM api_calls WHERE called_at < now() ORDER BY called_at LIMIT 100"
    async with engine.begin() as database:
        await database.execute(text("ANALYZE api_calls"))
        plan = await database.execute(text(f"EXPLAIN {oldest} FOR UPDATE SKIP LOCKED"))
        assert "api_calls_called_at" in "\n".join(plan.scalars())


def shown(provider: str, solver: str) -> float | None:
    labels = {"provider": provider, "solver": solver}
    return REGISTRY.get_sample_value("ledgerlane_tasks_open", labels)


async def test_open_tasks_are_counted_and_what_is_closed_is_told_no_more(
    engine: AsyncEngine,
) -> None:
    upkeep = DatabaseMaintenance(Sessions(engine), now=lambda: NOW)
    for _ in range(2):
        await task(engine, NOW, of=("qbo", "platform"))
    await task(engine, NOW, of=("xero", "operator"))
    await task(engine, NOW, NOW, of=("xero", "platform"))
    await upkeep.count_tasks()
    assert (shown("qbo", "platform"), shown("xero", "operator")) == (2, 1)
    assert shown("xero", "platform") is None
    async with engine.begin() as database:
        await database.execute(text("UPDATE tasks SET closed_at = opened_at"))
    await upkeep.count_tasks()
    assert (shown("qbo", "platform"), shown("xero", "operator")) == (None, None)


async def test_it_goes_on_beside_a_role_while_the_database_is_in_trouble(
    engine: AsyncEngine,
) -> None:
    await calls(engine, NOW - KEPT - DAY, count=3)
    async with engine.begin() as database:
        await database.execute(text("ALTER TABLE tasks RENAME TO elsewhere"))

    async def deleted() -> bool:
        return await times(engine, "api_calls", "called_at") == []

    async with running_beside(DatabaseMaintenance(Sessions(engine), now=lambda: NOW).run()):
        await eventually(deleted)

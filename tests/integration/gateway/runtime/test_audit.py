"""The audit of provider calls in PostgreSQL."""

from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database.sessions import Sessions
from gateway.runtime.audit import PostgresAudit, open_audit
from gateway.runtime.lifecycle import utc_now
from providers.http import ApiCall
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId
from tests.eventually import eventually

CONNECTION = ConnectionId(UUID(int=1))
ROLLED_BACK = text("""
    SELECT xact_rollback > 0 FROM pg_stat_database WHERE datname = current_database()
""")


def call(path: str, status: int | None = 200) -> ApiCall:
    return ApiCall(
        connection_id=CONNECTION,
        tenant_id=TenantId("t1"),
        realm_id=RealmId("r1"),
        provider=ProviderName("qbo"),
        method="POST",
        path=path,
        status=status,
        duration_s=0.25,
        trace_id="tid",
    )


async def paths(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as database:
        return list(await database.scalars(text("SELECT path FROM api_calls ORDER BY path")))


@pytest.mark.accepts("OBS-01")
async def test_a_stop_in_good_order_loses_nothing(engine: AsyncEngine) -> None:
    async with open_audit(Sessions(engine), now=utc_now) as audit:
        for n in range(1234):
            audit(call(f"/{n:05}"))
    assert await paths(engine) == [f"/{n:05}" for n in range(1234)]


async def test_a_call_is_written_while_the_role_runs(engine: AsyncEngine) -> None:
    async with open_audit(Sessions(engine), now=utc_now) as audit:
        audit(call("/a", status=None))

        async def written() -> bool:
            return await paths(engine) == ["/a"]

        # A second is promised; the others are for a machine that is busy.
        await eventually(written)
    async with engine.connect() as database:
        row = (await database.execute(text("SELECT * FROM api_calls"))).mappings().one()
    assert (row["tenant_id"], row["realm_id"], row["provider"]) == ("t1", "r1", "qbo")
    assert (row["method"], row["status"], row["trace_id"]) == ("POST", None, "tid")
    assert row["duration_s"] == 0.25
    assert row["connection_id"] == CONNECTION


async def test_while_the_database_is_away_calls_wait(engine: AsyncEngine) -> None:
    async with engine.begin() as database:
        await database.execute(text("ALTER TABLE api_calls RENAME TO elsewhere"))
    async with open_audit(Sessions(engine), now=utc_now) as audit:
        for n in range(700):
            audit(call(f"/{n:05}"))

        async def refused() -> bool:
            return await _was_refused(engine)

        await eventually(refused)
        async with engine.begin() as database:
            await database.execute(text("ALTER TABLE elsewhere RENAME TO api_calls"))
    assert len(await paths(engine)) == 700


async def _was_refused(engine: AsyncEngine) -> bool:
    """Return whether the database has rolled a transaction back."""
    async with engine.connect() as database:
        return bool(await database.scalar(ROLLED_BACK))


async def test_beyond_its_capacity_the_oldest_are_lost_and_counted(engine: AsyncEngine) -> None:
    lost = "ledgerlane_audit_lost_total"
    before = REGISTRY.get_sample_value(lost) or 0
    audit = PostgresAudit(Sessions(engine), now=utc_now, capacity=3)
    for n in range(5):
        audit(call(f"/{n}"))
    assert (REGISTRY.get_sample_value(lost) or 0) - before == 2
    await audit.flush()
    assert await paths(engine) == ["/2", "/3", "/4"]

"""What a worker's look for open work costs, with as many connections as a large installation.

Every worker asks the table every ten seconds which connections have work that is due. Beside
the statement stand the two that were asked before it, on the index that they had: the open
records of the provider, made distinct, and every connection with its profile.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from statistics import median
from time import perf_counter
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from consumers.store.connections import PostgresConnections
from gateway.runtime.lifecycle import utc_now
from providers.registry import PROVIDERS
from tests.benchmarks.figures import Figure, load_average, parser, show
from tests.benchmarks.stage import QBO, Stage, open_stage, seed_connections

# As large as what a provider says of a company.
PROFILE: Final = text("""
    UPDATE connections SET profile = (
        SELECT jsonb_object_agg('preference_' || n, repeat('x', 30))
          FROM generate_series(1, 40) AS n)
""")
RECORDS: Final = text("""
    INSERT INTO sync_records (
        record_id, connection_id, tenant_id, realm_id, provider, document_type, document_id,
        desired, desired_version, desired_at, state, priority, updated_at)
    SELECT gen_random_uuid(), c.id, c.tenant_id, c.realm_id, c.provider, 'invoice', 'i' || n,
           '{"total": "100.00"}', 1, now(), 'agreed', 1, now()
      FROM connections c, generate_series(1, :records) AS n
""")
# So many records of so many connections are to be pushed; all others agree.
OPEN: Final = text("""
    UPDATE sync_records SET state = 'pending'
     WHERE connection_id IN (SELECT id FROM connections ORDER BY id LIMIT :connections)
       AND substr(document_id, 2)::integer <= :records
""")
BEFORE: Final = (
    "DROP INDEX sync_records_open",
    """
    CREATE INDEX sync_records_open ON sync_records (connection_id, priority, desired_at)
     WHERE state IN ('pending', 'retrying')
    """,
)
OPEN_BEFORE: Final = text("""
    SELECT DISTINCT connection_id FROM sync_records
     WHERE provider = :provider AND state IN ('pending', 'retrying')
       AND (state = 'pending' OR next_attempt_at <= :now)
""")
CONNECTED_BEFORE: Final = text("""
    SELECT c.*, g.scopes, g.expires_at, g.refresh_expires_at
      FROM connections c LEFT JOIN grants g ON c.grant_id = g.id
     WHERE c.provider = :provider AND c.state = 'connected'
     ORDER BY c.provider, c.company_name, c.id
""")

Sweep = Callable[[AsyncConnection, datetime], Awaitable[int]]


async def sweep(database: AsyncConnection, now: datetime) -> int:
    """Look for open work; return how many connections have some."""
    return len(await PostgresConnections(database).with_open_work(QBO, now=now))


async def sweep_before(database: AsyncConnection, now: datetime) -> int:
    """Look for open work as it was done before; return how many connections have some."""
    given = {"provider": QBO, "now": now}
    found = set((await database.execute(OPEN_BEFORE, given)).scalars())
    connected = (await database.execute(CONNECTED_BEFORE, {"provider": QBO})).mappings().all()
    return sum(row["id"] in found for row in connected)


async def timed(engine: AsyncEngine, look: Sweep, expected: int, rounds: int) -> float:
    """Return the milliseconds of a sweep, the median of so many.

    Raises:
        ValueError: it found another number of connections than have work.
    """
    taken = []
    for _ in range(rounds):
        async with engine.connect() as database:
            begun = perf_counter()
            found = await look(database, utc_now())
            taken.append((perf_counter() - begun) * 1000)
        if found != expected:
            raise ValueError(f"{found} connections have work, not {expected}")
    return median(taken)


async def execute(engine: AsyncEngine, *statements: str) -> None:
    """Change the database, then let the planner know of it."""
    async with engine.connect() as database:
        await database.execution_options(isolation_level="AUTOCOMMIT")
        for statement in (*statements, "VACUUM ANALYZE sync_records"):
            await database.execute(text(statement))


async def compared(
    stage: Stage, name: str, *, connections: int, records: int, rounds: int
) -> Figure:
    """Open work of so many connections, and time both sweeps, each on its own index."""
    async with stage.gateway.begin() as database:
        await database.execute(OPEN, {"connections": connections, "records": records})
        (index,) = await database.scalars(
            text("SELECT indexdef FROM pg_indexes WHERE indexname = 'sync_records_open'")
        )
    await execute(stage.gateway)
    ours = await timed(stage.gateway, sweep, connections, rounds)
    await execute(stage.gateway, *BEFORE)
    before = await timed(stage.gateway, sweep_before, connections, rounds)
    await execute(stage.gateway, "DROP INDEX sync_records_open", index)
    baseline = f"the {before:.1f} ms of the statements before"
    return Figure(f"sweep: {name}", ours, "ms", baseline=baseline, ratio=ours / before)


async def measured(connections: int, records: int, rounds: int) -> Sequence[Figure]:
    """Measure both sweeps on a quiet installation and in a backlog."""
    async with open_stage() as stage:
        await seed_connections(stage, PROVIDERS[QBO], connections)
        async with stage.gateway.begin() as database:
            await database.execute(PROFILE)
            await database.execute(RECORDS, {"records": records})
        few = max(1, connections // 200)
        return [
            await compared(stage, name, connections=some, records=open_ones, rounds=rounds)
            for name, some, open_ones in (
                (f"{few} of {connections} connections have work", few, 5),
                (f"{connections} have {records} records of work", connections, records),
            )
        ]


def main() -> None:
    """Run as the command line says."""
    options = parser(__doc__)
    options.add_argument("--connections", type=int, default=10_000)
    options.add_argument("--records", type=int, default=50, help="of each connection")
    options.add_argument("--rounds", type=int, default=15)
    chosen = options.parse_args()
    load = load_average()
    found = asyncio.run(measured(chosen.connections, chosen.records, chosen.rounds))
    show(found, as_json=chosen.json, load_before=load)


if __name__ == "__main__":
    main()

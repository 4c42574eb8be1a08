"""What intake and lanes lose by row-level security, beside the same statements without it.

Both in one run, in turns. Without it a transaction is the login's, a superuser whom no policy
binds, and names nobody. Of the lanes it is what a try of one record asks of the database: load,
open an intent, settle. What a worker does beside that, as the provider's call, is left out, so
a lane loses less.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from statistics import median
from time import perf_counter
from typing import Final
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from consumers.intake.events import Received
from consumers.intake.platform_events import Intake
from consumers.store.desired_states import DesiredState, newest
from consumers.store.intents import IntendedWrite, idempotency_key
from consumers.store.leases import Fence, PostgresLeases
from consumers.store.postgres import PostgresStore
from consumers.store.protocols import Transaction
from consumers.store.results import result_event
from gateway.database.sessions import Sessions
from gateway.runtime.lifecycle import collect_seldom, utc_now
from providers.base import External, Operation, Written
from providers.connections import Connection, ConnectionStore
from providers.registry import PROVIDERS
from schemas.ids import ConnectionId, TenantId
from schemas.result import SyncResult, SyncState
from tests.benchmarks.bench_intake import as_received, batches, read, ready
from tests.benchmarks.documents import announcement, mixed
from tests.benchmarks.figures import Figure, load_average, parser, show
from tests.benchmarks.stage import QBO, open_stage, seed_connections

AIM = "0.90 at least"
FEW, MANY = 40, 1_000


class Unsealed:
    """Sessions of the login's own, as all were before."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def session(
        self, *_: TenantId, owners_of: Collection[ConnectionId] = ()
    ) -> AsyncIterator[AsyncConnection]:
        async with self._engine.begin() as connection:
            yield connection


STORES: Final[Mapping[str, Callable[[AsyncEngine], PostgresStore]]] = {
    "without": lambda engine: PostgresStore(Unsealed(engine).session),
    "with": lambda engine: PostgresStore(Sessions(engine).session),
}


def events_of(count: int, tenants: int) -> list[Received]:
    """Return events of documents that nobody has seen, spread over so many tenants."""
    return as_received(
        [
            announcement(kind, document, f"t{number % tenants}")
            for number, (kind, document) in enumerate(mixed(count))
        ]
    )


async def take_in(store: PostgresStore, events: Sequence[Received]) -> None:
    """Take in the batches, one after the other, as one process does."""
    intake = Intake(store, now=utc_now)
    for batch in batches(events):
        await intake.accept(batch)


async def try_each(store: PostgresStore, fence: Fence, states: Sequence[DesiredState]) -> None:
    """Do what a try that writes one record asks of the database, for one after the other."""
    for one in states:
        async with store.transaction(owners_of=[one.connection_id]) as tx:
            await tx.records.load(one.connection_id, [one.record_id])
            await tx.connections.get(one.connection_id)
        key = idempotency_key(one.record_id, Operation.CREATE, version=1, failures=0)
        write = IntendedWrite(one.record_id, Operation.CREATE, 1, key)
        async with store.transaction(one.tenant_id) as tx:
            await tx.intents.open(fence, [write], now=utc_now())
        async with store.transaction(one.tenant_id) as tx:
            await settle(tx, fence, one)


async def settle(tx: Transaction, fence: Fence, one: DesiredState) -> None:
    """Settle a record as agreed, as a lane does."""
    now, id_ = utc_now(), one.record_id
    result = SyncResult(
        one.document_type.value, one.document_id, 1, SyncState.AGREED, "1", None
    )
    await tx.leases.hold(fence)
    await tx.dependencies.lock(one.connection_id, [id_])
    await tx.records.agree(
        id_,
        revision=1,
        version=1,
        base=one.document,
        written=Written(External(str(id_))),
        now=now,
    )
    await tx.intents.close([id_])
    await tx.dependencies.wake(one.connection_id, [id_], now=now)
    await tx.tasks.close(id_, now=now)
    await tx.outbox.append(result_event(uuid4(), one.tenant_id, one.realm_id, result, now=now))


async def rate(work: Awaitable[None], count: int) -> float:
    """Return how many a second are done of so many."""
    collect_seldom()
    begun = perf_counter()
    await work
    return count / (perf_counter() - begun)


async def measured(count: int, rounds: int) -> list[Figure]:
    """Measure intake and lanes so often, with and without in turns; compare the medians."""
    rates: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    async with open_stage() as stage:
        await seed_connections(stage, PROVIDERS[QBO], MANY)
        async with stage.gateway.begin() as database:
            # Without a tenant that is named, the column has no default.
            await database.execute(text("ALTER TABLE intents ALTER tenant_id DROP NOT NULL"))
            tenants = [TenantId(f"t{n}") for n in range(FEW)]
            connected = await ConnectionStore(database).of_tenants(tenants)
            known: Mapping[str, Sequence[Connection]] = {
                str(tenant): found for tenant, found in connected.items()
            }
            epochs = await PostgresLeases(database).take(QBO, [0], owner="bench", now=utc_now())
        fence = Fence(QBO, 0, epochs[0])
        few, many = events_of(count, FEW), events_of(count, MANY)
        tried = newest(read(few, known))[: count // 40]
        for turn in range(rounds + 1):
            # In turns, the other one first each time: what comes first finds less in memory.
            for name in sorted(STORES, reverse=bool(turn % 2)):
                store = STORES[name](stage.gateway)
                await ready(stage)
                found = {"many": await rate(take_in(store, many), count)}
                await ready(stage)
                found["few"] = await rate(take_in(store, few), count)
                found["lane"] = await rate(try_each(store, fence, tried), len(tried))
                if turn:  # the first is to warm up
                    for part, value in found.items():
                        rates[part, name].append(value)
    return figures({key: median(found) for key, found in rates.items()})


def figures(rate_of: Mapping[tuple[str, str], float]) -> list[Figure]:
    """Return the figures of what was found."""
    parts = {
        "few": (f"intake: {FEW} tenants in a batch", "events/s"),
        "many": (f"intake: {MANY} tenants in a batch", "events/s"),
        "lane": ("lanes: the statements of a try", "tries/s"),
    }
    return [
        Figure(
            name,
            rate_of[key, "with"],
            unit,
            aim=AIM,
            baseline=f"without row-level security, {rate_of[key, 'without']:,.1f}",
            ratio=rate_of[key, "with"] / rate_of[key, "without"],
        )
        for key, (name, unit) in parts.items()
    ]


def main() -> None:
    """Run as the command line says."""
    options = parser(__doc__)
    options.add_argument("--events", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    load = load_average()
    found = asyncio.run(measured(chosen.events, chosen.rounds))
    show(found, as_json=chosen.json, load_before=load)


if __name__ == "__main__":
    main()

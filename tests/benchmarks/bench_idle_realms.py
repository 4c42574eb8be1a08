"""What a worker process weighs that knows many realms with nothing to do.

A real worker for Xero, whose lanes live longest: a call counts against its realm's day, so a
realm that made one is remembered for a day. Every realm, some hundred at a time, has one
customer written, by a stand-in that takes anything; then the process is weighed. Lanes alone
are weighed beside it, in this process.
"""

import asyncio
import tracemalloc
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import orjson
import psutil
from sqlalchemy import insert
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consumers.kafka.signal_producer import SignalPublisher
from consumers.lanes.lane import Lane
from consumers.lanes.pacing.shared_limiter import SharedLimiter
from consumers.store.tables import sync_records
from consumers.sync.realm_pace import RealmPace
from gateway.runtime.lifecycle import utc_now
from gateway.wiring.signals import open_signals
from providers.quotas import CallKind
from providers.registry import PROVIDERS
from schemas.documents.catalogue import encode
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, record_id
from schemas.signal import Signal
from schemas.topics import work_topic
from tests.benchmarks.arrivals import received
from tests.benchmarks.documents import customer
from tests.benchmarks.figures import Figure, load_average, parser, show
from tests.benchmarks.stage import XERO, Role, Seeded, Stage, open_stage, seed_connections
from tests.fakes.lane_pace import limiter, pace_of

MIB = 1024 * 1024
SETTLED_S = 25.0  # two sweeps and a commit after the last write
POLL_S = 0.1
AT_ONCE = 200
CUSTOMER = customer(1)


async def take_anything(request: Request) -> Response:
    """Answer a write of contacts as Xero does when all is well."""
    sent = orjson.loads(await request.body())["Contacts"]
    saved = [{**one, "ContactID": str(uuid4()), "ContactStatus": "ACTIVE"} for one in sent]
    return Response(orjson.dumps({"Contacts": saved}), media_type="application/json")


def stand_in() -> Starlette:
    """Make the stand-in."""
    route = Route("/api.xro/2.0/Contacts", take_anything, methods=["POST", "PUT"])
    return Starlette(routes=[route])


async def touch(stage: Stage, signals: SignalPublisher, realms: Sequence[Seeded]) -> None:
    """Have one customer written in every realm, and wait until it is."""
    touched = [_signal(one) for one in realms]
    async with stage.gateway.begin() as database:
        await database.execute(insert(sync_records), [_record(signal) for signal in touched])
    await signals.send([(work_topic(XERO), signal) for signal in touched])
    await until_agreed(stage)


def _signal(seeded: Seeded) -> Signal:
    return Signal(
        record_id=record_id(seeded.connection, DocumentType.CUSTOMER, CUSTOMER.id),
        connection_id=seeded.connection,
        tenant_id=seeded.tenant,
        realm_id=seeded.realm,
        document_type=DocumentType.CUSTOMER,
        version=1,
    )


def _record(signal: Signal) -> dict[str, Any]:
    now = utc_now()
    return {
        "record_id": signal.record_id,
        "connection_id": signal.connection_id,
        "tenant_id": signal.tenant_id,
        "realm_id": signal.realm_id,
        "provider": XERO,
        "document_type": signal.document_type.value,
        "document_id": CUSTOMER.id,
        "desired": orjson.loads(encode(CUSTOMER)),
        "desired_version": signal.version,
        "desired_at": now,
        "state": "pending",
        "priority": signal.priority,
        "updated_at": now,
    }


async def until_agreed(stage: Stage) -> None:
    """Wait until nothing is left to write."""
    query = "SELECT count(*) FROM sync_records WHERE state <> 'agreed'"
    async with asyncio.timeout(60):
        while await stage.value(query):
            await asyncio.sleep(POLL_S)


def resident(worker: Role) -> int:
    """Return the bytes of a process that are in memory."""
    return int(psutil.Process(worker.child.pid).memory_info().rss)


async def weigh_lanes(how_many: int) -> float:
    """Return the bytes of one lane that made a call and has nothing to do."""
    tracemalloc.start()
    shared = limiter()
    lanes = [_lane(shared) for _ in range(how_many)]
    for lane in lanes:
        async with RealmPace(lane.pace).call(CallKind.WRITE):
            pass
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / len(lanes)


def _lane(shared: SharedLimiter) -> Lane:
    pace = pace_of(PROVIDERS[XERO].quota, shared=shared)
    lane = Lane(ConnectionId(uuid4()), 0, pace, resident_limit=100)
    lane.take_page([], table_has_more=False)
    return lane


async def measured(realms: int) -> list[Figure]:
    """Weigh a worker before it knows a realm, and after each had one customer written."""
    async with (
        received(stand_in()) as (_, address),
        open_stage({XERO: address}) as stage,
    ):
        worker = await stage.start("worker xero")
        await asyncio.sleep(SETTLED_S)
        without = resident(worker)
        seeded = await seed_connections(stage, PROVIDERS[XERO], realms)
        async with open_signals(stage.settings) as signals:
            for first in range(0, realms, AT_ONCE):
                await touch(stage, signals, seeded[first : first + AT_ONCE])
        await asyncio.sleep(SETTLED_S)
        weight = resident(worker)
        lanes = await worker.metric("ledgerlane_lanes")
    return figures(without, weight, lanes=lanes, lane_bytes=await weigh_lanes(realms))


def figures(without: int, weight: int, *, lanes: float, lane_bytes: float) -> list[Figure]:
    """Return what was found."""
    return [
        Figure("idle realms: lanes in memory", lanes, "lanes"),
        Figure("idle realms: the process without any", without / MIB, "MiB"),
        Figure(
            "idle realms: the process with them",
            weight / MIB,
            "MiB",
            aim="under 200",
            baseline="the process without any",
            ratio=weight / without,
        ),
        Figure("idle realms: growth a realm", (weight - without) / lanes, "bytes"),
        Figure("idle realms: of it, the lane alone", lane_bytes, "bytes"),
    ]


def main() -> None:
    """Run as the command line says."""
    options = parser(__doc__)
    options.add_argument("--realms", type=int, default=10_000)
    chosen = options.parse_args()
    load = load_average()
    found = asyncio.run(measured(chosen.realms))
    show(found, as_json=chosen.json, load_before=load)


if __name__ == "__main__":
    main()

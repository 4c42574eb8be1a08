"""Ledgerlane's own: the role `ledgerlane relay`, as it is run in production."""

import os
from typing import Final

from sqlalchemy.ext.asyncio import create_async_engine

from gateway.embedded.managed_process import ManagedProcess
from gateway.embedded.ports import free_ports
from gateway.embedded.role_processes import command_line
from ledgerlane_outbox import OutboxMessage, install
from tests.benchmarks.relay.contestant import KEYS, PAYLOAD_SQL, Contestant, Place, payload
from tests.fakes.environment import environment

TOPIC: Final = "bench.ours"
HEADERS: Final = OutboxMessage(
    type="invoice.issued.v1",
    source="/billing",
    tenant_id="tenant-1",
    subject="invoice/4711",
    entity_version=3,
    payload=payload(0),
).headers()
"""The headers of such an event, for the bare producer."""

_INSERT: Final = f"""
    INSERT INTO ledgerlane_outbox
           (topic, type, source, subject, entity_version,
            event_id, "time", partition_key, tenant_id, payload)
    SELECT '{TOPIC}', 'invoice.issued.v1', '/billing', 'invoice/4711', 3,
           gen_random_uuid(), now(),
"""
FILL: Final = f"""{_INSERT} 'tenant-' || n % {KEYS}, 'tenant-' || n % {KEYS}, {PAYLOAD_SQL}
      FROM generate_series(1, $1::bigint) AS n
"""
APPEND: Final = f"{_INSERT} $1, $1, $2"


async def lay_out(place: Place) -> None:
    """Install the outbox."""
    engine = create_async_engine(place.database_url)
    async with engine.begin() as connection:
        await install(connection)
    await engine.dispose()


def start(place: Place) -> ManagedProcess:
    """Describe the role."""
    environ = environment(
        DATABASE_URL=place.database_url,
        KAFKA_BOOTSTRAP=place.bootstrap,
        SOURCES=f"bench={place.database_url}",
        METRICS_PORT=str(next(free_ports())),
        LOG_LEVEL="warning",
    )
    return ManagedProcess(
        place.run, "ours", command_line("relay"), environ={"PATH": os.defpath, **environ}
    )


OURS: Final = Contestant(
    name="ours",
    topic=TOPIC,
    prepare=lambda: None,
    lay_out=lay_out,
    fill=FILL,
    append=APPEND,
    start=start,
    ready="SELECT EXISTS (SELECT FROM ledgerlane_outbox_cursor)",
    table="ledgerlane_outbox",
)

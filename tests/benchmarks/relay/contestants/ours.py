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
"""The headers of a record, which the relay makes of the columns."""


def _with_constants(statement: str) -> str:
    statement = statement.replace(":topic", f"'{TOPIC}'").replace(":payload", PAYLOAD_SQL)
    attributes = "'invoice.issued.v1', '/billing', 'tenant-1', 'invoice/4711', 3, now()"
    return statement.replace(":keys", str(KEYS)).replace(":attributes", attributes)


FILL: Final = _with_constants("""
    INSERT INTO ledgerlane_outbox
           (event_id, topic, partition_key, payload,
            type, source, tenant_id, subject, entity_version, time)
    SELECT gen_random_uuid(), :topic, 'tenant-' || n % :keys, :payload, :attributes
      FROM generate_series(1, $1::bigint) AS n
""")
APPEND: Final = _with_constants("""
    INSERT INTO ledgerlane_outbox
           (event_id, topic, partition_key, payload,
            type, source, tenant_id, subject, entity_version, time)
    VALUES (gen_random_uuid(), :topic, $1, $2, :attributes)
""")


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

"""Ledgerlane's own: the role `ledgerlane relay`, as it is run in production."""

import json
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


def _with_constants(statement: str) -> str:
    constants = {":topic": TOPIC, ":headers": json.dumps(HEADERS)}
    for name, value in constants.items():
        statement = statement.replace(name, f"'{value}'")
    return statement.replace(":keys", str(KEYS)).replace(":payload", PAYLOAD_SQL)


FILL: Final = _with_constants("""
    INSERT INTO ledgerlane_outbox (event_id, topic, partition_key, headers, payload)
    SELECT gen_random_uuid(), :topic, 'tenant-' || n % :keys, :headers, :payload
      FROM generate_series(1, $1::bigint) AS n
""")
APPEND: Final = _with_constants("""
    INSERT INTO ledgerlane_outbox (event_id, topic, partition_key, headers, payload)
    VALUES (gen_random_uuid(), :topic, $1, :headers, $2)
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

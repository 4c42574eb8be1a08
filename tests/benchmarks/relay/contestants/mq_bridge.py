"""mq-bridge, by the two of its inputs that fit an outbox: a cursor over the table, and the log.

The cursor pages along the row's number, and waits where it knows of an open transaction; the
other reads logical replication. Both send a row as JSON, the payload inside, and take the
record's key from it, so that a key keeps its order. The batch is the largest of those tried,
and the fastest; its guide ends at 1,024.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import asyncpg

from gateway.embedded.managed_process import ManagedProcess
from tests.benchmarks.relay.contestant import KEYS, PAYLOAD_SQL, Contestant, Place
from tests.benchmarks.relay.environments import HERE, python

LAYOUT: Final = """
    CREATE TABLE outbox (
        id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
        key text NOT NULL,
        payload text NOT NULL
    )
"""
FILL: Final = """
    INSERT INTO outbox (key, payload)
    SELECT 'tenant-' || n % :keys, convert_from(:payload, 'UTF8')
      FROM generate_series(1, $1::bigint) AS n
""".replace(":keys", str(KEYS)).replace(":payload", PAYLOAD_SQL)
APPEND: Final = "INSERT INTO outbox (key, payload) VALUES ($1, convert_from($2, 'UTF8'))"
PRODUCER: Final = {
    "acks": "all",
    "enable.idempotence": "true",
    "compression.type": "lz4",
    "linger.ms": "1",
    "partitioner": "murmur2_random",
}

Input = Callable[[Place], dict[str, Any]]
"""Gives where a route begins."""


def cursor(place: Place) -> dict[str, Any]:
    """Read the table along its number."""
    table = {
        "url": place.dsn,
        "table": "outbox",
        "cursor_column": "id",
        "cursor_id": "bench",
        "polling_interval_ms": 2,
    }
    return {"postgres": table}


def replication(place: Place) -> dict[str, Any]:
    """Read the write-ahead log."""
    slot = {
        "url": place.dsn,
        "publication": "bench_mq_bridge",
        "create_publication": True,
        "publication_tables": ["outbox"],
        "slot_name": "bench_mq_bridge",
        "status_interval_ms": 1_000,
    }
    return {"postgres_cdc": slot}


def route(place: Place, begins: Input) -> dict[str, Any]:
    """Return the route from the outbox to Kafka."""
    kafka = {
        "url": place.bootstrap,
        "topic": place.topic,
        "create_topic": False,
        "partition_key": "mqb.id",
        "producer_options": [list(option) for option in PRODUCER.items()],
    }
    return {
        "input": {"middlewares": [{"id": "${payload:key}"}], **begins(place)},
        "output": {"kafka": kafka},
        "batch_size": 8_192,
        "empty_batch_delay_ms": 1,
    }


async def lay_out(place: Place) -> None:
    """Make a table of the columns that it needs."""
    connection = await asyncpg.connect(place.dsn)
    await connection.execute(LAYOUT)
    await connection.close()


def _starting(begins: Input) -> Callable[[Place], ManagedProcess]:
    def start(place: Place) -> ManagedProcess:
        script = HERE / "python" / "mq_bridge_relay.py"
        said = json.dumps(route(place, begins))
        return ManagedProcess(place.run, "mq-bridge", [python(), script, said])

    return start


MQ_BRIDGE: Final = Contestant(
    name="mq-bridge",
    topic="bench.mq-bridge",
    prepare=python,
    lay_out=lay_out,
    fill=FILL,
    append=APPEND,
    start=_starting(cursor),
    ready="""
        SELECT EXISTS (
            SELECT FROM pg_stat_activity
             WHERE datname = current_database() AND query LIKE '%outbox%'
               AND pid <> pg_backend_pid()
        )
    """,
    table="outbox",
)
MQ_BRIDGE_CDC: Final = replace(
    MQ_BRIDGE,
    name="mq-bridge-cdc",
    topic="bench.mq-bridge-cdc",
    start=_starting(replication),
    ready="""
        SELECT coalesce(bool_or(active), false) FROM pg_replication_slots
         WHERE database = current_database()
    """,
)

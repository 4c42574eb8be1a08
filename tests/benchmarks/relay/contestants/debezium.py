"""Debezium's embedded engine with the outbox event router, hot and tuned.

Tuned beyond what was asked: records leave the engine unconverted, the producer is flushed after
each batch so that no linger delays it, and offsets are flushed once a second.
"""

from collections.abc import Mapping
from typing import Final

import asyncpg
from sqlalchemy.engine import make_url

from gateway.embedded.jars import find_java
from gateway.embedded.managed_process import ManagedProcess
from tests.benchmarks.relay.contestant import KEYS, PAYLOAD_SQL, Contestant, Place
from tests.benchmarks.relay.environments import debezium_class_path

TOPIC: Final = "bench.debezium"
LAYOUT: Final = """
    CREATE TABLE outbox (
        id uuid PRIMARY KEY,
        aggregatetype varchar(255) NOT NULL,
        aggregateid varchar(255) NOT NULL,
        type varchar(255) NOT NULL,
        payload bytea NOT NULL
    )
"""
FILL: Final = """
    INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload)
    SELECT gen_random_uuid(), 'debezium', 'tenant-' || n % :keys, 'invoice.issued.v1', :payload
      FROM generate_series(1, $1::bigint) AS n
""".replace(":keys", str(KEYS)).replace(":payload", PAYLOAD_SQL)
APPEND: Final = """
    INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload)
    VALUES (gen_random_uuid(), 'debezium', $1, 'invoice.issued.v1', $2)
"""
ENGINE: Final[Mapping[str, str]] = {
    "name": "bench",
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "topic.prefix": "bench",
    "plugin.name": "pgoutput",
    "slot.name": "bench_debezium",
    "publication.autocreate.mode": "filtered",
    "table.include.list": "public.outbox",
    "snapshot.mode": "no_data",
    "tombstones.on.delete": "false",
    "poll.interval.ms": "5",
    "max.batch.size": "8192",
    "max.queue.size": "32768",
    "offset.storage": "org.apache.kafka.connect.storage.MemoryOffsetBackingStore",
    "offset.flush.interval.ms": "1000",
    "transforms": "outbox",
    "transforms.outbox.type": "io.debezium.transforms.outbox.EventRouter",
    "transforms.outbox.route.topic.replacement": "bench.${routedByValue}",
}
PRODUCER: Final[Mapping[str, str]] = {
    "acks": "all",
    "enable.idempotence": "true",
    "compression.type": "lz4",
    "linger.ms": "1",
    "batch.size": "262144",
    "buffer.memory": "67108864",
}
JVM: Final = (
    "-Xms512m",
    "-Xmx1g",
    "-XX:+UseParallelGC",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)


async def lay_out(place: Place) -> None:
    """Make the table that the event router knows by default."""
    connection = await asyncpg.connect(place.dsn)
    await connection.execute(LAYOUT)
    await connection.close()


def start(place: Place) -> ManagedProcess:
    """Describe the Java process."""
    database = make_url(place.dsn)
    engine = {
        **ENGINE,
        "database.hostname": database.host,
        "database.port": database.port,
        "database.user": database.username,
        "database.password": database.password,
        "database.dbname": database.database,
    }
    producer = {**PRODUCER, "bootstrap.servers": place.bootstrap}
    settings = [f"engine.{name}={value}" for name, value in engine.items()]
    settings += [f"producer.{name}={value}" for name, value in producer.items()]
    java = (find_java(), *JVM, "-cp", debezium_class_path(), "DebeziumRelay")
    return ManagedProcess(place.run, "debezium", [*java, *settings])


DEBEZIUM: Final = Contestant(
    name="debezium",
    topic=TOPIC,
    prepare=debezium_class_path,
    lay_out=lay_out,
    fill=FILL,
    append=APPEND,
    start=start,
    ready="""
        SELECT coalesce(bool_or(active), false) FROM pg_replication_slots
         WHERE database = current_database()
    """,
    table="outbox",
)

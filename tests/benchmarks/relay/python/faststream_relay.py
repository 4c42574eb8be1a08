"""Relays an outbox by faststream-outbox; run by the interpreter that has it.

faststream_relay.py layout DATABASE_URL              makes the outbox table, as its docs advise
faststream_relay.py relay DATABASE_URL BOOTSTRAP TOPIC
"""

import asyncio
import logging
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine

# Of the competitors' environment, which no type checker looks into.
uvloop: Any = import_module("uvloop")
faststream: Any = import_module("faststream")
faststream_kafka: Any = import_module("faststream.kafka")
faststream_outbox: Any = import_module("faststream_outbox")

QUEUE: Final = "bench"
PRODUCER: Final[Mapping[str, Any]] = {
    "acks": "all",
    "enable_idempotence": True,
    "compression_type": "lz4",
    "linger_ms": 1,
    "max_batch_size": 256 * 1024,
}
SUBSCRIBER: Final[Mapping[str, Any]] = {
    "max_workers": 64,
    "fetch_batch_size": 1_000,
    "min_fetch_interval": 0.01,
    "max_fetch_interval": 1.0,
    "terminal_flush_batch_size": 100,
}


async def lay_out(database_url: str) -> None:
    """Make the table."""
    metadata = MetaData()
    faststream_outbox.make_outbox_table(metadata, table_name="outbox")
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.execute(text(faststream_outbox.outbox_autovacuum_ddl("outbox")))
    await engine.dispose()


async def relay(database_url: str, bootstrap: str, topic: str) -> None:
    """Relay until a signal."""
    pool = SUBSCRIBER["max_workers"] + 5
    engine = create_async_engine(database_url, pool_size=pool)
    table = faststream_outbox.make_outbox_table(MetaData(), table_name="outbox")
    outbox = faststream_outbox.OutboxBroker(
        engine, outbox_table=table, apply_types=False, logger=None
    )
    kafka = faststream_kafka.KafkaBroker(bootstrap, logger=None, **PRODUCER)

    async def as_it_is(message: Any) -> bytes:
        return bytes(message.body)

    async def pass_on(body: bytes) -> Any:
        message = outbox.context.get("message")
        return faststream_kafka.KafkaResponse(body, key=message.headers["key"].encode())

    subscriber = outbox.subscriber(QUEUE, decoder=as_it_is, **SUBSCRIBER)
    kafka.publisher(topic)(subscriber(pass_on))
    app = faststream.FastStream(outbox, on_startup=[kafka.start], logger=None)
    await app.run()


def main() -> None:
    """Do what the command line says."""
    logging.basicConfig(level=logging.WARNING)
    uvloop.install()
    if sys.argv[1] == "layout":
        asyncio.run(lay_out(sys.argv[2]))
    else:
        asyncio.run(relay(*sys.argv[2:]))


if __name__ == "__main__":
    main()

"""faststream-outbox, relaying to Kafka by the decorators of its tutorial.

Tuned as its page on performance advises: many workers, large fetches, batched deletes, its
autovacuum settings; the payload is passed on undecoded, on uvloop. Its writers notify in every
transaction, as its own `publish` does.
"""

import asyncio
from typing import Final

from gateway.embedded.managed_process import ManagedProcess
from tests.benchmarks.relay.contestant import KEYS, PAYLOAD_SQL, Contestant, Place
from tests.benchmarks.relay.environments import HERE, python

TOPIC: Final = "bench.faststream-outbox"
SCRIPT: Final = HERE / "python" / "faststream_relay.py"
FILL: Final = """
    WITH rows AS (
        INSERT INTO outbox (queue, payload, headers)
        SELECT 'bench', :payload, jsonb_build_object('key', 'tenant-' || n % :keys)
          FROM generate_series(1, $1::bigint) AS n
    )
    SELECT pg_notify('outbox_outbox', 'bench')
""".replace(":keys", str(KEYS)).replace(":payload", PAYLOAD_SQL)
APPEND: Final = """
    INSERT INTO outbox (queue, payload, headers)
    VALUES ('bench', $2, jsonb_build_object('key', $1::text))
    RETURNING id, pg_notify('outbox_outbox', 'bench')
"""


async def lay_out(place: Place) -> None:
    """Let the package make its table."""
    making = await asyncio.create_subprocess_exec(
        python(), SCRIPT, "layout", place.database_url
    )
    if await making.wait():
        raise RuntimeError("faststream-outbox could not make its table")


def start(place: Place) -> ManagedProcess:
    """Describe the process."""
    arguments = (place.database_url, place.bootstrap, place.topic)
    return ManagedProcess(
        place.run, "faststream-outbox", [python(), SCRIPT, "relay", *arguments]
    )


FASTSTREAM: Final = Contestant(
    name="faststream-outbox",
    topic=TOPIC,
    prepare=python,
    lay_out=lay_out,
    fill=FILL,
    append=APPEND,
    start=start,
    ready="""
        SELECT EXISTS (
            SELECT FROM pg_stat_activity
             WHERE datname = current_database() AND query LIKE 'LISTEN%'
        )
    """,
    table="outbox",
    share=0.05,
)

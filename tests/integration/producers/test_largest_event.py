"""The largest event that the outbox accepts is published, by Python, SQL and a strict relay."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.config.settings import Settings
from ledgerlane_outbox import OutboxMessage, append
from ledgerlane_outbox.sizes import LARGEST_HEADERS, LARGEST_PAYLOAD, LARGEST_TEXT
from tests.eventually import eventually
from tests.fakes.environment import environment
from tests.integration.producers.kafka import new_topic, read_topic
from tests.integration.producers.test_relay_settings import relaying

LONGEST = "é" * (LARGEST_TEXT // 2)
APPEND = text("""
    SELECT ledgerlane_append(
        type => repeat('x', 1000), source => repeat('s', 1000), tenant_id => repeat('k', 1000),
        subject => repeat('é', 500), realm_id => repeat('r', 1000), topic => :topic,
        payload => to_json(CAST(:content AS text)))
""")
PARKED = text("SELECT reason FROM ledgerlane_outbox_parked")


def largest(topic: str, payload: bytes) -> OutboxMessage:
    """Return an event of which nothing can be larger, its headers the least in the most bytes.

    A header of a byte takes two bytes more on Kafka, the most for what it says.
    """
    plain = OutboxMessage(
        type=LONGEST,
        source=LONGEST,
        tenant_id=LONGEST,
        subject=LONGEST,
        topic=topic,
        payload=payload,
    )
    room = LARGEST_HEADERS - sum(
        len(text.encode()) for pair in plain.headers().items() for text in pair
    )
    extensions: dict[str, str] = {}
    for number in range(10_000):
        name = f"{number:x}"
        if (room := room - len(f"ce_{name}") - 1) < 0:
            break
        extensions[name] = "x"
    return replace(plain, extensions=extensions)


@pytest.mark.accepts("DRV-30")
async def test_the_largest_accepted_event_is_published_whole(
    engine: AsyncEngine, database_url: str, kafka_bootstrap: str
) -> None:
    # Bytes that a compression makes no smaller would be a slower test of the same limit: it is
    # measured before anything is compressed.
    content = b"x" * LARGEST_PAYLOAD
    environ = environment(DATABASE_URL=database_url, KAFKA_BOOTSTRAP=kafka_bootstrap)
    async with new_topic(kafka_bootstrap) as topic:
        sent = largest(topic, content)
        async with engine.begin() as connection:
            await append(connection, sent)
            as_text = content[: LARGEST_PAYLOAD - 2].decode()
            await connection.execute(APPEND, {"topic": topic, "content": as_text})

        async def both_there() -> bool:
            return len(await read_topic(kafka_bootstrap, topic)) == 2

        async with relaying(Settings.from_environ(environ)):
            await eventually(both_there)
        by_python, by_sql = sorted(
            await read_topic(kafka_bootstrap, topic),
            key=lambda one: len(one.headers),
            reverse=True,
        )
    assert (by_python.key, by_python.payload) == (LONGEST, content)
    assert by_python.headers == sent.headers()
    assert (len(by_sql.key), len(by_sql.payload)) == (LARGEST_TEXT, LARGEST_PAYLOAD)
    assert by_sql.headers["ce_subject"] == LONGEST
    async with engine.connect() as connection:
        assert (await connection.execute(PARKED)).all() == []

"""Kafka's other clients read what we write: librdkafka and Java's own console consumer."""

import asyncio
import random
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from gateway.embedded.jars import find_java, resolve_jars
from ledgerlane_outbox.store import OutboxRow
from producers.publishers.kafka import KafkaPublisher
from producers.publishers.record_batches import Compression
from producers.record_headers import headers_of
from tests.integration.producers.kafka import PARTITIONS, new_topic, stored_message
from tests.outbox_rows import a_row

TOOLS = Path(__file__).resolve().parents[3] / ".cache" / "kafka-tools"
CONSOLE = "org.apache.kafka.tools.consumer.ConsoleConsumer"
COUNT = 3_000
WORDS = ("Kowhai", "Zürich", "株式会社", "a", "naïve 🦜", "x" * 700)

Record = tuple[str, dict[str, str], bytes]


def some_rows(topic: str) -> list[OutboxRow]:
    """Rows of every form: with and without subject, version and further headers."""
    chance = random.Random(10)  # noqa: S311 - no secret

    def word() -> str:
        return chance.choice(WORDS)

    return [
        a_row(
            topic=topic,
            key=f"{word()}-{chance.randrange(40)}",
            headers=chance.choice([None, None, '{"ce_realmid": "realm-7"}']),
            payload=f'{{"n":{n},"name":"{word()}"}}'.encode(),
            event_id=UUID(int=n),
            type=chance.choice(["invoice.issued.v1", "customer.created.v1"]),
            source=f"/{word()}",
            tenant_id=word(),
            subject=chance.choice([None, f"invoice/{word()}-{n}"]),
            entity_version=chance.choice([None, 0, n, 2**62 + n]),
            time=chance.randrange(2**50),
        )
        for n in range(COUNT)
    ]


def record_of(row: OutboxRow) -> Record:
    headers = {name: value or "" for name, value in headers_of(row).items()}
    return row[2], headers, row[4]


def in_order(records: Sequence[Record]) -> dict[str, list[Record]]:
    """The records of each key in their order."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record[0], []).append(record)
    return found


def by_librdkafka(bootstrap: str, topic: str) -> list[Record]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": topic, "check.crcs": True})
    consumer.assign([TopicPartition(topic, n, OFFSET_BEGINNING) for n in range(PARTITIONS)])
    found: list[Record] = []
    try:
        while len(found) < COUNT:
            for message in consumer.consume(1_000, timeout=1.0):
                assert message.error() is None
                one = stored_message(message)
                found.append((one.key, one.headers, one.payload))
    finally:
        consumer.close()
    return found


async def by_java(bootstrap: str, topic: str) -> list[Record]:
    """Read by the console consumer; control characters stand between what it prints."""
    jars = await resolve_jars()
    printed = {
        "print.key": "true",
        "print.headers": "true",
        "key.separator": "\x01",
        "headers.separator": "\x02",
        "line.separator": "\x03",
    }
    process = await asyncio.create_subprocess_exec(
        *(find_java(), "-cp", f"{TOOLS}/*:{jars}/*", CONSOLE),
        *("--bootstrap-server", bootstrap, "--topic", topic, "--from-beginning"),
        *("--max-messages", str(COUNT), "--timeout-ms", "60000"),
        *(f"--formatter-property={name}={value}" for name, value in printed.items()),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    found = []
    for line in output.decode().split("\x03")[:-1]:
        headers, key, value = line.split("\x01")
        pairs = (one.split(":", 1) for one in headers.split("\x02"))
        found.append((key, dict(pairs), value.encode()))
    return found


@pytest.mark.parametrize("compression", Compression)
async def test_librdkafka_and_java_read_what_was_written(
    kafka_bootstrap: str, compression: Compression
) -> None:
    async with new_topic(kafka_bootstrap) as topic:
        rows = some_rows(topic)
        async with KafkaPublisher(kafka_bootstrap, compression=compression) as publisher:
            assert not await publisher.publish(rows)
        wanted = in_order([record_of(row) for row in rows])
        assert (
            in_order(await asyncio.to_thread(by_librdkafka, kafka_bootstrap, topic)) == wanted
        )
        assert in_order(await by_java(kafka_bootstrap, topic)) == wanted

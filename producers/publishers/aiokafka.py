"""Publishes through aiokafka."""

import asyncio
from collections.abc import Sequence
from typing import Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from ledgerlane_outbox.store import OutboxRow
from producers.errors import BrokerUnavailable
from producers.publisher import (
    LARGEST_RECORD,
    MALFORMED,
    UNKNOWN_TOPIC_S,
    Rejection,
    Rejections,
)
from producers.record_headers import headers_of
from producers.sources.source import Key


class AiokafkaPublisher:
    """Publishes through aiokafka.

    No role is wired to it at present: it needs twice the processor time of `ConfluentPublisher`
    for an event. It stays because it passes the same contract without a C library.

    Args:
        ack_timeout_s: The time in seconds for which Kafka may leave a request unanswered before
            it counts as away.
    """

    def __init__(self, bootstrap_servers: str, *, ack_timeout_s: float = 15.0) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._ack_timeout_s = ack_timeout_s
        self._topics: set[str] = set()
        self._producer: AIOKafkaProducer | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._drop()

    async def publish(self, rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        """Store the rows durably, in order for each key; return those that were rejected."""
        try:
            return await self._publish(await self._started(), rows)
        except BaseException as exc:
            await self._drop()
            if isinstance(exc, KafkaError):
                raise BrokerUnavailable(f"{type(exc).__name__}: {exc}") from exc
            raise

    async def _publish(
        self, producer: AIOKafkaProducer, rows: Sequence[OutboxRow]
    ) -> Sequence[Rejection]:
        rejections = Rejections()
        sent: list[tuple[int, Key, asyncio.Future[object]]] = []
        for index, row in enumerate(rows):
            key = (row[1], row[2])
            if rejections.blocks(index, key):
                continue
            fault, acknowledged = await self._send(producer, row)
            if acknowledged:
                sent.append((index, key, acknowledged))
            else:
                rejections.add(index, key, fault)
        for index, key, acknowledged in sent:
            try:
                await acknowledged
            except (MessageSizeTooLargeError, RecordListTooLargeError) as exc:
                rejections.add(index, key, str(exc))
        return rejections.in_order()

    async def _send(
        self, producer: AIOKafkaProducer, row: OutboxRow
    ) -> tuple[str, asyncio.Future[object] | None]:
        """Pass one row to the client; return its fault or the future acknowledgement."""
        _, topic, key, _, payload = row[:5]
        if topic not in self._topics and not await self._find_topic(producer, topic):
            return f"Kafka has no topic {topic}", None
        try:
            encoded = [
                (name, None if value is None else value.encode())
                for name, value in headers_of(row).items()
            ]
            return "", await producer.send(topic, payload, key.encode(), headers=encoded)
        except MALFORMED as exc:
            return f"headers can't be sent: {exc}", None
        except (MessageSizeTooLargeError, InvalidTopicError) as exc:
            return str(exc), None

    async def _find_topic(self, producer: AIOKafkaProducer, topic: str) -> bool:
        try:
            async with asyncio.timeout(UNKNOWN_TOPIC_S):
                await producer.partitions_for(topic)
        except TimeoutError:
            if not await producer.client.force_metadata_update():
                raise BrokerUnavailable("no broker answers") from None
            return False
        self._topics.add(topic)
        return True

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap_servers,
                enable_idempotence=True,
                acks="all",
                linger_ms=5,
                max_batch_size=256 * 1024,
                max_request_size=LARGEST_RECORD,
                request_timeout_ms=int(self._ack_timeout_s * 1000),
            )
            self._producer = producer
            await producer.start()
        return self._producer

    async def _drop(self) -> None:
        producer, self._producer = self._producer, None
        if producer:
            await producer.stop()

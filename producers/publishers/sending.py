"""Sends rows as record batches through a producer of aiokafka.

Of each partition one batch is under way at a time: nothing behind a refused batch can be stored
before it. Start at :class:`BatchProducer`.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    ProducerFenced,
    RecordListTooLargeError,
    UnknownTopicOrPartitionError,
)

from ledgerlane_outbox.store import OutboxRow
from producers.errors import BrokerUnavailable, Fenced
from producers.publisher import LARGEST_RECORD, UNKNOWN_TOPIC_S, Rejections
from producers.publishers.prepared_batch import InvalidRecord, PreparedBatch, abandon
from producers.publishers.record_batches import (
    Compression,
    EncodedRecords,
    compress,
    encode_records,
    key_hash,
)

_TOO_LARGE: Final = (MessageSizeTooLargeError, RecordListTooLargeError)
_REFUSED: Final = (*_TOO_LARGE, InvalidRecord)


@dataclass(slots=True)
class Publication:
    """Rows that are being published, and what is known of them.

    Attributes:
        rows: The rows.
        places: The positions of the rows of each partition, rising.
        unsent: Those of them that are not stored yet.
        limits: The largest batch of a topic in bytes, where a larger one was refused.
        rejections: The rows that are not published.
    """

    rows: Sequence[OutboxRow]
    places: Mapping[TopicPartition, Sequence[int]]
    unsent: dict[TopicPartition, Sequence[int]]
    limits: dict[str, int]
    rejections: Rejections

    def begin_again(self) -> None:
        """Send every row anew but those that are rejected."""
        rejected = {rejection.index for rejection in self.rejections.in_order()}
        self.unsent = {
            place: [index for index in indexes if index not in rejected]
            for place, indexes in self.places.items()
        }

    def refused(
        self, error: KafkaError, place: TopicPartition, records: EncodedRecords
    ) -> Sequence[int]:
        """Learn from a refused batch; return the positions of its rows that may be sent again.

        A row that was sent alone is rejected. Of several any may be at fault, so their topic's
        batches are half as large from now on.
        """
        if len(records.indexes) > 1:
            self.limits[place.topic] = len(records.encoded) // 2
            return records.indexes
        (index,) = records.indexes
        self.rejections.add(index, (place.topic, self.rows[index][2]), _reason(error, records))
        return ()


class BatchProducer:
    """A producer of aiokafka that is started anew whenever its state is not known.

    Args:
        ack_timeout_s: The time in seconds for which Kafka may leave a request unanswered before
            it counts as away.
        transactional_id: The id of the transactions; None if there are none.
        transaction_timeout_s: The time in seconds after which brokers abort an open one.
        compression: The codec of the batches.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        *,
        ack_timeout_s: float,
        transactional_id: str | None = None,
        transaction_timeout_s: float = 30.0,
        compression: Compression = Compression.LZ4,
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._ack_timeout_s = ack_timeout_s
        self._transactional_id = transactional_id
        self._transaction_timeout_s = transaction_timeout_s
        self._compression = compression
        self._limits: dict[str, int] = {}
        self._absent: set[str] = set()
        self._producer: AIOKafkaProducer | None = None

    async def started(self) -> AIOKafkaProducer:
        """Return the producer; start it if there is none. One with transactions fences others.

        Raises:
            BrokerUnavailable: no broker answers.
        """
        if self._producer is None:
            self._producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap_servers,
                enable_idempotence=True,
                acks="all",
                # Batches are full when they come; waiting would only add latency.
                linger_ms=0,
                request_timeout_ms=int(self._ack_timeout_s * 1000),
                transactional_id=self._transactional_id,
                transaction_timeout_ms=int(self._transaction_timeout_s * 1000),
            )
            async with self.answering():
                await self._producer.start()
        return self._producer

    async def drop(self) -> None:
        """Discard the producer; what is under way may still be stored."""
        producer, self._producer = self._producer, None
        self._absent.clear()
        if producer:
            await abandon(producer)

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Await what a broker has to answer; translate the client's errors into ours.

        Raises:
            BrokerUnavailable: no answer came in time, or one that is no row's fault.
            Fenced: another producer with our transactional id has begun.
        """
        try:
            async with asyncio.timeout(self._ack_timeout_s):
                yield
        except TimeoutError as exc:
            raise BrokerUnavailable(f"no answer of Kafka in {self._ack_timeout_s:g} s") from exc
        except ProducerFenced as exc:
            raise Fenced("another relay publishes under our transactional id") from exc
        except KafkaError as exc:
            raise BrokerUnavailable(f"{type(exc).__name__}: {exc}") from exc

    async def placed(self, rows: Sequence[OutboxRow]) -> Publication:
        """Find the partition of each row; rows of unknown topics are rejected.

        Raises:
            BrokerUnavailable: no broker answers.
        """
        rejections = Rejections()
        by_topic: dict[str, Sequence[list[int]]] = {}
        for index, row in enumerate(rows):
            topic, key = row[1], row[2]
            partitions = by_topic.get(topic)
            if partitions is None:
                partitions = by_topic[topic] = [[] for _ in range(await self._count_of(topic))]
            if partitions:
                partitions[key_hash(key) % len(partitions)].append(index)
            elif not rejections.blocks(index, (topic, key)):
                rejections.add(index, (topic, key), f"Kafka has no topic {topic}")
        places: dict[TopicPartition, Sequence[int]] = {
            TopicPartition(topic, number): indexes
            for topic, partitions in by_topic.items()
            for number, indexes in enumerate(partitions)
            if indexes
        }
        return Publication(rows, places, dict(places), dict(self._limits), rejections)

    async def send(self, publication: Publication) -> bool:
        """Send what is unsent; return whether all is stored that is not rejected.

        If not, something was refused: the producer's numbers of that partition are ahead of the
        broker's, so it has to be dropped before the rest is sent.

        Raises:
            BrokerUnavailable: any number of the rows may be stored.
            Fenced: none of the rows will be committed.
        """
        producer = await self.started()
        unsent = publication.unsent
        if len(unsent) == 1:
            ((place, indexes),) = unsent.items()
            publication.unsent = await self._send(producer, publication, place, indexes)
            return not publication.unsent
        try:
            async with asyncio.TaskGroup() as tasks:
                sent = []
                for place, indexes in unsent.items():
                    sending = self._send(producer, publication, place, indexes)
                    sent.append(tasks.create_task(sending))
                    # The first batches are on their way while the others are encoded.
                    await asyncio.sleep(0)
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from group
        publication.unsent = {
            place: left for task in sent for place, left in task.result().items()
        }
        return not publication.unsent

    async def _send(
        self,
        producer: AIOKafkaProducer,
        publication: Publication,
        place: TopicPartition,
        indexes: Sequence[int],
    ) -> dict[TopicPartition, Sequence[int]]:
        """Send the rows of a partition, batch by batch; return what a refusal leaves unsent."""
        begin = 0
        while begin < len(indexes):
            records = encode_records(
                publication.rows,
                indexes,
                publication.rejections,
                begin=begin,
                limit=publication.limits.get(place.topic, LARGEST_RECORD),
            )
            begin = records.end
            if not records.indexes:
                continue
            if refusal := await self._store(producer, place, records):
                again = publication.refused(refusal, place, records)
                if again and isinstance(refusal, _TOO_LARGE):
                    self._limits[place.topic] = publication.limits[place.topic]
                return {place: [*again, *indexes[begin:]]}
        return {}

    async def _store(
        self, producer: AIOKafkaProducer, place: TopicPartition, records: EncodedRecords
    ) -> KafkaError | None:
        """Store a batch; return why it was refused, None if it was not."""
        batch = PreparedBatch(
            compress(records.encoded, self._compression),
            len(records.indexes),
            compression=self._compression,
            timestamp_ms=int(time.time() * 1000),
            transactional=self._transactional_id is not None,
        )
        async with self.answering():
            sent = await producer.send_batch(batch, place.topic, partition=place.partition)
            try:
                await sent
            except _REFUSED as exc:
                return exc
        return None

    async def _count_of(self, topic: str) -> int:
        """Return the number of partitions of a topic, 0 if there is no such topic."""
        producer = await self.started()
        cluster = producer.client.cluster
        # A topic that was just made may be unknown to a broker for a moment. One that was
        # waited for in vain is only looked for: its rows would hold up those of other topics.
        if topic not in self._absent:
            try:
                async with self.answering(), asyncio.timeout(UNKNOWN_TOPIC_S):
                    return len(await producer.partitions_for(topic))
            except BrokerUnavailable as exc:
                if not isinstance(exc.__cause__, TimeoutError | UnknownTopicOrPartitionError):
                    raise
        async with self.answering():
            answered = await producer.client.force_metadata_update()
        if not answered:
            raise BrokerUnavailable("no broker answers")
        found = len(cluster.partitions_for_topic(topic) or ())
        (self._absent.discard if found else self._absent.add)(topic)
        return found


def _reason(error: KafkaError, records: EncodedRecords) -> str:
    size = f" ({len(records.encoded)} bytes)" if isinstance(error, _TOO_LARGE) else ""
    return f"Kafka refused it{size}: {type(error).__name__}, {error.description}"

"""Puts signals on the topics of lanes, each on its lane's partition."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from consumers.lanes.family import LaneFamily
from consumers.lanes.work import LaneSignal
from schemas.topics import PROVIDER_PARTITIONS


@lru_cache(maxsize=65_536)
def partition_of(key: str, partitions: int = PROVIDER_PARTITIONS) -> int:
    """Return the partition on which Kafka's own partitioner puts a key.

    Args:
        partitions: The partition count of the topic, 1 or more.

    Source: Apache Kafka ``BuiltInPartitioner``: murmur2 of the key, positive, modulo.
    """
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)


class SignalPublisher:
    """Puts signals on topics; returns when every in-sync replica has them."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def send(
        self,
        signals: Sequence[tuple[str, LaneSignal]],
        *,
        partitions: int = PROVIDER_PARTITIONS,
    ) -> None:
        """Store each signal on the topic beside it, in order for each lane.

        Whole batches are handed to the client: one by one, each signal would cost it a future.

        Args:
            partitions: The partition count of each of these topics, 1 or more.

        Raises:
            KafkaError: nothing is promised about any of them.
        """
        places: defaultdict[tuple[str, int], list[LaneSignal]] = defaultdict(list)
        for topic, signal in signals:
            places[topic, partition_of(signal.key, partitions)].append(signal)
        acknowledgements = [
            await self._producer.send_batch(batch, topic, partition=partition)
            for (topic, partition), found in places.items()
            for batch in self._batches(found)
        ]
        if acknowledgements:
            await asyncio.gather(*acknowledgements)

    def _batches(self, signals: Sequence[LaneSignal]) -> Iterator[BatchBuilder]:
        """Yield as few batches as the client's limit allows."""
        batch = self._producer.create_batch()
        for signal in signals:
            record = {"key": signal.key.encode(), "value": signal.to_bytes(), "timestamp": None}
            if batch.append(**record) is None:
                yield batch
                batch = self._producer.create_batch()
                batch.append(**record)
        yield batch


@dataclass(frozen=True, slots=True)
class RetryTopics:
    """Puts signals on the retry topics of one family; a lane engine's `RetryPublisher`.

    Attributes:
        family: The family whose topics they are.
        publisher: What puts signals on topics.
    """

    family: LaneFamily
    publisher: SignalPublisher

    async def publish(self, signals: Sequence[LaneSignal]) -> None:
        """Return once every signal is stored on the topic of its delay."""
        await self.publisher.send(
            [(self.family.retry_topic(s.attempt - 1), s) for s in signals],
            partitions=self.family.partitions,
        )

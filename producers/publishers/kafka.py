"""Publishes record batches of our own encoding, at least once."""

from collections.abc import Sequence
from typing import Self

from ledgerlane_outbox.store import OutboxRow
from producers.publisher import Rejection
from producers.publishers.record_batches import Compression
from producers.publishers.sending import BatchProducer


class KafkaPublisher:
    """Publishes rows as record batches.

    Args:
        ack_timeout_s: The time in seconds for which Kafka may leave a request unanswered before
            it counts as away.
        compression: The codec of the batches.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        *,
        ack_timeout_s: float = 15.0,
        compression: Compression = Compression.LZ4,
    ) -> None:
        self._producer = BatchProducer(
            bootstrap_servers, ack_timeout_s=ack_timeout_s, compression=compression
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.drop()

    async def publish(self, rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        """Store the rows durably, in order for each key; return those that were rejected."""
        try:
            publication = await self._producer.placed(rows)
            while not await self._producer.send(publication):
                await self._producer.drop()
        except BaseException:
            # What is under way may still be stored. Rows that are published again go through a
            # new producer, so that the order within a key holds among them.
            await self._producer.drop()
            raise
        return publication.rejections.in_order()

"""Publishes through librdkafka."""

import asyncio
from collections.abc import Sequence
from typing import Self

from confluent_kafka import KafkaException

from ledgerlane_outbox.store import OutboxRow
from producers.errors import BrokerUnavailable
from producers.publisher import Rejection, Rejections
from producers.publishers.sender import Sender, lasting


class ConfluentPublisher:
    """Publishes through librdkafka.

    Args:
        ack_timeout_s: The time in seconds for which Kafka may acknowledge nothing before it
            counts as away.
    """

    def __init__(self, bootstrap_servers: str, *, ack_timeout_s: float = 15.0) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._ack_timeout_s = ack_timeout_s
        self._sender: Sender | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._drop()

    async def publish(self, rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        """Store the rows durably, in order for each key; return those that were rejected."""
        if self._sender is None:
            self._sender = Sender(self._bootstrap_servers, ack_timeout_s=self._ack_timeout_s)
        rejections = Rejections()
        try:
            await self._sender.send(rows, rejections)
            await _examine(self._sender, rows, rejections)
        except BaseException as exc:
            await self._drop()
            if isinstance(exc, KafkaException):
                raise BrokerUnavailable(str(exc)) from exc
            raise
        return rejections.in_order()

    async def _drop(self) -> None:
        # What is under way may still be stored. Rows that are published again go through a new
        # producer, so that the order within a key holds among them.
        sender, self._sender = self._sender, None
        if sender:
            await asyncio.to_thread(sender.drop)


async def _examine(sender: Sender, rows: Sequence[OutboxRow], rejections: Rejections) -> None:
    """Reject the rows that the broker refused."""
    # A broker refuses a batch as a whole, and a refusal names only the key. So each row of
    # those keys is sent again alone.
    suspects = {refusal.key for refusal in sender.refusals}
    for index, row in enumerate(rows):
        key = (row[1], row[2])
        if key not in suspects or rejections.blocks(index, key):
            continue
        alone = Rejections()
        await sender.send([row], alone)
        for refusal in sender.refusals:
            alone.add(0, key, lasting(refusal.error))
        for rejection in alone.in_order():
            rejections.add(index, key, rejection.reason)

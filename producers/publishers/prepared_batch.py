"""What of aiokafka's inside the publishers rely on; nothing else of them does.

aiokafka's public `send_batch` takes a batch that its `create_batch` made and `append` filled,
record by record. Ours are encoded already: :class:`PreparedBatch` answers what aiokafka asks of
such a batch. The way back is to fill theirs instead, which needs nothing of this module but
:func:`abandon`; what it costs is in `docs/adr/0021-record-batches.md`. `test_prepared_batch.py`
fails if a release of aiokafka asks for anything else.
"""

import asyncio
import time
from typing import Any, Final

from aiokafka import AIOKafkaProducer, errors as kafka_errors
from aiokafka.errors import BrokerResponseError, InvalidProducerEpoch

from producers.publishers.record_batches import Compression, ProducerState, seal_batch

_LONGEST_END_S: Final = 1.0
_LOOK_AGAIN_S: Final = 0.02


class InvalidRecord(BrokerResponseError):  # type: ignore[misc] # aiokafka is untyped
    """A broker refused a batch for what is in it."""

    errno = 87
    message = "INVALID_RECORD"
    description = "A record does not meet what its topic demands."


# aiokafka knows neither code, and would call both an unknown error: a record that a broker will
# never take would be sent for ever, and a producer that is fenced off would not know it.
kafka_errors.kafka_errors.setdefault(InvalidRecord.errno, InvalidRecord)
kafka_errors.kafka_errors.setdefault(90, InvalidProducerEpoch)


class PreparedBatch:
    """A batch whose records are encoded and compressed: what aiokafka asks of one.

    Args:
        records: The records, compressed.
        count: Their number.
        timestamp_ms: The time that all of them have, in milliseconds since the epoch.
    """

    def __init__(
        self,
        records: bytes,
        count: int,
        *,
        compression: Compression,
        timestamp_ms: int,
        transactional: bool,
    ) -> None:
        self._records = records
        self._count = count
        self._compression = compression
        self._timestamp_ms = timestamp_ms
        self._transactional = transactional
        self._producer = ProducerState()
        self._sealed: bytes | None = None

    def closed(self) -> bool:
        """Return that no record can be added, so that aiokafka does not wait for more."""
        return True

    def close(self) -> None:
        """Do nothing: it is closed."""

    def record_count(self) -> int:
        """Return the number of records, by which the sequence of the partition moves."""
        return self._count

    def _set_producer_state(
        self, producer_id: int, producer_epoch: int, base_sequence: int
    ) -> None:
        """Take the numbers of the first sending; aiokafka sends the same bytes again."""
        self._producer = ProducerState(producer_id, producer_epoch, base_sequence)
        self._sealed = None

    def _build(self) -> bytes:
        """Return the batch as it goes to the broker."""
        if self._sealed is None:
            self._sealed = seal_batch(
                self._records,
                self._count,
                compression=self._compression,
                timestamp_ms=self._timestamp_ms,
                producer=self._producer,
                transactional=self._transactional,
            )
        return self._sealed


async def abandon(producer: AIOKafkaProducer) -> None:
    """End a producer without waiting for what is under way, which may be stored or not.

    aiokafka's own `stop` waits for all acknowledgements, for ever if no broker answers. Whoever
    is cancelled while it waits for this leaves the rest to be done behind it.
    """
    # First the task that sends, so that nothing is sent again once the connections are cut.
    producer._closed = True
    if (sender := producer._sender.sender_task) is not None:
        sender.cancel()
    # In a task of its own: `close` would take our cancellation for that of a task of its own.
    ending = asyncio.ensure_future(_end(producer, sender))
    _ENDING.add(ending)
    ending.add_done_callback(_ENDING.discard)
    await asyncio.shield(ending)


_ENDING: Final[set[asyncio.Future[None]]] = set()
"""What ends producers now: the loop itself keeps no task alive."""


async def _end(producer: AIOKafkaProducer, sender: asyncio.Task[Any] | None) -> None:
    await producer.client.close()
    # Each request that is under way asks for new metadata before it ends, which no one fetches
    # any more.
    deadline = time.monotonic() + _LONGEST_END_S
    while sender is not None and not sender.done() and time.monotonic() < deadline:
        update: asyncio.Future[bool] | None = producer.client._md_update_fut
        if update is not None and not update.done():
            update.set_result(False)
        await asyncio.wait({sender}, timeout=_LOOK_AGAIN_S)
    # asyncio would log an error that nobody has looked at: that of the task, that with which a
    # transaction ended, and those of batches that were still to be sent.
    numbers, waiting = producer._txn_manager, producer._message_accumulator._batches
    unseen = [sender, numbers and numbers._transaction_waiter]
    unseen += [batch._drain_waiter for batches in waiting.values() for batch in batches]
    for ended in unseen:
        if ended is not None and ended.done() and not ended.cancelled():
            ended.exception()
    if sender is not None and not sender.done():
        sender.cancel()

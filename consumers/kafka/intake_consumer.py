"""Feeds intake from the platform's events, sends the signals, and commits behind both."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from consumers.intake.events import Reading
from consumers.intake.platform_events import Intake
from consumers.kafka.membership import BATCH, POLL_MS, TROUBLE_PAUSE_S, Membership, received
from consumers.kafka.signal_producer import SignalPublisher
from schemas.topics import PLATFORM_EVENTS

log: Final = structlog.get_logger("broker")


@dataclass(frozen=True, slots=True)
class Batch:
    """Events that were fetched and read, and are to be stored.

    Attributes:
        readings: What reading each of them led to.
        offsets: The next offset of each partition that they came from.
    """

    readings: Sequence[Reading] = ()
    offsets: Mapping[TopicPartition, int] = field(default_factory=dict)


class IntakeConsumer:
    """Takes batches of platform events through intake, each as often as it takes.

    A batch is stored, then signalled, then committed, and a crash between two of these steps
    repeats all of them: intake changes nothing for what it has stored already. While the
    database stores a batch, the next one is fetched and read, and waits until the one before is
    committed.

    Args:
        crash_point: Called with the name of each point between two steps.
    """

    def __init__(
        self,
        membership: Membership,
        intake: Intake,
        signals: SignalPublisher,
        *,
        crash_point: Callable[[str], None],
    ) -> None:
        self._membership = membership
        self._intake = intake
        self._signals = signals
        self._crash_point = crash_point

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until ``stop``; what was fetched and not stored is left to the next one."""
        async with self._membership.consumer() as consumer:
            consumer.subscribe([PLATFORM_EVENTS])
            batch = Batch()
            while not stop.is_set():
                async with asyncio.TaskGroup() as both:
                    coming = both.create_task(self._next_batch(consumer))
                    await self._take_batch(consumer, batch, stop)
                batch = coming.result()

    async def _next_batch(self, consumer: AIOKafkaConsumer) -> Batch:
        """Fetch and read a batch; it is empty if nothing came, or the broker is in trouble."""
        try:
            found = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
        except KafkaError as exc:
            await self._wait_for_broker(exc)
            return Batch()
        records = [received(record) for part in found.values() for record in part]
        offsets = {tp: part[-1].offset + 1 for tp, part in found.items()}
        return Batch(await self._intake.read(records), offsets)

    async def _take_batch(
        self, consumer: AIOKafkaConsumer, batch: Batch, stop: asyncio.Event
    ) -> None:
        # Committed last, and by the offsets of this very batch: where the process dies before,
        # its successor reads the batch again. Committed first, the events would be lost.
        if batch.readings and await self._handled(batch.readings, stop):
            await self._commit(consumer, batch)

    async def _commit(self, consumer: AIOKafkaConsumer, batch: Batch) -> None:
        try:
            await consumer.commit(batch.offsets)
        except KafkaError as exc:
            await self._wait_for_broker(exc)

    async def _wait_for_broker(self, trouble: KafkaError) -> None:
        log.warning("intake.broker_trouble", error=repr(trouble))
        await asyncio.sleep(TROUBLE_PAUSE_S)

    async def _handled(self, found: Sequence[Reading], stop: asyncio.Event) -> bool:
        """Handle a batch; return ``False`` when stopped before that succeeded.

        A failure is that of the database or the broker, as events that can't be read become
        dead letters. So the batch is tried again for as long as it lasts.
        """
        while not stop.is_set():
            try:
                self._crash_point("after_poll_before_accept")
                signals = await self._intake.store(found)
                self._crash_point("after_accept_before_send")
                await self._signals.send(signals)
                self._crash_point("after_send_before_commit")
            except Exception as exc:
                log.exception("intake.trouble", error=repr(exc), events=len(found))
                await asyncio.sleep(TROUBLE_PAUSE_S)
            else:
                return True
        return False

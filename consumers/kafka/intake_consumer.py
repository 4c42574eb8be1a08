"""Feeds intake from the platform's events, sends the signals, and commits behind both."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from consumers.intake.events import Received
from consumers.intake.platform_events import Intake
from consumers.kafka.membership import BATCH, POLL_MS, TROUBLE_PAUSE_S, Membership, received
from consumers.kafka.signal_producer import SignalPublisher
from schemas.topics import PLATFORM_EVENTS

log: Final = structlog.get_logger("broker")


class IntakeConsumer:
    """Takes batches of platform events through intake, each as often as it takes.

    A batch is stored, then signalled, then committed, and a crash between two of these steps
    repeats all of them: intake changes nothing for what it has stored already.

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
        """Consume until ``stop``."""
        async with self._membership.consumer() as consumer:
            consumer.subscribe([PLATFORM_EVENTS])
            while not stop.is_set():
                try:
                    await self._take_batch(consumer, stop)
                except KafkaError as exc:
                    log.warning("intake.broker_trouble", error=repr(exc))
                    await asyncio.sleep(TROUBLE_PAUSE_S)

    async def _take_batch(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> None:
        batches = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
        found = [received(record) for part in batches.values() for record in part]
        # Committed last, and by the offsets of this very batch: where the process dies before,
        # its successor reads the batch again. Committed first, the events would be lost.
        if found and await self._handled(found, stop):
            await consumer.commit({tp: part[-1].offset + 1 for tp, part in batches.items()})

    async def _handled(self, found: Sequence[Received], stop: asyncio.Event) -> bool:
        """Handle a batch; return ``False`` when stopped before that succeeded.

        A failure is that of the database or the broker, as events that can't be read become
        dead letters. So the batch is tried again for as long as it lasts.
        """
        while not stop.is_set():
            try:
                self._crash_point("after_poll_before_accept")
                signals = await self._intake.accept(found)
                self._crash_point("after_accept_before_send")
                await self._signals.send(signals)
                self._crash_point("after_send_before_commit")
            except Exception as exc:
                log.exception("intake.trouble", error=repr(exc), events=len(found))
                await asyncio.sleep(TROUBLE_PAUSE_S)
            else:
                return True
        return False

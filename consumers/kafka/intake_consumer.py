"""Feeds intake from the platform's events, sends the signals, and commits behind both."""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from consumers.intake.platform_events import Intake, Received
from consumers.kafka.membership import BATCH, POLL_MS, TROUBLE_PAUSE_S, Membership, received
from consumers.kafka.signal_producer import SignalPublisher
from schemas.topics import PLATFORM_EVENTS

log: Final = structlog.get_logger("broker")


class IntakeConsumer:
    """Feeds intake, sends the signals, and commits behind both."""

    def __init__(
        self, membership: Membership, intake: Intake, signals: SignalPublisher
    ) -> None:
        self._membership = membership
        self._intake = intake
        self._signals = signals

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until ``stop``. A batch that can't be handled is handled again."""
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
        if found and await self._handled(found, stop):
            await consumer.commit({tp: part[-1].offset + 1 for tp, part in batches.items()})

    async def _handled(self, found: Sequence[Received], stop: asyncio.Event) -> bool:
        """Handle a batch, as often as it takes; ``False`` when stopped before that."""
        while not stop.is_set():
            try:
                await self._signals.send(await self._intake.accept(found))
            except Exception as exc:
                log.exception("intake.trouble", error=repr(exc), events=len(found))
                await asyncio.sleep(TROUBLE_PAUSE_S)
            else:
                return True
        return False

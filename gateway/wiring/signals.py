"""Kafka as the use cases write to it: signals, and events that are replayed."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, Protocol, TypeVar

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError

from consumers.kafka.signal_producer import SignalPublisher
from gateway.config.settings import Settings
from gateway.errors import BrokerUnreachable
from schemas.topics import PLATFORM_EVENTS

# What one batch of intake has for one partition goes out as one batch of the client.
BATCH_BYTES: Final = 256 * 1024


class Client(Protocol):
    """A client of Kafka that is started and stopped."""

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Send what waits, and disconnect."""


Started = TypeVar("Started", bound=Client)


class KafkaEvents:
    """Puts events of dead letters on the platform's topic again."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def repeat(self, letter: Mapping[str, Any]) -> None:
        """Store the event of a dead letter as it came.

        Raises:
            KafkaError: the event may or may not be stored; a repeat does no harm.
        """
        await self._producer.send_and_wait(
            PLATFORM_EVENTS,
            letter["original_value"],
            key=letter["tenant_id"].encode(),
            headers=[(name, text.encode()) for name, text in letter["original_headers"]],
        )


@asynccontextmanager
async def open_producer(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """Yield an idempotent producer, acknowledged by all in-sync replicas; close it at the end.

    An error of the body goes on as it is.

    Raises:
        BrokerUnreachable: no broker answers when the producer is opened or closed.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=2,
        max_batch_size=BATCH_BYTES,
    )
    async with started(producer, settings):
        yield producer


@asynccontextmanager
async def started(client: Started, settings: Settings) -> AsyncIterator[Started]:
    """Yield a client between its start and its end, which comes also where the start fails.

    An error of the body goes on as it is.

    Raises:
        BrokerUnreachable: no broker answers at the start or at the end.
    """
    try:
        with _refused(settings, KafkaError):
            await client.start()
        yield client
    finally:
        with _refused(settings, KafkaError):
            await client.stop()


@contextmanager
def broker_needed(settings: Settings) -> Iterator[None]:
    """Raise a refusal where the body finds no broker; its other errors go on as they are.

    Raises:
        BrokerUnreachable: no broker answers.
    """
    with _refused(settings, KafkaConnectionError):
        yield


@contextmanager
def _refused(settings: Settings, failure: type[KafkaError]) -> Iterator[None]:
    """Raise a refusal in place of a client's error."""
    try:
        yield
    except failure as exc:
        raise BrokerUnreachable(
            f"no Kafka broker answers at {settings.kafka_bootstrap}: {type(exc).__name__}"
        ) from exc


@asynccontextmanager
async def open_signals(settings: Settings) -> AsyncIterator[SignalPublisher]:
    """Yield a publisher of signals, and close it at the end.

    Raises:
        BrokerUnreachable: no broker answers when the publisher is opened or closed.
    """
    async with open_producer(settings) as producer:
        yield SignalPublisher(producer)

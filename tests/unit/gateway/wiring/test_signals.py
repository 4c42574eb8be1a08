"""The producer as commands and workers open it: whose errors become a refusal."""

from collections.abc import Iterator

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError

from gateway.config.settings import Settings
from gateway.errors import BrokerUnreachable
from gateway.wiring.signals import broker_needed, started
from tests.fakes.environment import environment


class Producer:
    """A client of Kafka whose start or end fails as told."""

    fails_at_start = False
    fails_at_end = False
    stopped = 0

    async def start(self) -> None:
        if self.fails_at_start:
            raise KafkaConnectionError("nothing listens")

    async def stop(self) -> None:
        self.stopped += 1
        if self.fails_at_end:
            raise KafkaConnectionError("went away")


@pytest.fixture
def producer() -> Iterator[Producer]:
    made = Producer()
    yield made
    assert made.stopped == 1


def settings() -> Settings:
    return Settings.from_environ(environment(KAFKA_BOOTSTRAP="broker:9"))


async def test_a_broker_that_is_away_at_the_start_is_a_refusal(producer: Producer) -> None:
    producer.fails_at_start = True
    with pytest.raises(BrokerUnreachable, match=r"no Kafka broker answers at broker:9"):
        async with started(producer, settings()):
            pass


async def test_a_broker_that_is_away_at_the_end_is_a_refusal(producer: Producer) -> None:
    producer.fails_at_end = True
    with pytest.raises(BrokerUnreachable, match=r"no Kafka broker answers at broker:9"):
        async with started(producer, settings()):
            pass


async def test_an_error_of_kafka_in_the_body_goes_on_as_it_is(producer: Producer) -> None:
    with pytest.raises(KafkaTimeoutError, match="the body's"):
        async with started(producer, settings()):
            raise KafkaTimeoutError("the body's")


def test_a_body_that_finds_no_broker_is_refused_and_its_other_errors_go_on() -> None:
    unreachable = pytest.raises(BrokerUnreachable, match="no Kafka broker answers at broker:9")
    with unreachable, broker_needed(settings()):
        raise KafkaConnectionError("nothing listens")
    with pytest.raises(KafkaTimeoutError, match="the body's"), broker_needed(settings()):
        raise KafkaTimeoutError("the body's")

"""The simulation's log and consumer group pass the contract of Kafka, on virtual time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import pytest

from consumers.kafka.signal_producer import partition_of
from consumers.sync.realm_lanes import realm_lanes
from providers.qbo.provider import QBO
from schemas.signal import Signal
from tests.contracts.consumer_group import ConsumerGroupContract
from tests.simulation.faults import Weather
from tests.simulation.group import Group, Member
from tests.simulation.log import Log, Publisher
from tests.simulation.process import Process
from tests.simulation.trace import Trace


@dataclass
class SimulatedPlace:
    topics: Sequence[str] = realm_lanes(QBO).topics[:2]
    random: Random = field(default_factory=lambda: Random(7))  # noqa: S311 - no secret

    def __post_init__(self) -> None:
        calm = Weather(self.random, failing=0.0, slow=0.0)
        self.log = Log(self.random, calm)
        self.group = Group(self.log, committed=_nothing, delivered=_nothing)

    def consumer(self) -> Member:
        return Member(self.group, self._process("member"))

    async def send(self, signals: Sequence[Signal]) -> None:
        publisher = Publisher(self.log, self._process("sender"), sent=_nothing)
        await publisher.send([(self.topics[0], one) for one in signals])

    def _process(self, name: str) -> Process:
        return Process(name, self.random, Trace(), slow=0.3, step_s=0.01)


class TestSimulatedGroup(ConsumerGroupContract):
    @pytest.fixture
    def place(self) -> SimulatedPlace:
        return SimulatedPlace()


async def test_a_partition_is_chosen_as_kafka_does() -> None:
    place = SimulatedPlace()
    entry = place.log.append("qbo.work", "t1:r1", b"")
    assert entry.partition == partition_of("t1:r1")


def _nothing(*_: object) -> None:
    """See nothing."""

"""A log as Kafka keeps it: topics, partitions, offsets. Each partition has its own delays."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from aiokafka.errors import KafkaConnectionError

from consumers.kafka.signal_producer import partition_of
from schemas.signal import Signal
from schemas.topics import PROVIDER_PARTITIONS
from tests.simulation.faults import Weather
from tests.simulation.process import Process

Partition = tuple[str, int]
Header = tuple[str, bytes]

LATE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of one partition.

    Attributes:
        visible_at: When it can be read, in seconds.
    """

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Sequence[Header]
    visible_at: float


class Log:
    """Everything that was ever sent. A send is repeated at times, as by a producer's retry."""

    def __init__(self, random: Random, weather: Weather) -> None:
        self._random = random
        self._weather = weather
        self._partitions: defaultdict[Partition, list[Entry]] = defaultdict(list)
        self._changed = asyncio.Event()

    def append(
        self,
        topic: str,
        key: str,
        value: bytes,
        headers: Sequence[Header] = (),
        *,
        partitions: int = PROVIDER_PARTITIONS,
    ) -> Entry:
        """Store a record at the end of its partition."""
        place = (topic, partition_of(key, partitions))
        entries = self._partitions[place]
        late = self._random.uniform(0, 3) if self._random.random() < LATE else 0.0
        visible_at = asyncio.get_running_loop().time() + late
        if entries:
            visible_at = max(visible_at, entries[-1].visible_at)
        entry = Entry(*place, len(entries), key.encode(), value, headers, visible_at)
        entries.append(entry)
        self._changed.set()
        return entry

    def read(self, place: Partition, offset: int, limit: int) -> list[Entry]:
        """Return what can be read of a partition from an offset on."""
        entries = self._partitions.get(place, [])
        now = asyncio.get_running_loop().time()
        return [e for e in entries[offset : offset + limit] if e.visible_at <= now]

    def end(self, place: Partition) -> int:
        """Return the offset that the next record of a partition will have."""
        return len(self._partitions.get(place, []))

    def written(self) -> list[Partition]:
        """Name the partitions that have records."""
        return list(self._partitions)

    def signals(self, place: Partition, first: int, last: int) -> list[Signal]:
        """Return the signals of a partition from one offset to before another."""
        return [Signal.from_bytes(e.value) for e in self._partitions[place][first:last]]

    async def changed(self, within_s: float) -> None:
        """Wait until something was stored, at most so long."""
        self._changed.clear()
        try:
            async with asyncio.timeout(within_s):
                await self._changed.wait()
        except TimeoutError:
            return

    def refuses_commit(self) -> bool:
        """Whether this commit of offsets is refused."""
        return self._weather.refuses_commit()

    def away(self) -> bool:
        """Whether no broker answers now."""
        return self._weather.broker_away()

    def check(self) -> None:
        """Be out of reach at times.

        Raises:
            KafkaConnectionError: no broker answers.
        """
        if self.away():
            raise KafkaConnectionError("no broker answers")


class Publisher:
    """Sends signals, as :class:`consumers.kafka.signal_producer.SignalPublisher` does.

    Args:
        sent: Told of each signal.
    """

    def __init__(
        self, log: Log, process: Process, *, sent: Callable[[str, Signal], None]
    ) -> None:
        self._log = log
        self._process = process
        self._sent = sent

    async def send(
        self,
        signals: Sequence[tuple[str, Signal]],
        *,
        partitions: int = PROVIDER_PARTITIONS,
    ) -> None:
        """Store each signal on the topic beside it; some twice."""
        for topic, signal in signals:
            await self._process.step(f"send {topic} {signal.record_id} v{signal.version}")
            self._log.check()
            self._sent(topic, signal)
            self._log.append(topic, signal.key, signal.to_bytes(), partitions=partitions)
            if self._process.random.random() < LATE:
                self._log.append(topic, signal.key, signal.to_bytes(), partitions=partitions)
            await self._process.step("sent")

"""Records in the order of their keys with 5 ms of work each, on real Kafka: ours and others.

Every consumer is a process of its own with the same number of slots, and reads a topic of 12
partitions. A rate is that of a burst, sent at once to a consumer that is warm: from its first
record's sending to its last one's completion. Latencies are of records sent in regular
intervals, whatever the consumer does, from the time that was intended for each.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Final

import psutil
from aiokafka.admin import AIOKafkaAdminClient

from consumers.sync.realm_lanes import realm_lanes
from gateway.embedded.kafka import Kafka
from gateway.embedded.managed_process import ManagedProcess
from gateway.embedded.run import Run, open_run
from gateway.runtime.broker import apply_topics
from providers.qbo.provider import QBO
from schemas.ids import ProviderName
from schemas.topics import catalogue
from tests.benchmarks.lanes.competitors import Program
from tests.benchmarks.lanes.completions import DONE, WARM, read
from tests.benchmarks.lanes.load import Load, even, send

WORK_MS: Final = 5
WARM_RECORDS: Final = 2_000
WARM_PER_S: Final = 1_000.0
PATIENCE_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Told:
    """What a consumer did with a load.

    Attributes:
        per_s: Records, from the first one's sending to the last one's completion.
        cpu_us: Processor time of the consumer for each record.
        delays_ms: From the intended time to the completion of each record.
    """

    per_s: float
    cpu_us: float
    delays_ms: Sequence[float]


@dataclass
class Track:
    """Where consumers are measured: a broker, and how many slots each has."""

    run: Run
    bootstrap: str
    slots: int
    _numbers: "count[int]"

    async def measure(self, program: Program, keys: Sequence[int], per_s: float) -> Told:
        """Start a consumer, warm it up, and give it a load.

        Raises:
            AssertionError: it lost or repeated a record, or broke the order of a key.
        """
        warm = Load(0, even(WARM_RECORDS, WARM_RECORDS), WARM_PER_S)
        load = Load(WARM_RECORDS, keys, per_s, own_records=not program.supersedes)
        name = ProviderName(f"lanes{next(self._numbers)}")
        async with self._topics(name), self._started(program, name, load) as child:
            await asyncio.to_thread(send, self.bootstrap, name, warm)
            await child.until(lambda: child.logged(WARM), within_s=PATIENCE_S)
            before_s = _cpu_s(child)
            due = await asyncio.to_thread(send, self.bootstrap, name, load)
            await child.until(lambda: child.logged(DONE), within_s=PATIENCE_S)
            cpu_s = _cpu_s(child) - before_s
        return told(load, due, read(self._file(name)), cpu_s)

    @asynccontextmanager
    async def _topics(self, name: ProviderName) -> AsyncIterator[None]:
        ours = realm_lanes(replace(QBO, name=name)).topics
        wanted = [one for one in catalogue((name,)) if one.name in ours]
        await apply_topics(self.bootstrap, wanted)
        yield
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        await admin.delete_topics([one.name for one in wanted])
        await admin.close()

    @asynccontextmanager
    async def _started(
        self, program: Program, name: ProviderName, load: Load
    ) -> AsyncIterator[ManagedProcess]:
        total = WARM_RECORDS + len(load.keys)
        places = (self.bootstrap, name, str(self._file(name)))
        numbers = (str(n) for n in (WARM_RECORDS, total, self.slots, WORK_MS))
        child = ManagedProcess(self.run, name, (*program.command, *places, *numbers))
        await child.start()
        try:
            yield child
        finally:
            await child.stop()

    def _file(self, name: ProviderName) -> Path:
        return self.run.data / name


@asynccontextmanager
async def open_track(slots: int) -> AsyncIterator[Track]:
    """Have a broker to measure at."""
    async with open_run() as run:
        kafka = Kafka(run)
        await kafka.start()
        try:
            yield Track(run, kafka.bootstrap, slots, count())
        finally:
            await kafka.stop()


def _cpu_s(child: ManagedProcess) -> float:
    spent = psutil.Process(child.pid).cpu_times()
    return float(spent.user + spent.system)


def told(
    load: Load, due: Sequence[float], completed: Sequence[tuple[int, float]], cpu_s: float
) -> Told:
    """Return what a consumer did with a load.

    Raises:
        AssertionError: as :meth:`Track.measure`.
    """
    ours = [(number - load.first, at) for number, at in completed if number >= load.first]
    _check(load, [number for number, _ in ours])
    delays_ms = [(at - due[number]) * 1000 for number, at in ours]
    took_s = max(at for _, at in ours) - due[0]
    return Told(len(ours) / took_s, cpu_s / len(ours) * 1e6, delays_ms)


def _check(load: Load, numbers: Sequence[int]) -> None:
    assert sorted(numbers) == list(range(len(load.keys))), "each record once"
    by_key = defaultdict(list)
    for number in numbers:
        by_key[load.keys[number]].append(number)
    assert all(each == sorted(each) for each in by_key.values()), "in the order of its key"

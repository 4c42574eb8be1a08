"""A consumer group with eager rebalances, and its members as aiokafka's consumer behaves."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from consumers.kafka.membership import Membership
from schemas.topics import PROVIDER_PARTITIONS
from tests.simulation.log import Entry, Log, Partition
from tests.simulation.process import Process

SESSION_S: Final = 10.0
HEARTBEAT_S: Final = 2.0
RETRY_S: Final = 0.1

Committed = Callable[[Process, Partition, int, int], None]
Delivered = Callable[[Process, Entry], None]


class Group:
    """Who owns what, and what is committed.

    Args:
        committed: Told of every commit: by whom, of what, from which offset to which.
        delivered: Told of every record that a member is given.
    """

    def __init__(self, log: Log, *, committed: Committed, delivered: Delivered) -> None:
        self.log = log
        self.on_delivery = delivered
        self.offsets: defaultdict[Partition, int] = defaultdict(int)
        self.on_commit = committed
        self._members: list[Member] = []
        self._joining: dict[Member, asyncio.Future[list[TopicPartition]]] = {}

    def enter(self, member: "Member") -> None:
        """Take a member in; everybody joins anew."""
        self._members.append(member)
        self._rebalance()

    def leave(self, member: "Member") -> None:
        """Let a member go, at once or because it was not heard of for long."""
        if member in self._members:
            self._members.remove(member)
            self._joining.pop(member, None)
            self._rebalance()

    def has(self, member: "Member") -> bool:
        """Whether a member still belongs to the group."""
        return member in self._members

    async def join(self, member: "Member") -> list[TopicPartition]:
        """Wait for all others, and give what is assigned."""
        if member not in self._members:
            self.enter(member)
        future: asyncio.Future[list[TopicPartition]] = asyncio.Future()
        self._joining[member] = future
        self._complete()
        return await future

    def _rebalance(self) -> None:
        for member in self._members:
            member.rejoin.set()
        self._complete()

    def _complete(self) -> None:
        """Assign, once all members wait for it: ranges, alike for every topic."""
        if not self._members or any(m not in self._joining for m in self._members):
            return
        for n, member in enumerate(self._members):
            first = n * PROVIDER_PARTITIONS // len(self._members)
            last = (n + 1) * PROVIDER_PARTITIONS // len(self._members)
            found = [TopicPartition(t, p) for t in member.topics for p in range(first, last)]
            member.rejoin.clear()
            future = self._joining.pop(member)
            if not future.done():
                future.set_result(found)


class Member:
    """One consumer, with the methods of `AIOKafkaConsumer` that the doors use."""

    def __init__(self, group: Group, process: Process) -> None:
        self.topics: Sequence[str] = ()
        self.rejoin = asyncio.Event()
        self._group = group
        self._process = process
        self._listener: ConsumerRebalanceListener | None = None
        self._assigned: list[TopicPartition] = []
        self._positions: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # -- what the doors call ---------------------------------------------------------------

    def subscribe(
        self, topics: Sequence[str], listener: ConsumerRebalanceListener | None = None
    ) -> None:
        self.topics, self._listener = topics, listener

    async def start(self) -> None:
        await self._process.step("start consumer")
        self._group.enter(self)
        self._task = asyncio.ensure_future(self._coordinate())

    async def stop(self) -> None:
        """Leave the group; a process that was killed is missed only later."""
        if self._task is not None:
            self._task.cancel()
        if self._process.alive:
            self._group.leave(self)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(SESSION_S, self._group.leave, self)

    async def __aenter__(self) -> "Member":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    def assignment(self) -> list[TopicPartition]:
        return self._assigned

    def partitions_for_topic(self, topic: str) -> set[int]:
        return set(range(PROVIDER_PARTITIONS))

    def pause(self, partition: TopicPartition) -> None:
        self._paused.add(partition)

    def resume(self, partition: TopicPartition) -> None:
        self._paused.discard(partition)

    async def getmany(
        self, *, timeout_ms: int, max_records: int
    ) -> Mapping[TopicPartition, list[Entry]]:
        if self._task is None:
            await self.start()
        await self._process.step("poll")
        await self._ready.wait()
        self._group.log.check()
        found = self._fetch(max_records)
        if not found:
            await self._group.log.changed(self._process.random.uniform(1, 5) * timeout_ms / 1e3)
            self._process.check()
            await self._ready.wait()
            found = self._fetch(max_records)
        return found

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        await self._process.step(f"commit {_shown(offsets)}")
        while self._group.log.away():
            await self._process.sleep(RETRY_S)
        if self._group.log.refuses_commit():
            self._process.note("is thrown out of the group")
            self._process.thrown_out = True
            self._group.leave(self)
            self.rejoin.set()
        if not self._group.has(self):
            raise CommitFailedError
        for partition, offset in offsets.items():
            if partition not in self._assigned:
                raise IllegalStateError(f"{partition} is not assigned")
            place = tuple(partition)
            self._group.on_commit(self._process, place, self._group.offsets[place], offset)
            self._group.offsets[place] = offset
        await self._process.step("committed")

    # -- membership --------------------------------------------------------------------------

    async def _coordinate(self) -> None:
        """Join whenever the group says so, as aiokafka's coordinator does beside the polls."""
        while True:
            await self.rejoin.wait()
            await self._process.sleep(self._process.random.uniform(0, HEARTBEAT_S))
            self._ready.clear()
            revoked, self._paused = list(self._assigned), set()
            await self._tell("on_partitions_revoked", revoked)
            self._assigned = await self._group.join(self)
            self._process.check()
            self._process.thrown_out = False
            self._positions = {tp: self._group.offsets[tuple(tp)] for tp in self._assigned}
            await self._tell("on_partitions_assigned", self._assigned)
            self._ready.set()

    async def _tell(self, what: str, partitions: list[TopicPartition]) -> None:
        if self._listener is None:
            return
        numbers = sorted({tp.partition for tp in partitions})
        await self._process.step(f"{what} {numbers}")
        try:
            await getattr(self._listener, what)(partitions)
        except (KafkaError, OSError) as exc:
            self._process.note(f"{what} failed: {exc!r}")

    def _fetch(self, limit: int) -> dict[TopicPartition, list[Entry]]:
        found: dict[TopicPartition, list[Entry]] = {}
        for partition, position in self._positions.items():
            if partition in self._paused or position >= self._group.log.end(tuple(partition)):
                continue
            entries = self._group.log.read(tuple(partition), position, limit)
            if entries:
                found[partition] = entries
                self._positions[partition] = entries[-1].offset + 1
                for entry in entries:
                    self._group.on_delivery(self._process, entry)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedMembership(Membership):
    """Membership in a simulated group."""

    member: Callable[[], Member]

    def consumer(self) -> Any:
        return self.member()


def _shown(offsets: Mapping[TopicPartition, int]) -> str:
    return " ".join(f"{tp.topic}/{tp.partition}={offset}" for tp, offset in offsets.items())

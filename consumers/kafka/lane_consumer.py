"""Feeds the engine of one family of lanes from all its topics: batches in, offsets out."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
from aiokafka import (
    AIOKafkaConsumer,
    ConsumerRebalanceListener,
    ConsumerRecord,
    TopicPartition,
)
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from consumers.intake.events import Received
from consumers.kafka.membership import BATCH, POLL_MS, TROUBLE_PAUSE_S, Membership, received
from consumers.lanes.engine import Engine
from consumers.lanes.family import LaneFamily
from consumers.position import Position
from schemas.signal import MalformedSignal

log: Final = structlog.get_logger("broker")

COMMIT_EVERY_S: Final = 1.0
# Records in memory, over all lanes, above which nothing more is fetched.
RESIDENT_LIMIT: Final = 50_000
# Of one partition of a retry topic: arrival order is nearly due order there, so that what is
# still on the broker is due later than what is in memory.
DELAYED_LIMIT: Final = 2_000
# Seconds after which a former owner has left the group, and takes no lease any more.
RECLAIM_AFTER_S: Final = 15.0


class NotCopartitioned(Exception):
    """The topics that one worker consumes together are not partitioned alike."""


def copartitioned(assigned: Sequence[tuple[str, int]], topics: Sequence[str]) -> frozenset[int]:
    """Return the partition numbers that are assigned of every topic alike.

    Raises:
        NotCopartitioned: one topic's differ; the message names it.
    """
    by_topic = {t: frozenset(p for name, p in assigned if name == t) for t in topics}
    first = topics[0]
    for topic, partitions in by_topic.items():
        if partitions != by_topic[first]:
            raise NotCopartitioned(
                f"{first} has partitions {sorted(by_topic[first])} here but {topic} has "
                f"{sorted(partitions)}: give both the same partition count with "
                "`ledgerlane topics apply` and start the worker again"
            )
    return by_topic[first]


StoreMalformed = Callable[[Received, str], Awaitable[None]]
Assigned = Callable[[frozenset[int]], Awaitable[None]]


class LaneConsumer(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is untyped
    """Feeds the engine of one family from all its topics, and commits behind it.

    Args:
        assigned: Called with newly owned partitions before the engine works for them: it
            takes the leases.
        malformed: Called with a record that is no signal, and why; it stores a dead letter.
    """

    def __init__(
        self,
        membership: Membership,
        family: LaneFamily,
        engine: Engine,
        *,
        assigned: Assigned,
        malformed: StoreMalformed,
    ) -> None:
        self._membership = membership
        self._family = family
        self._topics = family.topics
        self._engine = engine
        self._assigned = assigned
        self._malformed = malformed
        self._failure: Exception | None = None
        self._committed: dict[tuple[str, int], int] = {}
        self._unclaimed: frozenset[int] = frozenset()
        self._changing_hands = asyncio.Lock()
        self._consumer: AIOKafkaConsumer = None

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until ``stop``; then commit and leave the group.

        Raises:
            NotCopartitioned: the topics must be corrected first.
        """
        self._consumer = self._membership.consumer()
        self._consumer.subscribe(list(self._topics), listener=self)
        await self._consumer.start()
        try:
            await self._consume(stop)
            await self.on_partitions_revoked(self._consumer.assignment())
        except NotCopartitioned:
            self._give_up_place()
            raise
        finally:
            await self._consumer.stop()

    def _give_up_place(self) -> None:
        """Leave the group at the end: a named worker would get this very assignment again.

        The broker keeps the assignment of a static member for the length of a session, also
        when the topics were corrected since, and each start begins the session anew (KIP-345).
        The client leaves only where it has no name, and offers no other way to leave.
        """
        self._consumer._coordinator._group_instance_id = None

    async def _consume(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        commit_at = loop.time() + COMMIT_EVERY_S
        while not stop.is_set():
            try:
                await self._take_batch()
                if loop.time() >= commit_at:
                    self._check_growth()
                    await self._commit()
                    await self._claim()
                    await self._reclaim()
                    commit_at = loop.time() + COMMIT_EVERY_S
            except KafkaError as exc:
                log.warning("broker.trouble", error=repr(exc))
                await asyncio.sleep(TROUBLE_PAUSE_S)
            if self._failure is not None:
                raise self._failure

    async def _take_batch(self) -> None:
        self._hold_back()
        batches = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
        for found in batches.values():
            for record in found:
                await self._take(record)

    async def _take(self, record: ConsumerRecord) -> None:
        position = Position(record.topic, record.partition, record.offset)
        try:
            signal = self._family.read_signal(record.value or b"")
        except MalformedSignal as exc:
            await self._store_malformed(record, str(exc))
            self._engine.skip(position)
            return
        self._engine.take(position, signal)

    async def _store_malformed(self, record: ConsumerRecord, why: str) -> None:
        """Store a record that is no signal, however long that takes: none is passed over."""
        while True:
            try:
                await self._malformed(received(record), why)
            except Exception as exc:
                log.exception("broker.malformed_not_stored", error=repr(exc))
                await asyncio.sleep(TROUBLE_PAUSE_S)
            else:
                return

    def _hold_back(self) -> None:
        """Fetch no more than this process wants to hold in memory.

        Retries that are not due hold up nothing but those behind them in their partition.
        """
        full = self._engine.resident > RESIDENT_LIMIT
        for place in self._consumer.assignment():
            waiting = self._engine.delayed_of(place.topic, place.partition)
            unclaimed = place.partition in self._unclaimed
            paused = full or unclaimed or waiting >= DELAYED_LIMIT
            (self._consumer.pause if paused else self._consumer.resume)(place)

    async def _claim(self) -> None:
        """Take the leases of what was assigned, and begin to work for it.

        While the database is away nothing is read for these partitions, and it is tried again.
        """
        async with self._changing_hands:
            if not self._unclaimed:
                return
            try:
                await self._assigned(self._unclaimed)
                await self._engine.assign(self._unclaimed)
            except Exception as exc:
                partitions = sorted(self._unclaimed)
                log.exception("broker.not_claimed", partitions=partitions, error=repr(exc))
            else:
                self._unclaimed = frozenset()

    async def _reclaim(self) -> None:
        """Take leases again that a former owner took late: the group says who owns what."""
        async with self._changing_hands:
            fenced = self._engine.fenced_for(RECLAIM_AFTER_S)
            mine = fenced & {place.partition for place in self._consumer.assignment()}
            if not mine:
                return
            try:
                await self._assigned(mine)
                await self._engine.assign(mine)
            except Exception as exc:
                log.exception("broker.not_reclaimed", partitions=sorted(mine), error=repr(exc))
            else:
                log.warning("broker.reclaimed", partitions=sorted(mine))

    async def _commit(self) -> None:
        """Commit what moved, of partitions that are still ours."""
        mine = {(tp.topic, tp.partition) for tp in self._consumer.assignment()}
        moved = {
            key: offset
            for key, offset in self._engine.committable().items()
            if key in mine and self._committed.get(key) != offset
        }
        if not moved:
            return
        try:
            await self._consumer.commit(
                {TopicPartition(*key): offset for key, offset in moved.items()}
            )
        except (CommitFailedError, IllegalStateError) as exc:
            log.warning("broker.commit_refused", error=repr(exc))
        else:
            self._committed |= moved

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Finish what is in flight, commit, forget."""
        partitions = frozenset(tp.partition for tp in revoked)
        if not partitions:
            return
        async with self._changing_hands:
            self._unclaimed -= partitions
            await self._engine.revoke(partitions)
            await self._commit()
            self._engine.forget(partitions)
        self._committed = {k: v for k, v in self._committed.items() if k[1] not in partitions}

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Check that the topics have the same partitions, then work for the new ones."""
        if not assigned:
            return
        try:
            partitions = copartitioned(
                [(tp.topic, tp.partition) for tp in assigned], self._topics
            )
            self._check_counts()
        except NotCopartitioned as exc:  # aiokafka would only log it
            self._failure = exc
            return
        log.info("broker.assigned", partitions=sorted(partitions))
        self._unclaimed = partitions
        self._hold_back()
        await self._claim()
        self._hold_back()

    def _check_counts(self) -> None:
        for topic in self._topics:
            if self._partitions_of(topic) != self._family.partitions:
                raise self._wrong_count(topic)

    def _check_growth(self) -> None:
        """Stop where a topic grew: the client misses that when it comes with an assignment.

        Only growth is looked for. A broker that has just started may not know a topic yet.
        """
        for topic in self._topics:
            if self._partitions_of(topic) > self._family.partitions:
                raise self._wrong_count(topic)

    def _partitions_of(self, topic: str) -> int:
        return len(self._consumer.partitions_for_topic(topic) or ())

    def _wrong_count(self, topic: str) -> NotCopartitioned:
        return NotCopartitioned(
            f"{topic} has {self._partitions_of(topic)} partitions, "
            f"not {self._family.partitions}: "
            "run `ledgerlane topics apply`, which says how to correct it"
        )

"""What consumers rely on of Kafka: a group's partitions, positions, commits, and the order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import pytest
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError

from consumers.kafka.signal_producer import partition_of
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RealmId, RecordId, TenantId
from schemas.signal import Signal
from schemas.topics import PROVIDER_PARTITIONS
from tests.eventually import eventually

PATIENCE_S = 60.0


class Place(Protocol):
    """Two topics of one provider that nobody has written to, and a group without members."""

    topics: Sequence[str]

    def consumer(self) -> Any:
        """Return a new consumer of the group, as `Membership.consumer` makes them."""

    async def send(self, signals: Sequence[Signal]) -> None:
        """Put signals on the first topic."""


def signal(n: int, realm: str = "r1") -> Signal:
    return Signal(
        record_id=RecordId(UUID(int=n)),
        connection_id=ConnectionId(UUID(int=1)),
        tenant_id=TenantId("t1"),
        realm_id=RealmId(realm),
        document_type=DocumentType.CUSTOMER,
        version=1,
    )


class Heard(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is untyped
    """What a member was told, in its order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, frozenset[TopicPartition]]] = []

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        if revoked:
            self.told.append(("revoked", frozenset(revoked)))

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        self.told.append(("assigned", frozenset(assigned)))


@dataclass
class Member:
    """A member that reads whatever it may.

    Attributes:
        read: The offsets and the signals of each partition, in the order in which they came.
    """

    consumer: Any
    heard: Heard = field(default_factory=Heard)
    read: dict[TopicPartition, list[tuple[int, Signal]]] = field(default_factory=dict)

    @property
    def numbers(self) -> dict[str, set[int]]:
        """The numbers of the partitions that it owns, by topic."""
        found: dict[str, set[int]] = {}
        for place in self.consumer.assignment():
            found.setdefault(place.topic, set()).add(place.partition)
        return found

    def records_of(self, place: TopicPartition) -> list[int]:
        """Return which records' signals came, a repeated one once."""
        return list(dict.fromkeys(s.record_id.int for _, s in self.read.get(place, ())))

    async def poll(self) -> None:
        """Read until cancelled."""
        while True:
            found = await self.consumer.getmany(timeout_ms=100, max_records=100)
            for place, records in found.items():
                kept = self.read.setdefault(place, [])
                kept += [(one.offset, Signal.from_bytes(one.value)) for one in records]


@asynccontextmanager
async def member_of(place: Place) -> AsyncIterator[Member]:
    """Yield a member that reads; it leaves the group at the end."""
    member = Member(place.consumer())
    member.consumer.subscribe(list(place.topics), listener=member.heard)
    await member.consumer.start()
    reading = asyncio.ensure_future(member.poll())
    try:
        yield member
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await member.consumer.stop()


async def shared_out(place: Place, *members: Member) -> None:
    """Wait until each member has some, and every partition of every topic one owner."""
    each = set(range(PROVIDER_PARTITIONS))

    async def done() -> bool:
        owned = [member.numbers for member in members]
        return all(owned) and all(
            set().union(*(one.get(topic, set()) for one in owned)) == each
            and sum(len(one.get(topic, ())) for one in owned) == len(each)
            for topic in place.topics
        )

    await eventually(done, within_s=PATIENCE_S)


async def was_told(member: Member, *what: str) -> None:
    """Wait until a member's listener was told this, and no more."""

    async def done() -> bool:
        return len(member.heard.told) >= len(what)

    await eventually(done, within_s=PATIENCE_S)
    assert [one for one, _ in member.heard.told] == list(what)


async def came(member: Member, place: TopicPartition, *records: int) -> None:
    """Wait until the signals of these records came, and no others."""

    async def all_there() -> bool:
        return len(member.records_of(place)) >= len(records)

    await eventually(all_there, within_s=PATIENCE_S)
    assert member.records_of(place) == list(records)


class ConsumerGroupContract:
    """Kafka and the simulation pass this; a subclass gives the fixture ``place``."""

    async def test_a_member_alone_has_every_partition_of_every_topic(
        self, place: Place
    ) -> None:
        async with member_of(place) as member:
            await shared_out(place, member)
            await was_told(member, "assigned")
            [(_, assigned)] = member.heard.told
            assert assigned == frozenset(member.consumer.assignment())

    async def test_two_members_share_the_partitions_alike_for_every_topic(
        self, place: Place
    ) -> None:
        async with member_of(place) as first:
            await shared_out(place, first)
            async with member_of(place) as second:
                await shared_out(place, first, second)
                for member in (first, second):
                    one, other = (member.numbers[topic] for topic in place.topics)
                    assert one == other
                    assert len(one) == PROVIDER_PARTITIONS // 2
                await was_told(first, "assigned", "revoked", "assigned")
            await shared_out(place, first)

    async def test_signals_of_a_realm_come_in_the_order_in_which_they_were_sent(
        self, place: Place
    ) -> None:
        where = TopicPartition(place.topics[0], partition_of(signal(0).key))
        async with member_of(place) as member:
            await shared_out(place, member)
            for n in range(10):
                await place.send([signal(n), signal(100 + n, realm="r2")])
            await came(member, where, *range(10))
            offsets = [offset for offset, _ in member.read[where]]
            assert offsets == list(range(len(offsets)))

    async def test_the_next_owner_begins_at_what_was_committed(self, place: Place) -> None:
        where = TopicPartition(place.topics[0], partition_of(signal(0).key))
        async with member_of(place) as first:
            await shared_out(place, first)
            await place.send([signal(n) for n in range(5)])
            await came(first, where, *range(5))
            third = next(o for o, s in first.read[where] if s.record_id.int == 3)
            await first.consumer.commit({where: third})
        async with member_of(place) as second:
            await shared_out(place, second)
            await came(second, where, 3, 4)

    async def test_what_belongs_to_another_is_not_committed(self, place: Place) -> None:
        async with member_of(place) as first, member_of(place) as second:
            await shared_out(place, first, second)
            [*_, foreign] = sorted(second.consumer.assignment())
            with pytest.raises(IllegalStateError):
                await first.consumer.commit({foreign: 7})

    async def test_a_paused_partition_waits_and_the_others_go_on(self, place: Place) -> None:
        paused, other = (
            TopicPartition(place.topics[0], partition_of(signal(0, realm).key))
            for realm in ("r1", "r2")
        )
        assert paused != other
        async with member_of(place) as member:
            await shared_out(place, member)
            member.consumer.pause(paused)
            await place.send([signal(1, "r1"), signal(2, "r2")])
            await came(member, other, 2)
            await place.send([signal(3, "r2")])
            await came(member, other, 2, 3)
            assert member.records_of(paused) == []
            member.consumer.resume(paused)
            await came(member, paused, 1)

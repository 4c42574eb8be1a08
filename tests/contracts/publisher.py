"""What every publisher promises."""

import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from ledgerlane_outbox.store import OutboxRow
from producers.publisher import Publisher
from tests.outbox_rows import a_row

HEADERS = {"ce_id": "1", "ce_type": "invoice.issued.v1", "ce_subject": "Rechnung/Zürich"}
TOO_LARGE = b"x" * 1_100_000


@dataclass(frozen=True)
class Stored:
    """A message as a consumer finds it."""

    partition: int
    key: str
    headers: dict[str, str]
    payload: bytes
    at_s: float = field(default=0.0, compare=False)
    """When the publisher handed it to its client, in seconds since the epoch."""


def row(topic: str, key: str, payload: bytes, headers: str = json.dumps(HEADERS)) -> OutboxRow:
    return a_row(seq=0, topic=topic, key=key, headers=headers, payload=payload, type=None)


class PublisherContract(ABC):
    """Every publisher passes this."""

    @pytest_asyncio.fixture
    @abstractmethod
    def publisher(self) -> AsyncIterator[Publisher]: ...

    @pytest_asyncio.fixture
    @abstractmethod
    def topic(self) -> AsyncIterator[str]:
        """A new topic with several partitions."""

    @abstractmethod
    async def stored(self, publisher: Publisher, topic: str) -> list[Stored]:
        """All messages of a topic, in order within each partition."""

    async def test_what_is_published_is_stored_when_it_returns(
        self, publisher: Publisher, topic: str
    ) -> None:
        assert not await publisher.publish([row(topic, "k", b'{"n":1}')])
        (found,) = await self.stored(publisher, topic)
        assert (found.key, found.headers, found.payload) == ("k", HEADERS, b'{"n":1}')

    async def test_nothing_to_publish_is_no_error(self, publisher: Publisher) -> None:
        assert not await publisher.publish([])

    async def test_keeps_the_order_of_each_key(self, publisher: Publisher, topic: str) -> None:
        rows = [row(topic, f"key-{n % 7}", b"%d" % n) for n in range(3_000)]
        assert not await publisher.publish(rows[:1_000])
        assert not await publisher.publish(rows[1_000:])
        found = await self.stored(publisher, topic)
        for key in {row[2] for row in rows}:
            assert [m.payload for m in found if m.key == key] == [
                row[4] for row in rows if row[2] == key
            ]

    async def test_a_key_stays_on_its_partition(self, publisher: Publisher, topic: str) -> None:
        await publisher.publish([row(topic, f"key-{n % 20}", b"") for n in range(200)])
        places = {(m.key, m.partition) for m in await self.stored(publisher, topic)}
        assert len(places) == 20
        assert len({partition for _, partition in places}) > 1

    async def test_a_record_too_large_is_rejected_by_its_index(
        self, publisher: Publisher, topic: str
    ) -> None:
        (rejection,) = await publisher.publish(
            [row(topic, "a", b"1"), row(topic, "b", TOO_LARGE), row(topic, "c", b"3")]
        )
        assert rejection.index == 1
        assert not rejection.behind
        assert "large" in rejection.reason.lower()
        assert {m.key for m in await self.stored(publisher, topic)} == {"a", "c"}

    async def test_rows_behind_a_rejected_one_are_left_out_and_named(
        self, publisher: Publisher, topic: str
    ) -> None:
        rejections = await publisher.publish(
            [
                row(topic, "a", b"1"),
                row(topic, "a", TOO_LARGE),
                row(topic, "b", b"2"),
                row(topic, "a", b"3"),
            ]
        )
        assert [(r.index, r.behind) for r in rejections] == [(1, False), (3, True)]
        assert sorted(m.payload for m in await self.stored(publisher, topic)) == [b"1", b"2"]

    @pytest.mark.parametrize(
        "headers", ['{"ce_id": 7}', '{"ce_id": {"a": "b"}}', '{"ce_id": "\\ud800"}', "[7]"]
    )
    async def test_headers_that_kafka_cannot_carry_are_rejected(
        self, publisher: Publisher, topic: str, headers: str
    ) -> None:
        (rejection,) = await publisher.publish([row(topic, "a", b"1", headers)])
        assert "header" in rejection.reason
        assert not await self.stored(publisher, topic)

    async def test_an_unknown_topic_is_rejected(self, publisher: Publisher, topic: str) -> None:
        rejections = await publisher.publish(
            [
                row(topic, "a", b"1"),
                row("no-such-topic", "a", b"2"),
                row("no-such-topic", "a", b"3"),
            ]
        )
        assert [(r.index, r.behind) for r in rejections] == [(1, False), (2, True)]
        assert "topic" in rejections[0].reason.lower()
        assert [m.payload for m in await self.stored(publisher, topic)] == [b"1"]

    async def test_a_rejection_does_not_spoil_the_next_publication(
        self, publisher: Publisher, topic: str
    ) -> None:
        await publisher.publish([row(topic, "a", TOO_LARGE)])
        assert not await publisher.publish([row(topic, "a", b"1")])
        assert [m.payload for m in await self.stored(publisher, topic)] == [b"1"]

"""A publisher in memory, which passes the contract of the real ones."""

from collections.abc import Sequence
from zlib import crc32

from ledgerlane_outbox.store import OutboxRow
from producers.errors import BrokerUnavailable
from producers.publisher import Rejection
from producers.record_headers import headers_of
from tests.contracts.publisher import Stored

_PARTITIONS = 4
_LARGEST_RECORD = 1_000_000


class MemoryPublisher:
    """Keeps what is published, until the process ends."""

    def __init__(self, *topics: str) -> None:
        self.topics: dict[str, list[Stored]] = {topic: [] for topic in topics}
        self.failures: list[BrokerUnavailable] = []
        """Raised by the next publications, one each, half-way through."""

    async def publish(self, rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        rejections: list[Rejection] = []
        failure = self.failures.pop(0) if self.failures else None
        for index, row in enumerate(rows):
            if failure and index >= len(rows) // 2:
                raise failure
            behind = any(rows[r.index][1:3] == row[1:3] for r in rejections)
            fault = "behind a rejected row of its key" if behind else self._fault(row)
            if fault:
                rejections.append(Rejection(index, fault, behind))
            else:
                self._store(row)
        return rejections

    def payloads(self, topic: str) -> list[bytes]:
        return [message.payload for message in self.topics[topic]]

    def _fault(self, row: OutboxRow) -> str:
        _, topic, _, _, payload = row[:5]
        if topic not in self.topics:
            return f"no topic {topic}"
        if len(payload) > _LARGEST_RECORD:
            return "record too large"
        try:
            "".join(texts_of(row).values())
        except (TypeError, ValueError, AttributeError):
            return "headers can't be sent"
        return ""

    def _store(self, row: OutboxRow) -> None:
        _, topic, key, _, payload = row[:5]
        partition = crc32(key.encode()) % _PARTITIONS
        self.topics[topic].append(Stored(partition, key, texts_of(row), payload))


def texts_of(row: OutboxRow) -> dict[str, str]:
    return {name: value or "" for name, value in headers_of(row).items()}

"""What is sent to the consumers: records by key, each at the time that was intended for it."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, count
from random import Random
from typing import Final
from uuid import UUID

from confluent_kafka import Producer

from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, ProviderName, RealmId, RecordId, TenantId
from schemas.signal import Signal
from schemas.topics import work_topic

TENANT: Final = TenantId("t")
AT_ONCE: Final = float("inf")
SETTINGS: Final[Mapping[str, str | int]] = {
    "linger.ms": 1,
    "acks": "all",
    "partitioner": "murmur2_random",
    "queue.buffering.max.messages": 1_000_000,
}


def zipf(keys: int, records: int, *, seed: int) -> list[int]:
    """Return the key of each record: the n-th busiest gets 1/n of what the busiest gets."""
    weights = list(accumulate(1 / rank for rank in range(1, keys + 1)))
    chance = Random(seed)  # noqa: S311 - no secret
    return chance.choices(range(keys), cum_weights=weights, k=records)


def even(keys: int, records: int) -> list[int]:
    """Return the key of each record: all keys in turn."""
    return [n % keys for n in range(records)]


@dataclass(frozen=True, slots=True)
class Load:
    """Records that are sent one after another.

    Attributes:
        first: The sequence number of the first.
        keys: Of each.
        per_s: How many are due in a second.
        own_records: Whether each is a record of its own; else all of a key are one's versions.
    """

    first: int
    keys: Sequence[int]
    per_s: float = AT_ONCE
    own_records: bool = True

    @property
    def busiest(self) -> int:
        """How many records the busiest key has."""
        return max(Counter(self.keys).values())

    def signals(self) -> Iterator[Signal]:
        """Return what is sent."""
        for number, key in zip(count(self.first), self.keys, strict=False):
            yield Signal(
                record_id=RecordId(UUID(int=number if self.own_records else key)),
                connection_id=ConnectionId(UUID(int=key)),
                tenant_id=TENANT,
                realm_id=RealmId(str(key)),
                document_type=DocumentType.CUSTOMER,
                version=number,
            )

    def due(self, began: float) -> list[float]:
        """Return the time at which each is to be sent."""
        return [began + n / self.per_s for n in range(len(self.keys))]


def send(bootstrap: str, name: ProviderName, load: Load) -> list[float]:
    """Send each record when it is due, whatever the consumer does; gives when that was.

    Raises:
        AssertionError: not all arrived at the broker.
    """
    producer = Producer({"bootstrap.servers": bootstrap, **SETTINGS})
    ready = [(one.key.encode(), one.to_bytes()) for one in load.signals()]
    due = load.due(time.time())
    for (key, value), at in zip(ready, due, strict=True):
        while (early := at - time.time()) > 0:
            producer.poll(early)
        producer.produce(work_topic(name), value, key)
    left = producer.flush(60)
    assert not left, f"{left} records did not arrive at the broker"
    return due

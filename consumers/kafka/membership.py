"""Membership of a consumer group, for all that consume: explicit commits only.

aiokafka is used as it is, because everything that a framework would add here must be kept from
happening: committing positions, decoding records, swallowing a handler's error (ADR 0007).
"""

from dataclasses import dataclass
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from consumers.intake.events import Received
from consumers.position import Position

# How long a poll waits for a first record.
POLL_MS: Final = 200
# Records of one poll, at most.
BATCH: Final = 2000
# How long to wait before the database or the broker is tried again.
TROUBLE_PAUSE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Membership:
    """How a process belongs to a consumer group.

    Attributes:
        bootstrap: The broker's address, as ``host:port``; several are separated by commas.
        group: The name of the group.
        instance: A name under which a restarted process gets its partitions back at once;
            empty for none.
    """

    bootstrap: str
    group: str
    instance: str = ""

    def consumer(self) -> AIOKafkaConsumer:
        """Return a consumer that commits only what it is told to."""
        return AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            group_id=self.group,
            group_instance_id=self.instance or None,
            partition_assignment_strategy=(RangePartitionAssignor,),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_000,
            max_poll_interval_ms=300_000,
            fetch_max_wait_ms=100,
            # A change of a topic's partitions is noticed within this time.
            metadata_max_age_ms=10_000,
        )


def received(record: ConsumerRecord) -> Received:
    """Return a record of aiokafka, which is untyped, as one of ours."""
    position = Position(record.topic, record.partition, record.offset)
    headers = [(name, value or b"") for name, value in record.headers]
    return Received(position, headers, record.value or b"")

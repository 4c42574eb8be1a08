"""Membership of a consumer group, and what is common to all who consume: explicit commits only.

aiokafka is used as it is, because everything that a framework would add here must be kept from
happening: committing positions, decoding records, swallowing a handler's error (ADR 0007).
"""

from dataclasses import dataclass
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from consumers.intake.platform_events import Received
from consumers.position import Position

POLL_MS: Final = 200
BATCH: Final = 2000
TROUBLE_PAUSE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Membership:
    """How a process belongs to a consumer group.

    Attributes:
        instance: A name under which a restarted process gets its partitions back at once;
            empty for none.
    """

    bootstrap: str
    group: str
    instance: str = ""

    def consumer(self) -> AIOKafkaConsumer:
        """Make a consumer that commits nothing by itself."""
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
            # So soon is noticed that somebody changed a topic's partitions.
            metadata_max_age_ms=10_000,
        )


def received(record: ConsumerRecord) -> Received:
    """Take a record out of aiokafka's hands."""
    position = Position(record.topic, record.partition, record.offset)
    headers = [(name, value or b"") for name, value in record.headers]
    return Received(position, headers, record.value or b"")

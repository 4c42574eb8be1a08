"""The position of a record on Kafka."""

from typing import NamedTuple

TopicPartition = tuple[str, int]


class Position(NamedTuple):
    """The topic, the partition and the offset of one record."""

    topic: str
    partition: int
    offset: int

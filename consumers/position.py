"""The position of a record on Kafka."""

from typing import NamedTuple

TopicPartition = tuple[str, int]


class Position(NamedTuple):
    """Where one record is on Kafka.

    Attributes:
        topic: The name of the topic; of work that came from no topic, the name of its table.
        partition: The number of the partition, from 0; -1 for work that came from no topic.
        offset: The offset of the record in the partition, from 0; -1 for work that came from no
            topic.
    """

    topic: str
    partition: int
    offset: int

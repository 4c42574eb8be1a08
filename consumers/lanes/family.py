"""A family of lanes: what is the same for all lanes that one worker works off."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from consumers.lanes.work import LaneSignal


class RetryTopic(NamedTuple):
    """A topic on which signals wait for their next try.

    Attributes:
        topic: The name of the topic.
        delay: The time from a failed try to the next one, without the spread that chance adds.
    """

    topic: str
    delay: timedelta


@dataclass(frozen=True, slots=True)
class LaneFamily:
    """Lanes with topics, retry delays and workers in common: a provider's realms, say.

    Where dead letters go is the business of the family's work (`ports.LaneWork`), as is what
    an id means.

    Attributes:
        name: The name in metrics, logs, leases and the shared quota; "qbo", for example.
        work_topic: The topic on which signals ask for the first try.
        retry_topics: The topics of later tries, that after the first failed try first.
        partitions: The partition count of every topic of the family, 1 or more.
        read_signal: Reads a signal from a record's value; raises
            :class:`schemas.signal.MalformedSignal` where it is none.
        batch_limits: The most items of a kind that one call carries; 1 for kinds left out.
        shared_per_minute: The most calls in any 60 seconds over all lanes and all workers of
            the family; ``None`` is no such limit.
        detects_outages: Whether many failing lanes mean that what they all call is out of
            order; false where each lane calls an endpoint of its own.
    """

    name: str
    work_topic: str
    retry_topics: tuple[RetryTopic, ...]
    partitions: int
    read_signal: Callable[[bytes], LaneSignal]
    batch_limits: Mapping[str, int] = field(default_factory=dict)
    shared_per_minute: int | None = None
    detects_outages: bool = True

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that one worker consumes together, partition by partition."""
        return (self.work_topic, *(retry.topic for retry in self.retry_topics))

    def retry_topic(self, failed_try: int) -> str:
        """Return the topic of what is tried again after its ``failed_try``-th try, from 1."""
        return self.retry_topics[failed_try - 1].topic

    def batch_limit(self, kind: str) -> int:
        """Return how many items of a kind one dispatch may carry."""
        return self.batch_limits.get(kind, 1)

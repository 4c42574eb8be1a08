"""The catalogue of topics: name, key, partitions, retention, owner and purpose of each."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from schemas.ids import ProviderName

PROVIDER_PARTITIONS: Final = 12
EVENT_PARTITIONS: Final = 12

RETRY_DELAYS: Final[dict[str, timedelta]] = {
    "30s": timedelta(seconds=30),
    "2m": timedelta(minutes=2),
    "10m": timedelta(minutes=10),
    "30m": timedelta(minutes=30),
    "75m": timedelta(minutes=75),
}

PLATFORM_EVENTS: Final = "platform.events"
RELAY_CURSORS: Final = "relay.cursors"
PLATFORM_DEAD: Final = "platform.dead"
SYNC_RESULTS: Final = "sync.results"
SYNC_CHANGES: Final = "sync.changes"


class TopicKey(StrEnum):
    """The kind of key that the records of a topic have."""

    TENANT = "tenant"
    REALM = "tenant:realm"
    SHARD = "source/shard"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as it has to be on the broker.

    Attributes:
        name: The name of the topic.
        key: The kind of key of its records.
        partitions: The number of partitions.
        retention: The time for which records are kept; for a compacted topic, the time for
            which markers of removed keys are kept.
        owner: The folder whose code writes it.
        purpose: What its records are for.
        compacted: Whether only the last record of each key is kept, without a limit of time.
    """

    name: str
    key: TopicKey
    partitions: int
    retention: timedelta
    owner: str
    purpose: str
    compacted: bool = False


def work_topic(provider: ProviderName) -> str:
    """Return the name of the topic of a provider's signals."""
    return f"{provider}.work"


def notices_topic(provider: ProviderName) -> str:
    """Return the name of the topic of a provider's verified webhooks."""
    return f"{provider}.notices"


def retry_topic(provider: ProviderName, delay: str) -> str:
    """Return the name of the topic of signals that wait; ``delay`` is a key of RETRY_DELAYS."""
    return f"{provider}.retry.{delay}"


def dead_topic(provider: ProviderName) -> str:
    """Return the name of the topic of a provider's dead letters."""
    return f"{provider}.dead"


def catalogue(providers: tuple[ProviderName, ...]) -> tuple[Topic, ...]:
    """Return every topic that the gateway needs for these providers."""
    of_providers = [topic for provider in providers for topic in _of_provider(provider)]
    return (*_OF_PLATFORM, *of_providers)


_OF_PLATFORM: Final = (
    Topic(
        PLATFORM_EVENTS,
        TopicKey.TENANT,
        EVENT_PARTITIONS,
        timedelta(days=7),
        "producers",
        "Domain events from the platform's outboxes.",
    ),
    Topic(
        RELAY_CURSORS,
        TopicKey.SHARD,
        1,
        timedelta(days=1),
        "producers",
        "How far strict relays are, committed in one transaction with what they publish.",
        compacted=True,
    ),
    Topic(
        PLATFORM_DEAD,
        TopicKey.TENANT,
        EVENT_PARTITIONS,
        timedelta(days=90),
        "consumers",
        "Events that intake could not accept, with the reason.",
    ),
    Topic(
        SYNC_CHANGES,
        TopicKey.REALM,
        PROVIDER_PARTITIONS,
        timedelta(days=7),
        "consumers",
        "Changes in ledgers as canonical documents, for the platform's services.",
    ),
    Topic(
        SYNC_RESULTS,
        TopicKey.REALM,
        PROVIDER_PARTITIONS,
        timedelta(days=7),
        "consumers",
        "Outcomes of pushes and alerts of connections, for the platform's services.",
    ),
)


def _of_provider(provider: ProviderName) -> tuple[Topic, ...]:
    def topic(name: str, days: int, purpose: str) -> Topic:
        return Topic(
            name,
            TopicKey.REALM,
            PROVIDER_PARTITIONS,
            timedelta(days=days),
            "consumers",
            purpose,
        )

    retries = (
        topic(
            retry_topic(provider, delay), 7, f"Signals that wait {delay} before the next try."
        )
        for delay in RETRY_DELAYS
    )
    return (
        topic(work_topic(provider), 7, "Signals: records that are not in agreement."),
        topic(notices_topic(provider), 7, "Verified webhooks of the provider, raw."),
        *retries,
        topic(dead_topic(provider), 90, "Dead letters: signal, documents, reason, attempts."),
    )

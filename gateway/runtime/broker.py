"""The topics of the catalogue on the broker: created where missing, compared where there."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from gateway.errors import BrokerUnreachable, WrongTopics
from schemas.topics import Topic

_TIMEOUT_MS: Final = 10_000
_REPLICAS: Final = 3
_LOOK_AGAIN_S: Final = 0.1
_NO_ERROR: Final = 0
_COMPACTED_SEGMENT_BYTES: Final = 16 * 1024 * 1024

SHOWN_WITHIN_S: Final = 60.0
"""How long the brokers may take to know a topic that they have created, in seconds."""


@dataclass(frozen=True, slots=True)
class TopicDifference:
    """The difference between the broker's topics and the catalogue.

    Attributes:
        missing: The topics that the broker does not have.
        wrong: A sentence for each topic with another partition count.
    """

    missing: Sequence[Topic]
    wrong: Sequence[str]


def compare(wanted: Iterable[Topic], found: Mapping[str, int]) -> TopicDifference:
    """Compare the catalogue with the partition counts found, by topic."""
    topics = tuple(wanted)
    return TopicDifference(
        missing=[topic for topic in topics if topic.name not in found],
        wrong=[
            f"{topic.name} has {found[topic.name]} partitions, not {topic.partitions}"
            for topic in topics
            if found.get(topic.name, topic.partitions) != topic.partitions
        ],
    )


async def apply_topics(
    bootstrap: str, wanted: Sequence[Topic], *, shown_within_s: float = SHOWN_WITHIN_S
) -> Sequence[Topic]:
    """Create the missing topics and return them; changes no other topic.

    Each has three replicas, or as many as there are brokers. With three, acknowledged records
    are on two of them, so that they survive the loss of any one.

    Raises:
        WrongTopics: one is there with another partition count; nothing was created.
        BrokerUnreachable: Kafka does not answer, or does not show what it created.
    """
    async with _admin(bootstrap) as admin:
        difference = compare(wanted, await _partitions(admin, wanted))
        _refuse(difference.wrong)
        if difference.missing:
            await _create(admin, difference.missing)
            await _until_there(admin, wanted, within_s=shown_within_s)
        return difference.missing


def _refuse(wrong: Sequence[str]) -> None:
    if wrong:
        raise WrongTopics(
            f"{'; '.join(wrong)}: partition counts decide who owns a realm, "
            "so empty and delete such a topic before it is created anew"
        )


async def _create(admin: AIOKafkaAdminClient, missing: Sequence[Topic]) -> None:
    """Create topics; one that another process created meanwhile is compared afterwards."""
    replicas = min(_REPLICAS, len((await admin.describe_cluster())["brokers"]))
    answer = await admin.create_topics([_new(topic, replicas) for topic in missing])
    for name, code, *said in answer.topic_errors:
        if code not in (_NO_ERROR, TopicAlreadyExistsError.errno):
            raise WrongTopics(f"{name} was not created: {said[0] or for_code(code).__name__}")


async def _until_there(
    admin: AIOKafkaAdminClient, wanted: Sequence[Topic], *, within_s: float
) -> None:
    """Wait until the brokers know the topics: a moment, or many seconds if they are busy."""
    try:
        async with asyncio.timeout(within_s):
            while (  # noqa: ASYNC110 - Kafka offers nothing to wait for
                found := compare(wanted, await _partitions(admin, wanted))
            ).missing:
                await asyncio.sleep(_LOOK_AGAIN_S)
    except TimeoutError:
        raise BrokerUnreachable(
            f"Kafka does not show all of {', '.join(topic.name for topic in wanted)} "
            f"{within_s:g} s after it created what was missing: look into the brokers' logs, "
            "then apply the topics again"
        ) from None
    _refuse(found.wrong)


async def check_topics(bootstrap: str, wanted: Sequence[Topic]) -> None:
    """Check that the broker's topics are those of the catalogue.

    Raises:
        WrongTopics: one is missing, or has another partition count.
        BrokerUnreachable: Kafka does not answer.
    """
    async with _admin(bootstrap) as admin:
        difference = compare(wanted, await _partitions(admin, wanted))
    wrong = [*difference.wrong, *(f"{topic.name} is missing" for topic in difference.missing)]
    if wrong:
        raise WrongTopics(f"{'; '.join(wrong)}: see `ledgerlane topics apply`")


async def check_broker(bootstrap: str) -> None:
    """Check that Kafka answers.

    Raises:
        BrokerUnreachable: it does not.
    """
    async with _admin(bootstrap) as admin:
        await admin.describe_cluster()


async def _partitions(admin: AIOKafkaAdminClient, wanted: Sequence[Topic]) -> dict[str, int]:
    described = await admin.describe_topics([topic.name for topic in wanted])
    return {
        topic["topic"]: len(topic["partitions"])
        for topic in described
        if topic["error_code"] == _NO_ERROR
    }


def _new(topic: Topic, replicas: int) -> NewTopic:
    retention_ms = str(int(topic.retention.total_seconds() * 1000))
    deleting = {"retention.ms": retention_ms}
    kept = _compacting(retention_ms) if topic.compacted else deleting
    return NewTopic(
        name=topic.name,
        num_partitions=topic.partitions,
        replication_factor=replicas,
        topic_configs={**kept, "min.insync.replicas": str(max(1, replicas - 1))},
    )


def _compacting(retention_ms: str) -> dict[str, str]:
    """Return settings that compact early: such a topic is read from its beginning."""
    return {
        "cleanup.policy": "compact",
        "delete.retention.ms": retention_ms,
        "min.cleanable.dirty.ratio": "0.1",
        "segment.bytes": str(_COMPACTED_SEGMENT_BYTES),
    }


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=_TIMEOUT_MS)
    try:
        await admin.start()
        yield admin
    except (KafkaError, OSError) as exc:
        said = str(exc) or type(exc).__name__
        raise BrokerUnreachable(f"Kafka at {bootstrap} does not answer: {said}") from exc
    finally:
        await admin.close()

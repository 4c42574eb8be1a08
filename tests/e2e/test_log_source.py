"""A relay process that reads PostgreSQL's write-ahead log, killed in the middle."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.config.settings import PREFIX
from ledgerlane_outbox import OutboxMessage
from schemas.documents.document import Document
from schemas.topics import PLATFORM_EVENTS
from tests.chaos.platform import Owner, Platform, business, edits
from tests.chaos.process_group import INTAKE, RELAY, WORKER_XERO, ProcessGroup
from tests.e2e.topics import records
from tests.eventually import eventually
from tests.fakes.served import XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

T1 = Owner("t1")
CUSTOMERS, INVOICES = 3, 10
POINTS = ("after_poll_before_publish", "after_publish_before_cursor", "after_cursor")

_EMIT = text("SELECT ledgerlane_emit(:topic, :key, CAST(:headers AS json), :payload)")
_IS_READ = text(
    "SELECT EXISTS (SELECT FROM pg_replication_slots WHERE active"
    " AND confirmed_flush_lsn IS NOT NULL AND database = current_database())"
)


@dataclass
class LoggedPlatform(Platform):
    """Announces into the outbox's table and, without a row, into the log alone.

    Attributes:
        ids: Of all events, in the order of their commits.
    """

    ids: list[str] = field(default_factory=list)

    async def emit(self, owner: Owner, *documents: Document) -> None:
        """Announce new states by events that no table can give back."""
        async with AsyncSession(self.database) as session, session.begin():
            for document in documents:
                await session.execute(_EMIT, _parameters(self._message(owner, document)))
        self.announced += len(documents)

    async def announce_both_ways(self, documents: Sequence[Document]) -> None:
        """Announce each document in a transaction of its own, by row and by log in turn."""
        for n, document in enumerate(documents):
            await (self.emit if n % 2 else self.announce)(T1, document)

    async def is_read(self) -> bool:
        """Whether somebody reads the log by now."""
        async with self.database.connect() as connection:
            return bool(await connection.scalar(_IS_READ))

    def _message(self, owner: Owner, document: Document) -> OutboxMessage:
        message = super()._message(owner, document)
        self.ids.append(str(message.event_id))
        return message


def _parameters(message: OutboxMessage) -> dict[str, object]:
    return {
        "topic": message.topic,
        "key": message.partition_key,
        "headers": json.dumps(message.headers()),
        "payload": message.encoded_payload(),
    }


async def _first_times(group: ProcessGroup) -> list[str]:
    """Return the ids of the platform's events as they lie on Kafka, repeats left out."""
    found = await records(group.services.kafka.bootstrap, PLATFORM_EVENTS)
    return list(dict.fromkeys(one.header("ce_id") for one in found))


@pytest.mark.accepts("GWY-01", "RUN-02")
async def test_a_relay_that_reads_the_log_is_killed_in_the_middle_and_loses_nothing(
    group: ProcessGroup,
) -> None:
    platform = group.platform = LoggedPlatform(group.platform.database)
    sources = group.environ[f"{PREFIX}SOURCES"].replace("=", "=wal+", 1)
    group.environ = {**group.environ, f"{PREFIX}SOURCES": sources}
    await group.connect(XERO, "t1")
    await group.start(RELAY, INTAKE, WORKER_XERO)
    await eventually(platform.is_read)
    await platform.announce_both_ways(business(CUSTOMERS, INVOICES))
    await group.agree()
    for n, point in enumerate(POINTS):
        changed = edits(CUSTOMERS, INVOICES, price=f"{n + 2}00")
        await platform.announce_both_ways(changed[:6])
        await group.kill(RELAY)
        await platform.announce_both_ways(changed[6:])
        await group.crash(RELAY, at=point)
        await platform.announce_both_ways(edits(CUSTOMERS, INVOICES, price=f"{n + 5}00"))
        await group.start(RELAY)
    await group.agree()
    assert await _first_times(group) == platform.ids
    assert await group.stop(RELAY) == 0

"""What the tests of the source on the log share."""

import json
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledgerlane_outbox import append
from producers.sources.wal.source import WalSession, WalSource
from tests.contracts.source import drain
from tests.eventually import eventually
from tests.integration.producers.events import event

Logged = Sequence[MutableMapping[str, Any]]

END_OF_LOG = "SELECT pg_current_wal_insert_lsn()"

_EMIT = text("SELECT ledgerlane_emit(:topic, :key, CAST(:headers AS json), :payload)")
_SLOT = text("SELECT * FROM pg_replication_slots WHERE database = current_database()")


async def commit(engine: AsyncEngine, *payloads: bytes, key: str = "k") -> None:
    """Append events in one transaction."""
    async with engine.begin() as connection:
        await append(connection, *(event(payload, key) for payload in payloads))


async def emit(connection: AsyncConnection, payload: bytes, key: str = "k") -> None:
    """Emit an event without a row."""
    message = event(payload, key)
    await connection.execute(
        _EMIT,
        {
            "topic": message.topic,
            "key": message.partition_key,
            "headers": json.dumps(message.headers()),
            "payload": message.encoded_payload(),
        },
    )


async def settle(session: WalSession) -> list[bytes]:
    """Read on until rows come from the log; return what came before."""
    payloads: list[bytes] = []

    async def reads_log() -> bool:
        batch = await session.poll(1_000)
        payloads.extend(row[4] for row in batch.rows)
        if batch.rows:
            await batch.acknowledge()
        return session.reads_log

    # A slot is made once all transactions have ended that the server has open, in whichever
    # database: those of other tests as well.
    await eventually(reads_log, within_s=60)
    return payloads


async def slot(engine: AsyncEngine) -> Mapping[str, Any]:
    """Return the slot of the database as the server shows it."""
    async with engine.connect() as connection:
        return dict((await connection.execute(_SLOT)).mappings().one())


async def has_slot(engine: AsyncEngine) -> bool:
    """Return whether the slot is made: it shows as active before, but sends nothing of that."""
    return bool(
        await execute(
            engine,
            "SELECT EXISTS (SELECT FROM pg_replication_slots WHERE"
            " confirmed_flush_lsn IS NOT NULL AND database = current_database())",
        )
    )


async def execute(engine: AsyncEngine, statement: str) -> Any:
    """Execute one statement in a transaction of its own; return its first value, if any."""
    async with engine.begin() as connection:
        result = await connection.execute(text(statement))
        return result.scalar() if result.returns_rows else None


async def read_and_leave(engine: AsyncEngine, source: WalSource) -> int:
    """Read `read` from the log in one session, and leave what is committed afterwards.

    Return the place of the log right behind that.
    """
    async with source.session() as session:
        await settle(session)
        await commit(engine, b"read")
        await drain(session, 1)
    async with engine.begin() as connection:
        await append(connection, event(b"unread"))
        await emit(connection, b"emitted")
    return int(await execute(engine, "SELECT pg_current_wal_flush_lsn()"))


def is_told_lost(logged: Logged, place: int) -> bool:
    """Return whether a place is in the range of the log that was told, once, to be lost."""
    [lost] = [one for one in logged if one["event"] == "wal.emitted_events_lost"]
    return _lsn(lost["since_lsn"]) < place <= _lsn(lost["until_lsn"])


def _lsn(text_form: str) -> int:
    high, low = text_form.split("/")
    return (int(high, 16) << 32) + int(low, 16)


async def resume(source: WalSource, last: bytes) -> list[bytes]:
    """Do what :func:`settle_and_read` does, in a session of its own."""
    async with source.session() as session:
        return await settle_and_read(session, last)


async def settle_and_read(session: WalSession, last: bytes) -> list[bytes]:
    """Read on until rows come from the log, and up to an event that has to come."""
    came = await settle(session)
    while last not in came:
        came += await drain(session, 1)
    return came + await drain(session)


def errors_of(logged: Logged) -> list[str]:
    """Return each logged error with its fields as one text."""
    return lines_of(logged, level="error")


def lines_of(logged: Logged, *, level: str) -> list[str]:
    """Return what was logged at a level, each event with its fields as one text."""
    return [
        " ".join([one["event"], *(str(one[name]) for name in one if name != "event")])
        for one in logged
        if one["log_level"] == level
    ]

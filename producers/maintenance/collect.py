"""Collects the facts about a source for the diagnostics; changes nothing there."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

import asyncpg

from ledgerlane_outbox import inspection as statements
from ledgerlane_outbox.schema import SCHEMA_VERSION
from producers.errors import SourceUnavailable
from producers.maintenance.facts import (
    CursorFacts,
    Lease,
    OpenTransaction,
    OutboxFacts,
    PreparedTransaction,
    ReplicationSlot,
    SourceFacts,
)
from producers.maintenance.parked import count_parked
from producers.maintenance.ring import RetentionPolicy, read_ring
from producers.maintenance.session import Connection, open_session

_CLOCK: Final = "SELECT clock_timestamp()"


async def collect_facts(
    name: str,
    database_url: str,
    policy: RetentionPolicy,
    *,
    reads_log: bool = False,
    now: datetime,
) -> SourceFacts:
    """Return the facts about one source.

    Args:
        name: The name of the source.
        database_url: The SQLAlchemy URL of its database.
        policy: The retention of the source.
        reads_log: Whether the settings ask for it to be read from the log.
        now: The time to use if the database does not answer with its own.
    """
    try:
        async with open_session(database_url) as connection:
            found = await _collect(connection, name, policy)
    except SourceUnavailable as exc:
        found = SourceFacts(name, now, policy, fault=str(exc))
    return replace(found, reads_log=reads_log)


async def _collect(connection: Connection, name: str, policy: RetentionPolicy) -> SourceFacts:
    now = await connection.fetchval(_CLOCK)
    if await connection.fetchval(statements.IS_STANDBY):
        return SourceFacts(name, now, policy, standby=True)
    if not await connection.fetchval(statements.IS_INSTALLED):
        return SourceFacts(name, now, policy)
    found = SourceFacts(
        name, now, policy, version=await connection.fetchval(statements.VERSION)
    )
    if found.version != SCHEMA_VERSION:
        return found
    missing = [row[0] for row in await connection.fetch(statements.MISSING_RIGHTS)]
    with suppress(asyncpg.InsufficientPrivilegeError):
        found = replace(found, outbox=await _collect_outbox(connection, policy))
    return replace(found, missing_rights=missing)


async def _collect_outbox(connection: Connection, policy: RetentionPolicy) -> OutboxFacts:
    locks = await connection.fetch(statements.LOCKS)
    oldest = await connection.fetchrow(statements.OLDEST_TRANSACTION)
    return OutboxFacts(
        leases=[
            Lease(number - statements.FIRST_LEASE, *holder)
            for number, *holder in locks
            if number >= statements.FIRST_LEASE
        ],
        asleep=any(number == statements.WAKEUP_LOCK for number, *_ in locks),
        oldest=OpenTransaction(*oldest) if oldest else None,
        cursors=[CursorFacts(*row) for row in await connection.fetch(statements.CURSORS)],
        parked=await count_parked(connection),
        ring=await read_ring(connection, policy),
        prepared=[
            PreparedTransaction(*row) for row in await connection.fetch(statements.PREPARED)
        ],
        replication_slots=[
            ReplicationSlot(*row)
            for row in await connection.fetch(statements.REPLICATION_SLOTS)
        ],
    )

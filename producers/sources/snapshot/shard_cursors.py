"""Leases and cursors: which shards a source is relayed in, and where each of them is.

All cursors are made together, the layout: for one number of shards and one life of the
database. Whoever has the lease of a shard shares the layout's lock. So a relay that finds
another layout than its own stands by while anybody relays by that one; then it makes all
cursors anew, from the lowest place of the old ones, and what was published beyond it is
repeated.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import asyncpg

from ledgerlane_outbox import store
from producers.errors import LeaseTaken, SourceUnavailable
from producers.sources.snapshot.cursor import Cursor, lowest
from producers.sources.source import Shard

_log = logging.getLogger(__name__)

_REPAIR_TIMEOUT_S: Final = 3600.0
_BEGINNING: Final = "1:1:"

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class ShardCursor:
    """The cursor of a shard, and the name of the layout that it belongs to."""

    layout: str
    cursor: Cursor


async def take_shard(connection: Connection, shard: Shard, *, name: str) -> ShardCursor:
    """Take the lease of a shard, and say where to resume.

    Raises:
        LeaseTaken: another relay has it, or others relay by another layout.
        SourceUnavailable: the database is a standby.
    """
    if await connection.fetchval(store.STANDBY):
        raise SourceUnavailable(f"{name} is a standby: give the primary's address")
    identity = tuple(await connection.fetchrow(store.IDENTITY) or ())
    if not _fits(await connection.fetch(store.CURSORS), shard, identity):
        await _change_layout(connection, shard, identity, name=name)
    if not await connection.fetchval(store.TAKE_LEASE, shard.number):
        raise LeaseTaken("another relay has the lease")
    cursors = await connection.fetch(store.CURSORS)
    if not _fits(cursors, shard, identity):
        raise LeaseTaken("the layout has just changed")
    own = cursors[shard.number]
    return ShardCursor(own["layout"], _cursor(own))


def _fits(
    cursors: Sequence[asyncpg.Record], shard: Shard, identity: tuple[object, ...]
) -> bool:
    """Whether the cursors were made for so many shards and in this life of the database."""
    return len(cursors) == shard.count and not any(
        _is_foreign(one, identity) for one in cursors
    )


def _is_foreign(cursor: asyncpg.Record, identity: tuple[object, ...]) -> bool:
    return cursor["ahead"] or (cursor["system_identifier"], cursor["timeline"]) != identity


async def _change_layout(
    connection: Connection, shard: Shard, identity: tuple[object, ...], *, name: str
) -> None:
    """Make the cursors of our layout, unless others relay by the one that is there."""
    if not await connection.fetchval(store.CHANGE_LAYOUT):
        raise LeaseTaken(
            f"others relay by another layout, or make one, than {shard.count} shards"
        )
    cursors = await connection.fetch(store.CURSORS)
    if not _fits(cursors, shard, identity):
        async with connection.transaction():
            await _make_cursors(connection, cursors, shard, identity, name=name)
    await connection.fetchval(store.LAYOUT_CHANGED)


async def _make_cursors(
    connection: Connection,
    old: Sequence[asyncpg.Record],
    shard: Shard,
    identity: tuple[object, ...],
    *,
    name: str,
) -> None:
    """Replace all cursors; a first start is a backlog of everything."""
    low_seq = min((one["low_seq"] for one in old), default=0)
    if old and not any(_is_foreign(one, identity) for one in old):
        _log.warning("%s: relayed in %d shards from now on, with repeats", name, shard.count)
        start = lowest([_cursor(one) for one in old])
    else:
        if old:
            _log.warning(
                "%s was restored or failed over: resuming after seq %s, with repeats",
                name,
                low_seq,
            )
            await connection.execute(store.FORGET_XIDS, timeout=_REPAIR_TIMEOUT_S)
        target, _ = tuple(await connection.fetchrow(store.SNAPSHOT) or ())
        start = Cursor(_BEGINNING, target, low_seq)
    await connection.execute(store.DROP_CURSORS)
    place = (start.done, start.target, start.last_seq, low_seq)
    await connection.execute(store.CREATE_CURSORS, shard.count, *place, *identity)


def _cursor(found: asyncpg.Record) -> Cursor:
    return Cursor(found["done"], found["target"], found["last_seq"])

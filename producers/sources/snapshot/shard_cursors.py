"""The leases and cursors of the shards of a source.

All cursors are made together, as one layout: for one number of shards and one life of the
database. A restore or a failover begins another life, in which transaction ids mean something
else. Start at :func:`take_shard`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import asyncpg
import structlog

from ledgerlane_outbox import inspection, store
from producers.errors import LeaseTaken, SourceUnavailable, UnsupportedOutbox
from producers.outbox_version import find_mismatch
from producers.sources.snapshot.cursor import Cursor, lowest
from producers.sources.source import Shard

log: Final = structlog.get_logger("relay")

_REPAIR_TIMEOUT_S: Final = 3600.0
_BEGINNING: Final = "1:1:"

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class ShardCursor:
    """The place at which to resume a shard.

    Attributes:
        layout: The id of the layout that the cursor belongs to.
        cursor: How far the shard was relayed.
    """

    layout: str
    cursor: Cursor


async def take_shard(connection: Connection, shard: Shard, *, name: str) -> ShardCursor:
    """Take the lease of a shard and return where to resume.

    Raises:
        LeaseTaken: another relay has it, or others relay by another layout.
        SourceUnavailable: the database is a standby.
        UnsupportedOutbox: the outbox is missing, or has another version than this program.
    """
    if await connection.fetchval(store.STANDBY):
        raise SourceUnavailable(f"{name} is a standby: give the primary's address")
    await _check_version(connection, name=name)
    identity = tuple(await connection.fetchrow(store.IDENTITY) or ())
    # A relay with a lease shares the layout's lock. So a relay that finds another layout than
    # its own stands by while any relay works by that one, and changes it only when none does.
    if not _fits(await connection.fetch(store.CURSORS), shard, identity):
        await _change_layout(connection, shard, identity, name=name)
    if not await connection.fetchval(store.TAKE_LEASE, shard.number):
        raise LeaseTaken("another relay has the lease")
    # Another relay may have changed the layout between the look and the lease. With the lease
    # taken it can't, so this second look decides.
    cursors = await connection.fetch(store.CURSORS)
    if not _fits(cursors, shard, identity):
        raise LeaseTaken("the layout has just changed")
    own = cursors[shard.number]
    return ShardCursor(own["layout"], _cursor(own))


async def _check_version(connection: Connection, *, name: str) -> None:
    # Every relay begins here, that of the log as well, before it has a lease or reads a row: on
    # other tables it would fail at one statement and not at another.
    is_installed = await connection.fetchval(inspection.IS_INSTALLED)
    version = await connection.fetchval(inspection.VERSION) if is_installed else None
    if mismatch := find_mismatch(version):
        raise UnsupportedOutbox(f"{name}: {mismatch.what}: {mismatch.remedy}")


def _fits(
    cursors: Sequence[asyncpg.Record], shard: Shard, identity: tuple[object, ...]
) -> bool:
    """Return whether the cursors belong to this number of shards and life of the database."""
    return len(cursors) == shard.count and not any(
        _is_foreign(one, identity) for one in cursors
    )


def _is_foreign(cursor: asyncpg.Record, identity: tuple[object, ...]) -> bool:
    return cursor["ahead"] or (cursor["system_identifier"], cursor["timeline"]) != identity


async def _change_layout(
    connection: Connection, shard: Shard, identity: tuple[object, ...], *, name: str
) -> None:
    """Replace the layout unless other relays work by it."""
    if not await connection.fetchval(store.CHANGE_LAYOUT):
        raise LeaseTaken(
            f"other relays use, or are making, another layout than {shard.count} shards"
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
    """Replace all cursors; at a first start the whole table is still to be published."""
    low_seq = min((one["low_seq"] for one in old), default=0)
    if old and not any(_is_foreign(one, identity) for one in old):
        # The lowest place of the old cursors: what is behind it is behind each of them, and
        # what was published beyond it is repeated.
        log.warning("relay.layout_changed", source=name, shards=shard.count, repeats=True)
        start = lowest([_cursor(one) for one in old])
    else:
        if old:
            # Snapshots of another life can't be compared with those of this one. Numbers can:
            # every row up to the lowest one is published, whatever the snapshots say.
            log.warning("relay.restored", source=name, resumes_after_seq=low_seq, repeats=True)
            await connection.execute(store.FORGET_XIDS, timeout=_REPAIR_TIMEOUT_S)
        target, _ = tuple(await connection.fetchrow(store.SNAPSHOT) or ())
        start = Cursor(_BEGINNING, target, low_seq)
    await connection.execute(store.DROP_CURSORS)
    place = (start.done, start.target, start.last_seq, low_seq)
    await connection.execute(store.CREATE_CURSORS, shard.count, *place, *identity)


def _cursor(found: asyncpg.Record) -> Cursor:
    return Cursor(found["done"], found["target"], found["target_seq"])

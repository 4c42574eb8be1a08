"""Parked rows for which an operator decided: found, published, and removed.

All statements run in the session that has the lease, so that only one relay carries a decision
out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import asyncpg
import structlog

from ledgerlane_outbox import parked as statements
from ledgerlane_outbox.store import OutboxRow
from producers.sources.postgres import database_errors
from producers.sources.source import Key, Parked, Shard

log: Final = structlog.get_logger("relay")

_PAGE_ROWS: Final = 500
_NO_KEYS: Final = frozenset[Key]()

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class DecisionReader:
    """Reads what operators decided for the parked rows of a shard."""

    def __init__(self, connection: Connection, shard: Shard, *, source: str) -> None:
        self._connection = connection
        self._shard = shard
        self._source = source

    async def unparked(self, limit: int) -> "UnparkedRows":
        """Drop the rows that are to be dropped; return at most ``limit`` of those to retry.

        Call it only when no batch is under way: a row of a held key that is parked afterwards
        would be overtaken by the rows behind it.
        """
        if not await self._connection.fetchval(statements.HAS_DECISIONS):
            return UnparkedRows(self._connection, (), _NO_KEYS)
        dropped = await self._drop()
        page_rows = min(limit, _PAGE_ROWS)
        found = await self._connection.fetch(
            statements.UNPARKED, self._shard.count, self._shard.number, page_rows
        )
        rows = cast("list[OutboxRow]", found)
        keys = dropped | {(row[1], row[2]) for row in rows}
        return UnparkedRows(self._connection, rows, frozenset(keys))

    async def _drop(self) -> set[Key]:
        found = await self._connection.fetch(
            statements.DROP_DECIDED, self._shard.count, self._shard.number
        )
        for seq, event_id, topic, _, reason, note, _ in found:
            log.warning(
                "outbox.parked_row_dropped",
                source=self._source,
                seq=seq,
                event_id=str(event_id),
                topic=topic,
                reason=reason,
                note=note,
            )
        return {(row[2], row[3]) for row in found if row[6]}


@dataclass(frozen=True, slots=True)
class UnparkedRows:
    """Parked rows that are to be published after all.

    Attributes:
        connection: The session that has the lease.
        rows: The rows in the order in which to publish them.
        keys: The keys that are no longer held, whether or not they have rows in the batch.
        more: Always False: the caller asks again until there are no keys.
    """

    connection: Connection
    rows: Sequence[OutboxRow]
    keys: frozenset[Key]
    more: bool = False

    async def acknowledge(self, parked: Sequence[Parked] = ()) -> None:
        """Remove the published rows; those in ``parked`` stay parked with their new reason."""
        stopped = {row.seq for row in parked}
        published = [row[0] for row in self.rows if row[0] not in stopped]
        stopped_keys = {(row[1], row[2]) for row in self.rows if row[0] in stopped}
        going_on = sorted(self.keys - stopped_keys)
        with database_errors():
            await self._settle(published, parked, going_on)

    async def _settle(
        self, published: Sequence[int], parked: Sequence[Parked], going_on: Sequence[Key]
    ) -> None:
        async with self.connection.transaction():
            await self.connection.execute(statements.REMOVE_PUBLISHED, published)
            await self.connection.execute(
                statements.PARK_AGAIN,
                [row.seq for row in parked],
                [row.reason for row in parked],
                [row.holds_key for row in parked],
            )
            await self.connection.execute(
                statements.TRY_NEXT,
                [topic for topic, _ in going_on],
                [key for _, key in going_on],
            )

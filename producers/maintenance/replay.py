"""Publishes again what is still in an outbox: of a time, a topic, a key or a tenant.

The rows are appended once more under their own event ids, and the relay does the rest. The
order of each key is kept within the replay. Among live events an old state comes late:
consumers drop it by its version, and what they have handled already by its event id.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ledgerlane_outbox.history import APPEND_AGAIN, COUNT_WANTED, NEWEST_SEQ, OLDEST_ROW
from ledgerlane_outbox.retention import SLOTS
from producers.maintenance.session import Connection

_PAGE_ROWS: Final = 500
_MARGIN: Final = timedelta(minutes=1)
"""A row's slot and its time are read from the clock one after the other."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events to publish again; None means any.

    Attributes:
        since: From this time of the append on.
        until: Before this time; what the replay itself appends is never meant.
    """

    since: datetime
    until: datetime
    topic: str | None = None
    key: str | None = None
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class Stock:
    """What there is to publish again; ``kept_since`` is None when the table is empty."""

    rows: int
    kept_since: datetime | None


def slots_between(since: datetime, until: datetime) -> list[int]:
    """Name the slots in which rows of a time can be."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    first, last = ((time - epoch).days for time in (since - _MARGIN, until + _MARGIN))
    return sorted({day % SLOTS for day in range(first, min(last, first + SLOTS - 1) + 1)})


async def take_stock(connection: Connection, wanted: Wanted) -> Stock:
    """Count what a replay would publish, and tell from when there are rows at all."""
    rows = await connection.fetchval(COUNT_WANTED, *_parameters(wanted))
    return Stock(rows, await connection.fetchval(OLDEST_ROW))


async def replay(connection: Connection, wanted: Wanted) -> int:
    """Append the wanted rows again, in pages; returns how many.

    Each page is a transaction, so a replay that breaks off has appended the earlier pages;
    repeated, it publishes them once more, which does no harm.
    """
    newest_seq = await connection.fetchval(NEWEST_SEQ)
    appended = last_seq = 0
    while True:
        page = (*_parameters(wanted), last_seq, newest_seq, _PAGE_ROWS)
        ((rows, last_seq),) = await connection.fetch(APPEND_AGAIN, *page)
        appended += int(rows)
        if rows < _PAGE_ROWS:
            return appended


def _parameters(wanted: Wanted) -> tuple[Any, ...]:
    slots = slots_between(wanted.since, wanted.until)
    return (slots, wanted.since, wanted.until, wanted.topic, wanted.key, wanted.tenant)

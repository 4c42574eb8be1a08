"""Publishes rows again that are still in an outbox, by time, topic, key or tenant.

The rows are appended once more with their event ids, and the relay publishes them. The order of
each key is kept within the replay. Consumers drop an old state by its version, and an event
that they have handled by its id.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ledgerlane_outbox.history import APPEND_AGAIN, COUNT_WANTED, NEWEST_SEQ, OLDEST_ROW
from ledgerlane_outbox.retention import SLOTS
from producers.maintenance.session import Connection

_PAGE_ROWS: Final = 500

# The slot and the time of a row are read from the clock one after the other, so that a row of
# midnight may be in either slot.
_MARGIN: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The events to publish again; None means any.

    Attributes:
        since: The earliest time of the append.
        until: The time before which the event was appended; rows that the replay itself
            appends are never included.
        topic: The topic of the event.
        key: The partition key of the event.
        tenant: The tenant of the event.
    """

    since: datetime
    until: datetime
    topic: str | None = None
    key: str | None = None
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class Stock:
    """The events that a replay would publish.

    Attributes:
        rows: The number of events.
        kept_since: The time of the oldest row in the table; None if the table is empty.
    """

    rows: int
    kept_since: datetime | None


def slots_between(since: datetime, until: datetime) -> list[int]:
    """Return the numbers of the slots that can hold rows of a time span."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    first, last = ((time - epoch).days for time in (since - _MARGIN, until + _MARGIN))
    return sorted({day % SLOTS for day in range(first, min(last, first + SLOTS - 1) + 1)})


async def take_stock(connection: Connection, wanted: Wanted) -> Stock:
    """Return what a replay would publish, and since when rows are kept."""
    rows = await connection.fetchval(COUNT_WANTED, *_parameters(wanted))
    return Stock(rows, await connection.fetchval(OLDEST_ROW))


async def replay(connection: Connection, wanted: Wanted) -> int:
    """Append the wanted rows again, in pages; return their number.

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

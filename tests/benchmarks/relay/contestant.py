"""What the benchmark has to know of a relay to run it beside the others."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from gateway.embedded.managed_process import ManagedProcess
from gateway.embedded.run import Run

KEYS: Final = 1_000
PAYLOAD_BYTES: Final = 300
PAYLOAD_SQL: Final = f"""
    convert_to(rpad('{{"n":' || n || ',"number":"R-2026-000123","customer":"c-77"}}',
                    {PAYLOAD_BYTES}), 'UTF8')
"""
"""The payload of event ``n``, as :func:`payload` gives it."""


def payload(n: int) -> bytes:
    """Return the payload of event ``n``: JSON of a fixed size."""
    return (b'{"n":%d,"number":"R-2026-000123","customer":"c-77"}' % n).ljust(PAYLOAD_BYTES)


def key(n: int) -> str:
    """Return the partition key of event ``n``."""
    return f"tenant-{n % KEYS}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contestant works: its own database and topic, on servers that all share.

    Attributes:
        database_url: For SQLAlchemy with asyncpg.
        dsn: The same for libpq.
    """

    run: Run
    database_url: str
    dsn: str
    bootstrap: str
    topic: str


@dataclass(frozen=True, slots=True)
class Contestant:
    """A relay under test.

    Attributes:
        topic: Where its events go.
        prepare: Makes what it needs to be run, once.
        lay_out: Makes its outbox in an empty database.
        fill: Appends so many events, ``$1``, in one transaction.
        append: Appends one event: ``$1`` key, ``$2`` payload.
        start: Describes its process.
        ready: Whether it is at work, in SQL.
        table: Its outbox, to be emptied.
        share: The part of the backlog that it is given, as slow ones would take too long.
    """

    name: str
    topic: str
    prepare: Callable[[], object]
    lay_out: Callable[[Place], Awaitable[None]]
    fill: str
    append: str
    start: Callable[[Place], ManagedProcess]
    ready: str
    table: str
    share: float = 1.0

"""Appends events to the outbox, inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ARRAY, Connection, Executable, bindparam, insert, text
from sqlalchemy.dialects import postgresql

from ledgerlane_outbox.message import OutboxMessage
from ledgerlane_outbox.tables import outbox

if TYPE_CHECKING:  # importing it needs greenlet, which synchronous services need not have
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
    from sqlalchemy.orm import Session

_NAMES: Final = tuple(column.name for column in outbox.columns)
_COLUMNS: Final = ", ".join(f'"{name}"' for name in _NAMES)
_POSTGRESQL: Final = postgresql.dialect()  # type: ignore[no-untyped-call] # it has no types
_ARRAYS: Final = ", ".join(
    f"CAST(:{column.name} AS {column.type.compile(_POSTGRESQL)}[])" for column in outbox.columns
)

_APPEND_ONE: Final = insert(outbox)

# One statement for any number of rows, so that it is compiled and planned once. The rows draw
# their numbers in the order of the arrays.
_APPEND_MANY: Final = text(
    f"INSERT INTO ledgerlane_outbox ({_COLUMNS}) SELECT {_COLUMNS}"  # noqa: S608 - our names
    f" FROM unnest({_ARRAYS}) WITH ORDINALITY AS message ({_COLUMNS}, place) ORDER BY place"
).bindparams(*(bindparam(column.name, type_=ARRAY(column.type)) for column in outbox.columns))


async def append(session: AsyncSession | AsyncConnection, *messages: OutboxMessage) -> None:
    """Add events to the outbox; they are published only if this transaction commits.

    It never commits and never connects to Kafka. Publication is at least once, in the order of
    the appends for each partition key whose writers lock the entity first. An ``event_id`` is
    not checked to be new: an event that is appended twice is published twice with one id.

    Raises:
        ValueError: a payload can't be written as JSON, or is too large; nothing was added.
    """
    if messages:
        await session.execute(*_statement(messages))


def append_sync(session: Session | Connection, *messages: OutboxMessage) -> None:
    """Do what :func:`append` does, for synchronous SQLAlchemy."""
    if messages:
        session.execute(*_statement(messages))


def _statement(messages: tuple[OutboxMessage, ...]) -> tuple[Executable, dict[str, Any]]:
    """Return the statement that appends the messages, with its parameters."""
    rows = [_row(message) for message in messages]
    if len(rows) == 1:
        return _APPEND_ONE, dict(zip(_NAMES, rows[0], strict=True))
    columns = map(list, zip(*rows, strict=True))
    return _APPEND_MANY, dict(zip(_NAMES, columns, strict=True))


def _row(message: OutboxMessage) -> tuple[Any, ...]:
    """Return the values of a row in the order of the table's columns."""
    return (
        message.event_id,
        message.topic,
        message.partition_key,
        message.further_headers() or None,
        message.encoded_payload(),
        message.type,
        message.source,
        message.tenant_id,
        message.subject,
        message.entity_version,
        message.time,
    )

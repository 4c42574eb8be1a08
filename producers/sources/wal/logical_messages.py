"""Events that a service emits into the log without a row.

Such an event is the content of `pg_logical_emit_message(true, 'ledgerlane', ...)`: a JSON
object with the fields of a row, `event_id`, `topic`, `partition_key`, `headers` and `payload`,
the last in base64. The SQL function `ledgerlane_emit` writes it.
"""

import binascii
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from ledgerlane_outbox.store import OutboxRow
from producers.sources.wal.pgoutput import LogicalMessage

PREFIX: Final = "ledgerlane"
"""What marks a message as an event; those of others are passed over."""


@dataclass(frozen=True, slots=True)
class EmittedEvent:
    """An emitted event with what a row of the table would have.

    Its number is the negative of its position in the log: no row has such a number, and a
    repeat of the event has the same.
    """

    row: OutboxRow
    event_id: UUID
    committed_at: datetime


@dataclass(frozen=True, slots=True)
class MalformedMessage:
    """A message under our prefix that is no event."""

    seq: int
    content: bytes
    reason: str
    committed_at: datetime | None


def decode_emitted_event(message: LogicalMessage, committed_at: datetime) -> EmittedEvent:
    """Read an emitted event.

    Raises:
        ValueError: the content is not what `ledgerlane_emit` writes.
    """
    try:
        fields: dict[str, Any] = orjson.loads(message.content)
        row = (
            -message.lsn,
            _text(fields, "topic"),
            _text(fields, "partition_key"),
            _object(fields, "headers"),
            b64decode(_string(fields, "payload"), validate=True),
        )
        return EmittedEvent(row, UUID(_text(fields, "event_id")), committed_at)
    except (TypeError, KeyError, binascii.Error) as exc:
        raise ValueError(f"{type(exc).__name__}: {exc}") from exc


def _string(fields: dict[str, Any], name: str) -> str:
    if not isinstance(fields[name], str):
        raise TypeError(f"{name} is no text")
    return str(fields[name])


def _text(fields: dict[str, Any], name: str) -> str:
    if not _string(fields, name):
        raise ValueError(f"{name} is empty")
    return str(fields[name])


def _object(fields: dict[str, Any], name: str) -> str:
    if not isinstance(fields[name], dict):
        raise TypeError(f"{name} is no object")
    return orjson.dumps(fields[name]).decode()

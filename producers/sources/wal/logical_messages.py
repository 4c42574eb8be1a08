"""Events without a row, which a service emits by the SQL function `ledgerlane_emit`.

Such an event is the content of `pg_logical_emit_message(true, 'ledgerlane', ...)`: a JSON
object with `event_id`, `topic`, `partition_key`, `headers` and `payload`, the last in base64.
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

NO_ATTRIBUTES: Final = (None, None, None, None, None, None)
"""The attributes of a row that has all of them in its headers."""

PREFIX: Final = "ledgerlane"
"""The prefix that marks a message as an event; messages of other programs are ignored."""


@dataclass(frozen=True, slots=True)
class EmittedEvent:
    """An event without a row.

    Attributes:
        row: The event in the form of a row. Its number is the negative of its place in the log:
            no row has such a number, and a repeat of the event has the same one.
        committed_at: The time at which its transaction committed.
    """

    row: OutboxRow
    committed_at: datetime


@dataclass(frozen=True, slots=True)
class MalformedMessage:
    """A message under our prefix that is not an event.

    Attributes:
        seq: The negative of its place in the log.
        content: The message as it was emitted.
        reason: The reason why it is not an event, for operators.
        committed_at: The time at which its transaction committed; None if it was emitted
            outside of one.
    """

    seq: int
    content: bytes
    reason: str
    committed_at: datetime | None


def decode_emitted_event(message: LogicalMessage, committed_at: datetime) -> EmittedEvent:
    """Return the event that a message carries.

    Raises:
        ValueError: the content is not what `ledgerlane_emit` writes.
    """
    try:
        fields: dict[str, Any] = orjson.loads(message.content)
        row: OutboxRow = (
            -message.lsn,
            _text(fields, "topic"),
            _text(fields, "partition_key"),
            _object(fields, "headers"),
            b64decode(_string(fields, "payload"), validate=True),
            UUID(_text(fields, "event_id")),
            *NO_ATTRIBUTES,
        )
        return EmittedEvent(row, committed_at)
    except (TypeError, KeyError, binascii.Error) as exc:
        raise ValueError(f"{type(exc).__name__}: {exc}") from exc


def _string(fields: dict[str, Any], name: str) -> str:
    if not isinstance(fields[name], str):
        raise TypeError(f"{name} is not text")
    return str(fields[name])


def _text(fields: dict[str, Any], name: str) -> str:
    if not _string(fields, name):
        raise ValueError(f"{name} is empty")
    return str(fields[name])


def _object(fields: dict[str, Any], name: str) -> str:
    if not isinstance(fields[name], dict):
        raise TypeError(f"{name} is not an object")
    return orjson.dumps(fields[name]).decode()

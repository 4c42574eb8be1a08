"""The messages of PostgreSQL's output plugin `pgoutput`, and those that carry them, from bytes.

Pure. It knows what a publication of INSERTs sends in protocol version 2 while the streaming of
open transactions is off, with `binary` and `messages` on. Anything else is a violation.

Source: PostgreSQL 18 manual, "Logical Replication Message Formats" and "Streaming Replication
Protocol"; read 2026-11, and compared with what a server of version 18 sends.
"""

import struct
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

LOG_DATA: Final = ord("w")
KEEPALIVE: Final = ord("k")
LOG_DATA_HEADER: Final = 25
"""Bytes before the plugin's message in a message of log data."""

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_NULL: Final = ord("n")
_BINARY: Final = ord("b")

_KEEPALIVE: Final = struct.Struct(">xQqB")
_STATUS: Final = struct.Struct(">cQQQqB")
_BEGIN: Final = struct.Struct(">xQqI")
_COMMIT: Final = struct.Struct(">xxQQq")
_RELATION: Final = struct.Struct(">xI")
_COLUMN_COUNT: Final = struct.Struct(">xH")
_INSERT: Final = struct.Struct(">xIcH")
_EMITTED: Final = struct.Struct(">xBQ")
_LENGTH: Final = struct.Struct(">I")


class ProtocolViolation(ValueError):
    """The server sent what it was not asked for."""


class Keepalive(NamedTuple):
    """The server lives; all that committed before ``end_lsn`` was sent."""

    end_lsn: int
    wants_reply: bool


class Begin(NamedTuple):
    """A transaction follows, which committed; its commit record starts at ``commit_lsn``."""

    commit_lsn: int
    committed_at: datetime


class Commit(NamedTuple):
    """The transaction ends; its commit record ends at ``end_lsn``."""

    end_lsn: int


class Relation(NamedTuple):
    """What a table is called, and its columns in the order in which rows have them."""

    oid: int
    name: str
    columns: tuple[str, ...]


class Insert(NamedTuple):
    """A row: a value for each column in PostgreSQL's binary form, None for NULL."""

    relation: int
    values: list[bytes | None]


class LogicalMessage(NamedTuple):
    """A message of `pg_logical_emit_message`."""

    lsn: int
    transactional: bool
    prefix: str
    content: bytes


Message: TypeAlias = Begin | Commit | Relation | Insert | LogicalMessage


def decode_keepalive(data: bytes | memoryview) -> Keepalive:
    """Read a keepalive message of the server."""
    end_lsn, _, wants_reply = _KEEPALIVE.unpack_from(data)
    return Keepalive(end_lsn, bool(wants_reply))


def encode_status(lsn: int) -> bytes:
    """Write a status update: all before ``lsn`` is dealt with, and we live.

    The time of our clock, which the server only shows in statistics, is left 0.
    """
    return _STATUS.pack(b"r", lsn, lsn, lsn, 0, 0)


def decode(message: bytes) -> Message | None:
    """Read one message of the plugin; None for a kind that says nothing of rows.

    Raises:
        ProtocolViolation: it is of a kind that was not asked for, or is no message.
    """
    try:
        decoder = _DECODERS[message[0]]
        return None if decoder is None else decoder(message)
    except (KeyError, IndexError, struct.error, UnicodeDecodeError) as exc:
        raise ProtocolViolation(f"unexpected message {message[:40]!r}") from exc


def _begin(message: bytes) -> Begin:
    commit_lsn, microseconds, _ = _BEGIN.unpack_from(message)
    return Begin(commit_lsn, _EPOCH + timedelta(microseconds=microseconds))


def _commit(message: bytes) -> Commit:
    _, end_lsn, _ = _COMMIT.unpack_from(message)
    return Commit(end_lsn)


def _relation(message: bytes) -> Relation:
    (oid,) = _RELATION.unpack_from(message)
    _, at = _text(message, _RELATION.size)  # the schema
    name, at = _text(message, at)
    (count,) = _COLUMN_COUNT.unpack_from(message, at)  # after the replica identity
    at += _COLUMN_COUNT.size
    columns = []
    for _ in range(count):
        column, at = _text(message, at + 1)  # after the flags
        columns.append(column)
        at += 8  # the type and its modifier
    return Relation(oid, name, tuple(columns))


def _insert(message: bytes) -> Insert:
    relation, _, count = _INSERT.unpack_from(message)
    at = _INSERT.size
    values: list[bytes | None] = []
    for _ in range(count):
        kind = message[at]
        if kind == _BINARY:
            start = at + 5
            at = start + _LENGTH.unpack_from(message, at + 1)[0]
            values.append(message[start:at])
        elif kind == _NULL:
            at += 1
            values.append(None)
        else:
            raise ProtocolViolation(f"a value of kind {chr(kind)!r} in a row of {relation}")
    if at != len(message):
        raise ProtocolViolation(f"a row of {relation} is cut or has a tail")
    return Insert(relation, values)


def _emitted(message: bytes) -> LogicalMessage:
    flags, lsn = _EMITTED.unpack_from(message)
    prefix, at = _text(message, _EMITTED.size)
    (length,) = _LENGTH.unpack_from(message, at)
    content = message[at + _LENGTH.size :]
    if len(content) != length:
        raise ProtocolViolation(f"an emitted message at {lsn} is cut or has a tail")
    return LogicalMessage(lsn, bool(flags & 1), prefix, content)


def _text(message: bytes, at: int) -> tuple[str, int]:
    """Read a text that a zero ends; return it and where the next field is."""
    end = message.find(b"\0", at)
    if end < 0:
        raise ProtocolViolation(f"a text without an end in {message[:40]!r}")
    return message[at:end].decode(), end + 1


_DECODERS: Final[Mapping[int, Callable[[bytes], Message] | None]] = MappingProxyType(
    {
        ord("I"): _insert,
        ord("B"): _begin,
        ord("C"): _commit,
        ord("R"): _relation,
        ord("M"): _emitted,
        ord("O"): None,  # from which server a transaction came
        ord("Y"): None,  # what a type is called
    }
)

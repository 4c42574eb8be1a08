"""Decodes the messages of PostgreSQL's output plugin `pgoutput`; pure.

It knows what a publication of INSERTs sends in protocol version 2 with `binary` and `messages`
on and the streaming of open transactions off. Anything else is a violation.

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
"""The number of bytes before the plugin's message in a message of log data."""

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
    """The server sent something that it was not asked for."""


class Keepalive(NamedTuple):
    """A sign of life of the server.

    Attributes:
        end_lsn: The place before which everything that committed was sent.
        wants_reply: Whether the server asks for a status update at once.
    """

    end_lsn: int
    wants_reply: bool


class Begin(NamedTuple):
    """The beginning of a committed transaction.

    Attributes:
        commit_lsn: The place at which its commit record starts.
        committed_at: The time of the commit.
    """

    commit_lsn: int
    committed_at: datetime


class Commit(NamedTuple):
    """The end of a transaction.

    Attributes:
        end_lsn: The place at which its commit record ends.
    """

    end_lsn: int


class Relation(NamedTuple):
    """A table of the publication.

    Attributes:
        oid: The object id by which rows refer to the table.
        name: The name without the schema.
        columns: The names of the columns in the order of the values of a row.
    """

    oid: int
    name: str
    columns: tuple[str, ...]


class Insert(NamedTuple):
    """A row.

    Attributes:
        relation: The object id of its table.
        values: A value for each column in PostgreSQL's binary form; None for NULL.
    """

    relation: int
    values: list[bytes | None]


class LogicalMessage(NamedTuple):
    """A message of `pg_logical_emit_message`.

    Attributes:
        lsn: The place of the message in the log.
        transactional: Whether it belongs to the transaction that it was emitted in.
        prefix: The name by which programs find their messages.
        content: The message itself.
    """

    lsn: int
    transactional: bool
    prefix: str
    content: bytes


Message: TypeAlias = Begin | Commit | Relation | Insert | LogicalMessage


def decode_keepalive(data: bytes | memoryview) -> Keepalive:
    """Return the content of a keepalive message."""
    end_lsn, _, wants_reply = _KEEPALIVE.unpack_from(data)
    return Keepalive(end_lsn, bool(wants_reply))


def encode_status(lsn: int) -> bytes:
    """Return a status update that says that everything before ``lsn`` is done."""
    # The time of the client's clock, which the server only shows in statistics, is left 0.
    return _STATUS.pack(b"r", lsn, lsn, lsn, 0, 0)


def decode(message: bytes) -> Message | None:
    """Return one message of the plugin; None for a kind that does not concern rows.

    Raises:
        ProtocolViolation: the message is malformed or of a kind that was not asked for.
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
        raise ProtocolViolation(f"a row of {relation} is too short or too long")
    return Insert(relation, values)


def _emitted(message: bytes) -> LogicalMessage:
    flags, lsn = _EMITTED.unpack_from(message)
    prefix, at = _text(message, _EMITTED.size)
    (length,) = _LENGTH.unpack_from(message, at)
    content = message[at + _LENGTH.size :]
    if len(content) != length:
        raise ProtocolViolation(f"an emitted message at {lsn} is too short or too long")
    return LogicalMessage(lsn, bool(flags & 1), prefix, content)


def _text(message: bytes, at: int) -> tuple[str, int]:
    """Return a zero-terminated text and the offset of the next field."""
    end = message.find(b"\0", at)
    if end < 0:
        raise ProtocolViolation(f"a text without a terminating zero in {message[:40]!r}")
    return message[at:end].decode(), end + 1


_DECODERS: Final[Mapping[int, Callable[[bytes], Message] | None]] = MappingProxyType(
    {
        ord("I"): _insert,
        ord("B"): _begin,
        ord("C"): _commit,
        ord("R"): _relation,
        ord("M"): _emitted,
        ord("O"): None,  # the origin of a transaction
        ord("Y"): None,  # the name of a type
    }
)

"""Encodes rows as record batches of Kafka, version 2; pure.

Rows of one partition come in, bytes go out. Start at :func:`encode_records`, whose bytes
:func:`seal_batch` makes a batch of.

Source: Apache Kafka 4.3 documentation, "Message Format"; read 2026-11.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from aiokafka.codec import lz4_encode, snappy_encode, zstd_encode
from aiokafka.partitioner import murmur2
from aiokafka.record.util import calc_crc32c

from ledgerlane_outbox.store import OutboxRow
from producers.publisher import LARGEST_RECORD, MALFORMED, Rejections
from producers.record_headers import JSON, SPECVERSION, headers_of, time_text

_MAGIC: Final = 2
_TRANSACTIONAL: Final = 0x10
_NO_LEADER_EPOCH: Final = -1

_HEAD: Final = struct.Struct(">qiibI")
_TAIL: Final = struct.Struct(">hiqqqhii")
_BEFORE_LENGTH: Final = 12
"""The bytes of a batch's base offset and length, which the length does not count."""

_OVERHEAD: Final = _HEAD.size + _TAIL.size
"""The bytes of a batch before its records."""

_LARGEST_LENGTH: Final = 5
"""The most bytes that the length before a record takes."""

_CACHED_ORIGINS: Final = 16_384
_CACHED_KEYS: Final = 65_536


class Compression(IntEnum):
    """The codec of a batch; the values are those of its attributes."""

    NONE = 0
    SNAPPY = 2
    LZ4 = 3
    ZSTD = 4


def _lz4(records: bytes) -> bytes:
    # The codec's own default is seven times slower, for a seventh less.
    return bytes(lz4_encode(records, level=1))


_CODECS: Final[Mapping[Compression, Callable[[bytes], bytes]]] = MappingProxyType(
    {
        Compression.NONE: bytes,
        Compression.SNAPPY: snappy_encode,
        Compression.LZ4: _lz4,
        Compression.ZSTD: zstd_encode,
    }
)


class ProducerState(NamedTuple):
    """The numbers by which a broker recognises a batch that is sent again.

    Attributes:
        id: The id that the broker gave the producer; -1 for none.
        epoch: The epoch of that id; -1 for none.
        sequence: The number of the first record among those of the producer and partition.
    """

    id: int = -1
    epoch: int = -1
    sequence: int = -1


@dataclass(frozen=True, slots=True)
class EncodedRecords:
    """Records of one batch.

    Attributes:
        indexes: The positions of their rows among all rows.
        encoded: The records, not compressed.
        end: The number of ``indexes`` passed to the encoder that are done.
    """

    indexes: Sequence[int]
    encoded: bytes
    end: int


def encode_records(
    rows: Sequence[OutboxRow],
    indexes: Sequence[int],
    rejections: Rejections,
    *,
    begin: int = 0,
    limit: int = LARGEST_RECORD,
) -> EncodedRecords:
    """Encode rows of one partition as long as they fit into one batch.

    Rows that no record can be made of are rejected, and so are those of their key behind them.

    Args:
        indexes: The positions of the partition's rows among ``rows``, rising.
        begin: The number of ``indexes`` that are done already.
        limit: The largest size of the records in bytes; a single record may be larger.
    """
    parts: list[bytes] = []
    add = parts.append
    taken: list[int] = []
    blocked = rejections.keys
    used = 0
    for place in range(begin, len(indexes)):
        index = indexes[place]
        row = rows[index]
        if blocked and rejections.blocks(index, (row[1], row[2])):
            continue
        try:
            record = _record(row, len(taken))
        except MALFORMED as exc:
            rejections.add(index, (row[1], row[2]), f"headers can't be sent: {exc}")
            continue
        size = len(record) + _LARGEST_LENGTH
        if size > LARGEST_RECORD:
            reason = f"too large: {size} bytes, and at most {LARGEST_RECORD} can be sent"
            rejections.add(index, (row[1], row[2]), reason)
            continue
        used += size
        if used > limit and taken:
            return EncodedRecords(taken, b"".join(parts), place)
        taken.append(index)
        length = len(record)
        add(_VARINT[length] if length < _KEPT else encode_varint(length))
        add(record)
    return EncodedRecords(taken, b"".join(parts), len(indexes))


def seal_batch(
    records: bytes,
    count: int,
    *,
    compression: Compression,
    timestamp_ms: int,
    producer: ProducerState,
    transactional: bool,
) -> bytes:
    """Return a batch as it goes to a broker.

    Args:
        records: Encoded records, compressed by :func:`compress`.
        count: Their number.
        timestamp_ms: The time that all of them have, in milliseconds since the epoch.
    """
    attributes = compression | (_TRANSACTIONAL if transactional else 0)
    times = timestamp_ms, timestamp_ms
    checked = _TAIL.pack(attributes, count - 1, *times, *producer, count) + records
    length = _OVERHEAD - _BEFORE_LENGTH + len(records)
    crc = calc_crc32c(checked)
    return _HEAD.pack(0, length, _NO_LEADER_EPOCH, _MAGIC, crc) + checked


def compress(records: bytes, compression: Compression) -> bytes:
    """Return encoded records as a batch of this codec has them."""
    return _CODECS[compression](records)


@lru_cache(_CACHED_KEYS)
def key_hash(key: str) -> int:
    """Return what the partition of a key follows from: its remainder by their number.

    Source: `DefaultPartitioner` of Apache Kafka's Java client.
    """
    return int(murmur2(key.encode()) & 0x7FFFFFFF)


def _record(row: OutboxRow, offset: int) -> bytes:
    """Encode one row, without the length before it.

    Raises:
        TypeError, ValueError: no headers can be made of it.
    """
    _, _, key, further, payload, event_id, type_, source, tenant, subject, version, at = row
    if further is not None or subject is None or version is None or type_ is None or at is None:
        return _record_of_any(row, offset)
    key_part, constant = _of_origin(key, type_, source, tenant)
    second, microsecond = divmod(at, 1_000_000)
    encoded = subject.encode()
    try:
        return b"".join(
            (
                _NO_ATTRIBUTES,
                _VARINT[offset],
                key_part,
                _VARINT[len(payload)],
                payload,
                constant,
                str(event_id).encode(),
                _second(second),
                b"%06dZ" % microsecond,
                _BEFORE_SUBJECT,
                _VARINT[len(encoded)],
                encoded,
                _version(version),
            )
        )
    except IndexError:
        # One of the sizes has more than two bytes.
        return _record_of_any(row, offset)


def _record_of_any(row: OutboxRow, offset: int) -> bytes:
    """Encode a row whatever its headers are."""
    headers = headers_of(row)
    return b"".join(
        (
            *(_NO_ATTRIBUTES, encode_varint(offset), _sized(row[2].encode())),
            *(_sized(row[4]), encode_varint(len(headers))),
            *(_header(name, value) for name, value in headers.items()),
        )
    )


@lru_cache(_CACHED_ORIGINS)
def _of_origin(
    key: str, type_: str, source: str | None, tenant: str | None
) -> tuple[bytes, bytes]:
    """Return the key as a record has it, and the headers that all rows like this one share.

    The name of the event's id, which is the next header, ends them.
    """
    constant = {
        "ce_specversion": SPECVERSION,
        "content-type": JSON,
        "ce_type": type_,
        "ce_source": source,
        "ce_tenantid": tenant,
        "ce_partitionkey": key,
    }
    headers = b"".join(_header(name, value) for name, value in constant.items())
    return _sized(key.encode()), encode_varint(_ALL_HEADERS) + headers + _BEFORE_ID


@lru_cache(4096)
def _second(second: int) -> bytes:
    """Return the header of a time but for its microseconds."""
    return _BEFORE_TIME + time_text(second * 1_000_000)[: -len("000000Z")].encode()


@lru_cache(4096)
def _version(version: int) -> bytes:
    return _header("ce_entityversion", str(version))


def _header(name: str, value: str | None) -> bytes:
    return _sized(name.encode()) + (_NULL if value is None else _sized(value.encode()))


def _sized(content: bytes) -> bytes:
    return encode_varint(len(content)) + content


def encode_varint(number: int) -> bytes:
    """Return a number as Kafka's records have it: zigzag, seven bits a byte, lowest first."""
    left = (number << 1) ^ (number >> 63)
    encoded = bytearray()
    while left > 0x7F:
        encoded.append(left & 0x7F | 0x80)
        left >>= 7
    encoded.append(left)
    return bytes(encoded)


_KEPT: Final = 8192
_VARINT: Final = tuple(encode_varint(number) for number in range(_KEPT))
"""The numbers that take one or two bytes."""

_NO_ATTRIBUTES: Final = b"\0\0"
"""The attributes of a record, none, and the time by which it is later than its batch, none."""

_NULL: Final = encode_varint(-1)

# An event with all attributes and nothing beside them has ten headers. Four of them differ from
# row to row: these are their names, and the sizes of id and time, which are always the same.
_ALL_HEADERS: Final = 10
_BEFORE_ID: Final = _sized(b"ce_id") + encode_varint(36)
_BEFORE_TIME: Final = _sized(b"ce_time") + encode_varint(27)
_BEFORE_SUBJECT: Final = _sized(b"ce_subject")

"""Decoding, over bytes: some as a server of version 18 sent them, some as none should."""

import struct
from datetime import UTC, datetime, timedelta

import pytest

from producers.sources.wal.pgoutput import (
    Begin,
    Commit,
    Insert,
    Keepalive,
    LogicalMessage,
    ProtocolViolation,
    Relation,
    decode,
    decode_keepalive,
    encode_status,
)

BEGIN = b"B\x00\x00\x00\x00\x01|7H\x00\x03\x03\xca\xafU\x8cW\x00\x00\x03\x03"
COMMIT = b"C\x00\x00\x00\x00\x00\x01|7H\x00\x00\x00\x00\x01|7x\x00\x03\x03\xca\xafU\x8cW"
RELATION = (
    b"R\x00\x00@\x01public\x00ledgerlane_outbox\x00d\x00\x02"
    b"\x00seq\x00\x00\x00\x00\x14\xff\xff\xff\xff\x01payload\x00\x00\x00\x00\x11\xff\xff\xff\xff"
)
INSERT = (
    b"I\x00\x00@\x01N\x00\x03b\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x01"
    b"nb\x00\x00\x00\x02\x01\x02"
)
EMITTED = b"M\x01\x00\x00\x00\x00\x01|7Hledgerlane\x00\x00\x00\x00\x05hello"


def test_a_transaction_says_where_and_when_it_committed() -> None:
    microseconds = int.from_bytes(BEGIN[9:17])
    assert decode(BEGIN) == Begin(
        0x17C3748, datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    )
    assert decode(COMMIT) == Commit(0x17C3778)


def test_a_relation_names_its_columns_in_order() -> None:
    assert decode(RELATION) == Relation(0x4001, "ledgerlane_outbox", ("seq", "payload"))


def test_a_row_has_a_value_for_each_column_and_none_for_null() -> None:
    assert decode(INSERT) == Insert(0x4001, [(1).to_bytes(8), None, b"\x01\x02"])


def test_an_emitted_message_says_whether_it_belongs_to_its_transaction() -> None:
    assert decode(EMITTED) == LogicalMessage(0x17C3748, True, "ledgerlane", b"hello")
    outside = decode(b"M\x00" + EMITTED[2:])
    assert isinstance(outside, LogicalMessage)
    assert not outside.transactional


@pytest.mark.parametrize("kind", [b"O", b"Y"])
def test_what_says_nothing_of_rows_is_passed_over(kind: bytes) -> None:
    assert decode(kind + bytes(20)) is None


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"S\x00\x00\x00\x01\x01",  # a stream of an open transaction
        b"U" + INSERT[1:],
        b"T\x00\x00\x00\x01\x00",
        BEGIN[:-1],
        COMMIT[:-1],
        RELATION[:-9],
        INSERT[:-1],
        INSERT + b"\x00",
        INSERT.replace(b"nb", b"tb"),  # a value as text, which was not asked for
        EMITTED[:-1],
        EMITTED[:16],
    ],
)
def test_what_was_not_asked_for_or_is_cut_is_a_violation(message: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        decode(message)


@pytest.mark.parametrize("wants_reply", [True, False])
def test_a_keepalive_says_how_far_the_server_is(wants_reply: bool) -> None:
    data = b"k" + struct.pack(">QqB", 0x17C3778, 848_000_000_000_000, wants_reply)
    assert decode_keepalive(data) == Keepalive(0x17C3778, wants_reply)


def test_a_status_says_one_place_thrice_and_asks_for_no_reply() -> None:
    status = encode_status(0x17C3778)
    assert status == b"r" + (0x17C3778).to_bytes(8) * 3 + bytes(8) + b"\x00"

"""What is encoded is what Kafka's own clients encode, and what they decode."""

import json
import random
import string
from collections.abc import Sequence
from uuid import UUID

import pytest
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from hypothesis import given, strategies as st

from ledgerlane_outbox.store import OutboxRow
from producers.publisher import LARGEST_RECORD, Rejections
from producers.publishers.record_batches import (
    Compression,
    ProducerState,
    compress,
    encode_records,
    encode_varint,
    seal_batch,
)
from producers.record_headers import headers_of
from tests.outbox_rows import a_row

NOW_MS = 1_796_076_072_162
STATE = ProducerState(id=4711, epoch=3, sequence=70_000)

texts = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=40
)
names = st.text(string.ascii_lowercase, min_size=1, max_size=10)
further = st.none() | st.dictionaries(names, texts, max_size=3).map(
    lambda found: "{" + ",".join(f'"ce_x{k}":{json.dumps(v)}' for k, v in found.items()) + "}"
)
rows_of_one_partition = st.lists(
    st.builds(
        a_row,
        key=st.sampled_from(["tenant-1", "tenant-2", "Mieter/Zürich"]),
        headers=further,
        payload=st.binary(max_size=300),
        event_id=st.uuids(),
        type=st.sampled_from(["invoice.issued.v1", "customer.created.v1"]),
        source=texts,
        tenant_id=texts,
        subject=st.none() | texts,
        entity_version=st.none() | st.integers(0, 2**63 - 1),
        time=st.integers(-63_082_281_600_000_000, 252_455_615_999_999_999),
    ),
    min_size=1,
    max_size=30,
)


def batches_of(
    rows: Sequence[OutboxRow],
    *,
    limit: int = LARGEST_RECORD,
    compression: Compression = Compression.NONE,
    transactional: bool = False,
) -> list[bytes]:
    """Encode all rows as batches of one partition."""
    batches, done, rejections = [], 0, Rejections()
    while done < len(rows):
        found = encode_records(rows, range(len(rows)), rejections, begin=done, limit=limit)
        done = found.end
        batches.append(
            seal_batch(
                compress(found.encoded, compression),
                len(found.indexes),
                compression=compression,
                timestamp_ms=NOW_MS,
                producer=STATE,
                transactional=transactional,
            )
        )
    assert not rejections.keys
    return batches


def decoded(batch: bytes) -> list[tuple[bytes, bytes, dict[str, bytes]]]:
    """Decode a batch by aiokafka; each record's key, value and headers."""
    found = DefaultRecordBatch(batch)
    assert found.validate_crc()
    return [(one.key, one.value, dict(one.headers)) for one in found]


def expected(rows: Sequence[OutboxRow]) -> list[tuple[bytes, bytes, dict[str, bytes]]]:
    return [
        (
            row[2].encode(),
            row[4],
            {name: (value or "").encode() for name, value in headers_of(row).items()},
        )
        for row in rows
    ]


@given(rows_of_one_partition, st.sampled_from(Compression))
def test_what_was_encoded_is_decoded(
    rows: Sequence[OutboxRow], compression: Compression
) -> None:
    (batch,) = batches_of(rows, compression=compression)
    assert decoded(batch) == expected(rows)


@given(rows_of_one_partition, st.booleans())
def test_the_bytes_are_those_of_another_encoder(
    rows: Sequence[OutboxRow], transactional: bool
) -> None:
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=transactional,
        producer_id=STATE.id,
        producer_epoch=STATE.epoch,
        base_sequence=STATE.sequence,
        batch_size=10**9,
    )
    for offset, (key, value, headers) in enumerate(expected(rows)):
        builder.append(
            offset, timestamp=NOW_MS, key=key, value=value, headers=list(headers.items())
        )
    assert batches_of(rows, transactional=transactional) == [bytes(builder.build())]


@given(rows_of_one_partition, st.integers(1, 2_000))
def test_batches_are_split_by_bytes_and_keep_the_order(
    rows: Sequence[OutboxRow], limit: int
) -> None:
    batches = batches_of(rows, limit=limit)
    records = [decoded(batch) for batch in batches]
    assert [one for batch in records for one in batch] == expected(rows)
    for batch, own in zip(batches, records, strict=True):
        assert len(batch) - 61 <= limit or len(own) == 1


def test_a_batch_has_the_bytes_of_the_protocol() -> None:
    row = a_row(
        key="k",
        payload=b"{}",
        event_id=UUID(int=1),
        type="a.b.v1",
        source="/s",
        tenant_id="t",
        subject="x/1",
        entity_version=1,
        time=0,
    )
    assert batches_of([row]) == [GOLDEN]


# Written by hand from the documentation of the format; a length is twice the number of bytes.
GOLDEN_RECORD = (
    b"\xce\x03"  # 231 bytes follow
    b"\x00\x00\x00"  # no attributes, the batch's time, its first offset
    b"\x02k" + b"\x04{}" + b"\x14"  # key, value, ten headers
    b"\x1cce_specversion\x061.0"
    b"\x18content-type\x20application/json"
    b"\x0ece_type\x0ca.b.v1"
    b"\x12ce_source\x04/s"
    b"\x16ce_tenantid\x02t"
    b"\x1ece_partitionkey\x02k"
    b"\x0ace_id\x4800000000-0000-0000-0000-000000000001"
    b"\x0ece_time\x362000-01-01T00:00:00.000000Z"
    b"\x14ce_subject\x06x/1"
    b"\x20ce_entityversion\x021"
)
GOLDEN = (
    bytes.fromhex("0000000000000000")  # the first offset, which the broker sets
    + (49 + len(GOLDEN_RECORD)).to_bytes(4)  # the bytes that follow
    + bytes.fromhex("ffffffff 02 537c41d0")  # no leader's epoch, the version, the checksum
    + bytes.fromhex("0000 00000000")  # no attributes, the last offset
    + bytes.fromhex("000001a22e79ece2 000001a22e79ece2")  # the first time and the latest
    + bytes.fromhex("0000000000001267 0003 00011170")  # the producer, its epoch, the sequence
    + bytes.fromhex("00000001")  # the number of records
    + GOLDEN_RECORD
)


@pytest.mark.parametrize(
    ("number", "encoded"),
    [
        (0, "00"),
        (-1, "01"),
        (1, "02"),
        (63, "7e"),
        (64, "8001"),
        (300, "d804"),
        (8_191, "fe7f"),
        (8_192, "808001"),
        (2**31 - 1, "feffffff0f"),
        (-(2**31), "ffffffff0f"),
    ],
)
def test_numbers_are_zigzag_with_seven_bits_a_byte(number: int, encoded: str) -> None:
    assert encode_varint(number).hex() == encoded


def test_a_record_larger_than_a_broker_takes_is_rejected_with_those_of_its_key_behind() -> None:
    rows = [
        a_row(key="a", payload=b"1"),
        a_row(key="a", payload=b"x" * LARGEST_RECORD),
        a_row(key="b", payload=b"2"),
        a_row(key="a", payload=b"3"),
    ]
    rejections = Rejections()
    found = encode_records(rows, range(4), rejections)
    assert (found.indexes, found.end) == ([0, 2], 4)
    first, second = rejections.in_order()
    assert (first.index, first.behind) == (1, False)
    assert (second.index, second.behind) == (3, True)
    assert "too large" in first.reason
    assert f"at most {LARGEST_RECORD}" in first.reason


def test_rows_before_a_rejected_one_of_their_key_may_be_encoded_again() -> None:
    rows = [a_row(payload=b"1"), a_row(payload=b"2"), a_row(payload=b"3")]
    rejections = Rejections()
    rejections.add(1, (rows[1][1], rows[1][2]), "refused")
    assert encode_records(rows, [0, 2], rejections).indexes == [0]


def test_incompressible_records_stay_below_the_brokers_limit() -> None:
    payload = random.Random(7).randbytes(LARGEST_RECORD - 1_000)  # noqa: S311 - no secret
    for compression in Compression:
        (batch,) = batches_of([a_row(payload=payload)], compression=compression)
        assert len(batch) < 1_048_588

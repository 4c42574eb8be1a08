"""What becomes of the log's messages, without a log."""

import json
import struct
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from producers.sources.wal.cursor import Snapshot, WalCursor
from producers.sources.wal.pgoutput import ProtocolViolation
from producers.sources.wal.table_rows import COLUMNS
from producers.sources.wal.transaction_assembler import AssembledRows, TransactionAssembler
from tests.outbox_rows import AN_EVENT_ID, a_row

TABLE = 7
NOTHING = Snapshot.parse("1:1:")
START = WalCursor(1)
EVENT_ID = "0c6e4b2a-6f5e-4b5e-9a0e-2a1f4a3a8b11"
EARLIER = ("xid", "seq", "topic", "partition_key", "headers", "payload")
LATER = (
    *(AN_EVENT_ID.bytes, b"thing.happened.v1", b"/test", b"t"),
    *(b"invoice/1", (7).to_bytes(8), (-5).to_bytes(8, signed=True)),
)
NO_ATTRIBUTES = (AN_EVENT_ID.bytes, *(None,) * 6)


def relation(columns: tuple[str, ...] = COLUMNS, oid: int = TABLE) -> bytes:
    described = b"".join(b"\x00" + name.encode() + bytes(9) for name in columns)
    head = b"R" + struct.pack(">I", oid) + b"public\x00ledgerlane_outbox\x00d"
    return head + struct.pack(">H", len(columns)) + described


def insert(
    seq: int,
    *later: bytes | None,
    xid: int = 100,
    oid: int = TABLE,
    headers: bytes | None = None,
) -> bytes:
    """Return a row that has its attributes in columns, or those values behind the payload."""
    values = (xid.to_bytes(8), seq.to_bytes(8), b"events", b"k", headers, b"%d" % seq)
    return _insert(*values, *(later or LATER), oid=oid)


def _insert(*values: bytes | None, oid: int = TABLE) -> bytes:
    encoded = b"".join(b"n" if one is None else b"b" + _counted(one) for one in values)
    return b"I" + struct.pack(">I", oid) + b"N" + struct.pack(">H", len(values)) + encoded


def begin(commit_lsn: int) -> bytes:
    return b"B" + struct.pack(">QqI", commit_lsn, 0, 1)


def commit(end_lsn: int) -> bytes:
    return b"C\x00" + struct.pack(">QQq", end_lsn - 1, end_lsn, 0)


def emitted(content: bytes, *, lsn: int = 5, prefix: bytes = b"ledgerlane") -> bytes:
    return b"M\x01" + struct.pack(">Q", lsn) + prefix + b"\x00" + _counted(content)


def _counted(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def content(**other: Any) -> bytes:
    fields: Mapping[str, Any] = {
        "event_id": EVENT_ID,
        "topic": "events",
        "partition_key": "k",
        "headers": {"ce_id": EVENT_ID},
        "payload": b64encode(b"x").decode(),
    }
    return json.dumps({**fields, **other}).encode()


def assemble(
    *messages: bytes, cursor: WalCursor = START, behind: Snapshot = NOTHING
) -> AssembledRows:
    assembly = TransactionAssembler(cursor, behind, TABLE)
    assembly.take(relation())
    for message in messages:
        assembly.take(message)
    return assembly.cut()


def seqs(portion: AssembledRows) -> list[int]:
    return [row[0] for row in portion.rows]


def test_rows_come_as_they_are_and_the_cursor_is_behind_their_commit() -> None:
    portion = assemble(begin(20), insert(1), insert(2), commit(25))
    expected = a_row(payload=b"1", subject="invoice/1", entity_version=7, time=-5)
    assert portion.rows[0] == expected
    assert portion.commits == [(20, 2)]
    assert (portion.cursor, portion.cut) == (WalCursor(25), False)


def test_a_cut_transaction_is_counted_and_resumed_where_it_was_cut() -> None:
    first = assemble(begin(20), insert(1), insert(2))
    assert (first.cursor, first.cut) == (WalCursor(1, 20, 2), True)
    again = [begin(20), insert(1), insert(2), insert(3), commit(25), begin(30), insert(4)]
    assert seqs(assemble(*again, cursor=first.cursor)) == [3, 4]


def test_rows_and_emitted_events_count_alike_when_a_transaction_is_resumed() -> None:
    whole = [begin(20), insert(1), emitted(content(), lsn=15), insert(2), commit(25)]
    cut = assemble(*whole[:3])
    assert seqs(cut) == [1, -15]
    assert seqs(assemble(*whole, cursor=cut.cursor)) == [2]


def test_what_a_snapshot_shows_is_behind_us_but_not_what_was_open_in_it() -> None:
    snapshot = Snapshot.parse("100:110:104,107")
    rows = [insert(xid, xid=xid) for xid in (99, 103, 104, 107, 109, 110)]
    assert seqs(assemble(begin(20), *rows, behind=snapshot)) == [104, 107, 110]


def test_rows_behind_a_snapshot_count_when_a_transaction_is_resumed() -> None:
    """The next session may know a later snapshot: places in a transaction may not move."""
    messages = [begin(20), insert(1, xid=5), insert(2, xid=500), commit(25)]
    cut = assemble(*messages[:2], behind=Snapshot.parse("100:100:"))
    assert seqs(assemble(*messages, cursor=cut.cursor)) == [2]


def test_other_tables_and_the_messages_of_others_are_passed_over() -> None:
    portion = assemble(
        begin(20), relation(("id",), oid=8), insert(1, oid=8), emitted(b"?", prefix=b"theirs")
    )
    assert not portion.rows
    assert not portion.malformed


def test_columns_may_stand_in_any_order_among_others() -> None:
    assembly = TransactionAssembler(WalCursor(1), NOTHING, TABLE)
    assembly.take(relation(("other", *reversed(COLUMNS))))
    row = ((100).to_bytes(8), (9).to_bytes(8), b"events", b"k", b"{}", b"p", *NO_ATTRIBUTES)
    assembly.take(begin(20))
    assembly.take(_insert(b"?", *reversed(row)))
    assert assembly.cut().rows == [a_row(seq=9, headers="{}", payload=b"p", type=None)]


@pytest.mark.parametrize("left_out", ["payload", "headers", "type", "time"])
def test_a_publication_that_leaves_out_a_column_is_reported(left_out: str) -> None:
    columns = tuple(name for name in COLUMNS if name != left_out)
    with pytest.raises(ProtocolViolation, match=left_out):
        TransactionAssembler(WalCursor(1), NOTHING, TABLE).take(relation(columns))


def test_log_of_before_the_attributes_had_columns_is_read_as_well() -> None:
    row = (b"events", b"k", b'{"a":"b"}', b"p")
    portion = assemble(
        relation(EARLIER),
        begin(20),
        _insert((100).to_bytes(8), (1).to_bytes(8), *row),
        commit(25),
        begin(30),
        relation(),
        insert(2, *NO_ATTRIBUTES, headers=b"{}"),
        insert(3),
        commit(35),
    )
    earlier, without, later = portion.rows
    assert earlier[:6] == (1, "events", "k", '{"a":"b"}', b"p", None)
    assert earlier[6:] == (None,) * 6
    assert without == a_row(seq=2, headers="{}", payload=b"2", type=None)
    assert (later[0], later[6]) == (3, "thing.happened.v1")
    assert portion.commits == [(20, 1), (30, 2)]


def test_a_row_with_neither_attributes_nor_headers_is_no_event() -> None:
    """As the log has a new row if the publication has the columns of an earlier version."""
    row = ((100).to_bytes(8), (1).to_bytes(8), b"events", b"k", None, b"p")
    with pytest.raises(ProtocolViolation, match=r"row 1 .* neither"):
        assemble(relation(EARLIER), begin(20), _insert(*row))


def test_a_keepalive_moves_the_cursor_only_between_transactions() -> None:
    assembly = TransactionAssembler(WalCursor(10), NOTHING, TABLE)
    assembly.reached(5)
    assert assembly.cursor == WalCursor(10)
    assembly.reached(15)
    assembly.take(begin(20))
    assembly.reached(19)
    assert assembly.cursor == WalCursor(15, 20, 0)


def test_an_emitted_event_has_the_fields_of_a_row_and_a_number_of_its_own() -> None:
    portion = assemble(begin(20), emitted(content(), lsn=15), commit(25))
    headers = f'{{"ce_id":"{EVENT_ID}"}}'
    event_id = UUID(EVENT_ID)
    assert portion.rows == [
        a_row(seq=-15, headers=headers, payload=b"x", event_id=event_id, type=None)
    ]
    assert portion.emitted_events[-15].row == portion.rows[0]
    assert portion.commits == []


@pytest.mark.parametrize(
    "wrong",
    [
        b"\xff",
        b"[]",
        b"{}",
        content(topic=""),
        content(topic=1),
        content(headers=[]),
        content(payload="?"),
        content(event_id="?"),
    ],
)
def test_what_is_not_an_event_is_set_aside_with_its_reason(wrong: bytes) -> None:
    portion = assemble(begin(20), emitted(wrong, lsn=15), insert(1), commit(25))
    ((seq, kept, reason),) = ((m.seq, m.content, m.reason) for m in portion.malformed)
    assert (seq, kept) == (-15, wrong)
    assert reason.startswith("not an event: ")
    assert seqs(portion) == [1]


def test_what_is_emitted_outside_a_transaction_is_set_aside() -> None:
    message = emitted(content())
    portion = assemble(b"M\x00" + message[2:])
    assert [one.committed_at for one in portion.malformed] == [None]
    assert not portion.rows

"""What becomes of the log's messages, without a log."""

import json
import struct
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pytest

from producers.sources.wal.cursor import Snapshot, WalCursor
from producers.sources.wal.pgoutput import ProtocolViolation
from producers.sources.wal.transaction_assembler import (
    COLUMNS,
    AssembledRows,
    TransactionAssembler,
)

TABLE = 7
NOTHING = Snapshot.parse("1:1:")
START = WalCursor(1)
EVENT_ID = "0c6e4b2a-6f5e-4b5e-9a0e-2a1f4a3a8b11"


def relation(columns: tuple[str, ...] = COLUMNS, oid: int = TABLE) -> bytes:
    described = b"".join(b"\x00" + name.encode() + bytes(9) for name in columns)
    head = b"R" + struct.pack(">I", oid) + b"public\x00ledgerlane_outbox\x00d"
    return head + struct.pack(">H", len(columns)) + described


def insert(seq: int, *, xid: int = 100, oid: int = TABLE) -> bytes:
    values = (xid.to_bytes(8), seq.to_bytes(8), b"events", b"k", b'{"a":"b"}', b"%d" % seq)
    encoded = b"".join(b"b" + struct.pack(">I", len(value)) + value for value in values)
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
    assert portion.rows[0] == (1, "events", "k", '{"a":"b"}', b"1")
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
    row = (b"?", b"p", b"{}", b"k", b"t", (9).to_bytes(8), (100).to_bytes(8))
    encoded = b"".join(b"b" + _counted(value) for value in row)
    assembly.take(begin(20))
    assembly.take(b"I" + struct.pack(">I", TABLE) + b"N" + struct.pack(">H", 7) + encoded)
    assert assembly.cut().rows == [(9, "t", "k", "{}", b"p")]


def test_a_publication_that_leaves_out_a_column_is_reported() -> None:
    with pytest.raises(ProtocolViolation, match="payload"):
        TransactionAssembler(WalCursor(1), NOTHING, TABLE).take(relation(COLUMNS[:-1]))


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
    assert portion.rows == [(-15, "events", "k", f'{{"ce_id":"{EVENT_ID}"}}', b"x")]
    assert str(portion.emitted_events[-15].event_id) == EVENT_ID
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

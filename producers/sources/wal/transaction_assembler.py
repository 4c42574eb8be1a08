"""Makes rows of the log's messages: which are ours, which are new, and the place behind them.

Pure: it takes bytes and returns values.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ledgerlane_outbox.store import OutboxRow
from producers.sources.wal import pgoutput
from producers.sources.wal.cursor import Snapshot, WalCursor
from producers.sources.wal.logical_messages import (
    PREFIX,
    EmittedEvent,
    MalformedMessage,
    decode_emitted_event,
)
from producers.sources.wal.pgoutput import (
    Begin,
    Commit,
    Insert,
    LogicalMessage,
    Relation,
)
from producers.sources.wal.table_rows import Values, picker, table_row


@dataclass(frozen=True, slots=True)
class AssembledRows:
    """Rows in the order of their commits.

    Attributes:
        rows: The rows of the table and the events without a row.
        emitted_events: The events without a row, by their number.
        malformed: The messages that are not events.
        commits: For each transaction the place of its commit record, and how many of ``rows``
            are its rows of the table.
        cursor: The place behind the rows.
        cut: Whether the rest of the last transaction is still to come.
    """

    rows: Sequence[OutboxRow]
    emitted_events: Mapping[int, EmittedEvent]
    malformed: Sequence[MalformedMessage]
    commits: Sequence[tuple[int, int]]
    cursor: WalCursor
    cut: bool


@dataclass(slots=True)
class _Gathered:
    """The rows taken so far; see :class:`AssembledRows` for the fields."""

    rows: list[OutboxRow] = field(default_factory=list)
    emitted_events: dict[int, EmittedEvent] = field(default_factory=dict)
    malformed: list[MalformedMessage] = field(default_factory=list)
    commits: list[tuple[int, int]] = field(default_factory=list)


class TransactionAssembler:
    """Takes messages one by one and collects the rows that are still to be published.

    Args:
        cursor: The place at which to resume; it may lie within a transaction.
        behind: The snapshot whose visible rows were published from the table.
        table: The object id of the outbox.
    """

    def __init__(self, cursor: WalCursor, behind: Snapshot, table: int) -> None:
        self._end_lsn = cursor.lsn
        self._resume = cursor
        self._behind = behind
        self._table = table
        self._pick: Callable[[Values], tuple[Any, ...]] | None = None
        self._commit_lsn = 0
        self._committed_at = datetime.min.replace(tzinfo=UTC)
        self._events = 0
        self._skip = 0
        self._table_rows = 0
        self._gathered = _Gathered()
        self.payload_bytes = 0
        """The size of the payloads collected so far, in bytes."""
        self._takers: dict[type, Callable[[Any], None]] = {
            Insert: self._take_insert,
            Begin: self._begin,
            Commit: self._commit,
            Relation: self._describe,
            LogicalMessage: self._take_logical_message,
        }

    @property
    def row_count(self) -> int:
        """Return the number of rows collected so far."""
        return len(self._gathered.rows)

    @property
    def in_transaction(self) -> bool:
        """Return whether the rest of a transaction is still to come."""
        return self._commit_lsn != 0

    @property
    def cursor(self) -> WalCursor:
        """Return the place behind all messages taken so far."""
        if self.in_transaction:
            return WalCursor(self._end_lsn, self._commit_lsn, self._events)
        return WalCursor(self._end_lsn)

    def take(self, message: bytes) -> None:
        """Process one message of the output plugin.

        Raises:
            ProtocolViolation: the log can't be read any further.
        """
        decoded = pgoutput.decode(message)
        if decoded is not None:
            self._takers[type(decoded)](decoded)

    def reached(self, lsn: int) -> None:
        """Record that the server has sent everything that committed before ``lsn``."""
        # Within a transaction such a message says nothing: its rows were sent so far, and its
        # commit lies behind them.
        if not self.in_transaction:
            self._end_lsn = max(self._end_lsn, lsn)

    def cut(self) -> AssembledRows:
        """Return the rows collected so far, and start to collect anew."""
        self._close_count()
        done, self._gathered = self._gathered, _Gathered()
        self.payload_bytes = 0
        return AssembledRows(
            done.rows,
            done.emitted_events,
            done.malformed,
            done.commits,
            self.cursor,
            self.in_transaction,
        )

    def _begin(self, begin: Begin) -> None:
        self._commit_lsn, self._committed_at = begin
        self._events = 0
        # A large transaction may have been acknowledged in part. The server sends it again as a
        # whole, in the same order, so the events that are done are the first ones.
        resumed = self._commit_lsn == self._resume.commit_lsn
        self._skip = self._resume.events if resumed else 0

    def _commit(self, commit: Commit) -> None:
        self._close_count()
        self._commit_lsn = 0
        self._end_lsn = commit.end_lsn

    def _close_count(self) -> None:
        if self._table_rows:
            self._gathered.commits.append((self._commit_lsn, self._table_rows))
            self._table_rows = 0

    def _describe(self, relation: Relation) -> None:
        if relation.oid == self._table:
            self._pick = picker(relation.columns)

    def _take_insert(self, insert: Insert) -> None:
        if insert.relation != self._table or self._pick is None:
            return
        self._events += 1
        picked = self._pick(insert.values)
        # The table was read up to that snapshot during the bootstrap.
        if self._events <= self._skip or self._behind.shows(int.from_bytes(picked[0])):
            return
        row = table_row(picked)
        self._gathered.rows.append(row)
        self._table_rows += 1
        self.payload_bytes += len(row[4])

    def _take_logical_message(self, message: LogicalMessage) -> None:
        if message.prefix != PREFIX:
            return
        if not message.transactional or not self.in_transaction:
            self._reject(message, "emitted outside its transaction: pass true first")
            return
        self._events += 1
        if self._events <= self._skip:
            return
        try:
            emitted_event = decode_emitted_event(message, self._committed_at)
        except ValueError as exc:
            self._reject(message, f"not an event: {exc}")
            return
        self._gathered.rows.append(emitted_event.row)
        self._gathered.emitted_events[emitted_event.row[0]] = emitted_event
        self.payload_bytes += len(emitted_event.row[4])

    def _reject(self, message: LogicalMessage, reason: str) -> None:
        committed_at = self._committed_at if self.in_transaction else None
        self._gathered.malformed.append(
            MalformedMessage(-message.lsn, message.content, reason, committed_at)
        )

"""Reads the log as it grows, and moves three cursors behind what was published.

The reader's own cursor moves with every acknowledgement. The slot's, so that the server may
remove log, and the table's, for a relay that goes on without a slot, follow at watermarks.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from ledgerlane_outbox.store import OutboxRow
from producers.sources.source import Backlog, Parked, SourceSession
from producers.sources.wal.pgoutput import (
    KEEPALIVE,
    LOG_DATA,
    LOG_DATA_HEADER,
    ProtocolViolation,
    decode_keepalive,
)
from producers.sources.wal.store import WalStore
from producers.sources.wal.stream import WalStream
from producers.sources.wal.transaction_assembler import AssembledRows, TransactionAssembler

log: Final = structlog.get_logger("relay")

_HEARTBEAT_S: Final = 1.0
_WAIT_S: Final = 1.0
_SLICE_MESSAGES: Final = 500
_PORTION_BYTES: Final = 32 * 1024 * 1024

_CATCH_UP_S: Final = 2.0
"""The seconds for which a poll without rows waits for the rest of the log."""

_GATHER_S: Final = 0.1
"""The seconds that a poll with rows waits for the rest of their transaction."""

_IDLE_BYTES: Final = 16 * 1024 * 1024
"""The bytes of log without rows after which the cursor is moved: one file of the log."""


@dataclass(frozen=True, slots=True)
class _Watermark:
    """The moves of slot and table that are allowed once the log is read up to ``lsn``.

    Attributes:
        lsn: The end of the log when the watermark was set.
        saved_lsn: The reader's cursor at that time, to which the slot may move.
        snapshot: What the table showed at that time, to which the table's cursor may move.
        newest_seq: The highest row number that had been drawn by then.
    """

    lsn: int
    saved_lsn: int
    snapshot: str
    newest_seq: int


class LogReader:
    """Reads the log from a slot.

    Args:
        table: The session at the table, which has the lease.
        store: The reader's cursor and its statements.
        stream: The replication connection, already reading.
        assembler: Makes rows of the stream's messages.
        beyond: The number of acknowledged rows that the table's cursor does not show yet.
        clock: The seconds of a clock that never goes back.
    """

    def __init__(
        self,
        table: SourceSession,
        store: WalStore,
        stream: WalStream,
        assembler: TransactionAssembler,
        *,
        beyond: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table = table
        self._store = store
        self._stream = stream
        self._assembler = assembler
        self._clock = clock
        self._saved = assembler.cursor
        self._beyond = beyond
        self._beyond_watermark = 0
        self._watermark: _Watermark | None = None
        self._confirmed_lsn = 0
        self._outstanding = 0
        self._wal_status = "reserved"
        self._heartbeat_at = clock()

    async def poll(self, limit: int) -> "WalBatch":
        """Return what has arrived, or the part of it that fits into a batch."""
        full = await self._gather(limit)
        assembled = self._assembler.cut()
        # Parked at once and not with the acknowledgement: a message that is not an event has no
        # key and holds nothing back. Parking it again after a crash changes nothing.
        for message in assembled.malformed:
            log.error("wal.message_parked", seq=message.seq, reason=message.reason)
            await self._store.park_malformed(message)
        self._outstanding += bool(assembled.rows)
        return WalBatch(self, assembled, full or assembled.cut)

    async def wait(self) -> None:
        """Return when a row has arrived, after a second at the latest."""
        until = self._clock() + _WAIT_S
        while not self._has_news() and (left_s := until - self._clock()) > 0:
            await self._stream.readable(left_s)
            self._take(_SLICE_MESSAGES, 1)
        await self._heartbeat_when_due()

    async def backlog(self) -> Backlog:
        """Return the rows of the table that wait; events without a row are not counted."""
        await self._heartbeat_when_due()
        backlog = await self._table.backlog()
        rows = backlog.rows - self._beyond
        return Backlog(rows, backlog.oldest_at) if rows > 0 else Backlog(0, None)

    async def heartbeat(self) -> None:
        """Show the server that this relay lives, and move the slot's and the table's cursor."""
        self._heartbeat_at = self._clock()
        await self._table.keep_lease()
        await self._pass_watermark()
        # The snapshot has to be taken before the end of the log is read: all that it shows has
        # committed before that place. Once the log is read up to there, every row of the
        # snapshot is published, and the server has flushed the log so far, so that no crash
        # takes back a cursor that was saved before.
        shown = await self._store.table_snapshot() if self._needs_watermark() else None
        log_end, wal_status = await self._store.pulse()
        if shown:
            self._watermark = _Watermark(log_end, self._saved.lsn, *shown)
            self._beyond_watermark = 0
        self._warn(wal_status)
        self._stream.report(self._confirmed_lsn)

    async def acknowledge(self, assembled: AssembledRows, parked: Sequence[Parked]) -> None:
        """Save the cursor behind the rows together with those to be parked."""
        beyond = sum(rows for _, rows in assembled.commits)
        aside = {one.seq: one for one in parked}
        await self._store.save(
            assembled.cursor,
            self._beyond + beyond,
            [one for one in parked if one.seq not in assembled.emitted_events],
            [
                (found, aside[seq])
                for seq, found in assembled.emitted_events.items()
                if seq in aside
            ],
        )
        self._outstanding -= bool(assembled.rows)
        self._saved = assembled.cursor
        self._beyond += beyond
        if self._watermark:
            watermark_lsn = self._watermark.lsn
            self._beyond_watermark += sum(
                rows for lsn, rows in assembled.commits if lsn >= watermark_lsn
            )

    def _has_news(self) -> bool:
        return bool(self._assembler.row_count) or self._assembler.in_transaction

    async def _gather(self, limit: int) -> bool:
        """Take messages until a batch is full or no more arrive; return whether it is full."""
        await self._heartbeat_when_due()
        began = self._clock()
        log_end: int | None = None
        while not self._is_full(limit):
            if self._take(_SLICE_MESSAGES, limit):
                await asyncio.sleep(0)
                continue
            # Nothing has arrived, which does not mean that nothing is committed: the server may
            # still be decoding. Only when it has sent all up to the flushed end is it so.
            if not self._has_news() and log_end is None:
                log_end = await self._store.flushed_lsn()
            if self._has_enough(began, log_end):
                return False
            await self._stream.readable(_GATHER_S)
            await self._heartbeat_when_due()
        return True

    def _is_full(self, limit: int) -> bool:
        return (
            self._assembler.row_count >= limit
            or self._assembler.payload_bytes >= _PORTION_BYTES
        )

    def _has_enough(self, began: float, log_end: int | None) -> bool:
        """Return whether to end the poll, as nothing more has arrived."""
        waited_s = self._clock() - began
        if self._assembler.row_count:
            return not self._assembler.in_transaction or waited_s > _GATHER_S
        caught_up = log_end is not None and self._assembler.cursor.lsn >= log_end
        return caught_up or waited_s > _CATCH_UP_S

    def _take(self, messages: int, limit: int) -> bool:
        """Take messages that have arrived; return whether more may have arrived."""
        for _ in range(messages):
            data = self._stream.receive()
            if data is None:
                return False
            self._take_one(data)
            if self._is_full(limit):
                return True
        return True

    def _take_one(self, data: memoryview) -> None:
        if data[0] == LOG_DATA:
            self._assembler.take(bytes(data[LOG_DATA_HEADER:]))
        elif data[0] == KEEPALIVE:
            end_lsn, wants_reply = decode_keepalive(data)
            self._assembler.reached(end_lsn)
            if wants_reply:
                self._stream.report(self._confirmed_lsn)
        else:
            raise ProtocolViolation(f"unexpected message {bytes(data[:40])!r}")

    async def _heartbeat_when_due(self) -> None:
        if self._clock() - self._heartbeat_at >= _HEARTBEAT_S:
            await self.heartbeat()

    # One watermark at a time, and none while nothing has moved: an idle relay writes nothing.
    def _needs_watermark(self) -> bool:
        return not self._watermark and (
            self._beyond > 0 or self._saved.lsn > self._confirmed_lsn
        )

    async def _pass_watermark(self) -> None:
        passed_lsn = await self._pass_idle_log()
        if not self._watermark or passed_lsn < self._watermark.lsn:
            return
        watermark, self._watermark = self._watermark, None
        await self._store.move_table_cursor(
            watermark.snapshot, watermark.newest_seq, self._beyond_watermark
        )
        self._beyond = self._beyond_watermark
        self._confirmed_lsn = watermark.saved_lsn

    async def _pass_idle_log(self) -> int:
        """Return the place up to which the log is read, including log without our rows."""
        # Writing the cursor creates log as well: after every move an idle reader would find new
        # log to follow. So it follows log without rows only in steps of a whole file.
        if self._outstanding or self._has_news():
            return self._saved.lsn
        read = self._assembler.cursor
        if read.lsn - self._saved.lsn > _IDLE_BYTES:
            await self._store.save(read, self._beyond)
            self._saved = read
        return read.lsn

    def _warn(self, wal_status: str) -> None:
        if wal_status == "unreserved" != self._wal_status:
            log.warning(
                "wal.slot_about_to_be_lost",
                slot=self._store.slot_name,
                reason="the relay is behind by more than max_slot_wal_keep_size",
            )
        self._wal_status = wal_status


@dataclass(frozen=True, slots=True)
class WalBatch:
    """Rows of the log.

    Attributes:
        reader: The reader that returned them.
        assembled: The rows and the place behind them.
        more: Whether further rows are likely to follow at once.
    """

    reader: LogReader
    assembled: AssembledRows
    more: bool

    @property
    def rows(self) -> Sequence[OutboxRow]:
        """Return the rows in the order of their commits."""
        return self.assembled.rows

    async def acknowledge(self, parked: Sequence[Parked] = ()) -> None:
        """Save the cursor behind the rows together with those to be parked."""
        await self.reader.acknowledge(self.assembled, parked)

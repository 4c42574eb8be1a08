"""Relays from the table until a replication slot can replace it.

The slot is made first; then the table is read up to a snapshot that leaves no gap. What both
show, the reader of the log drops by the table's cursor. Start at :class:`Bootstrap`.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from ledgerlane_outbox.store import OutboxRow
from producers.errors import LeaseTaken, SourceUnavailable
from producers.sources.source import Backlog, Batch, Parked, SourceSession
from producers.sources.wal.cursor import WalCursor, lsn_text
from producers.sources.wal.store import Saved, SlotState, WalStore
from producers.sources.wal.stream import WalStream

log: Final = structlog.get_logger("relay")

_RETRY_S: Final = 30.0
_ASK_EVERY_S: Final = 1.0


def find_gap(slot: SlotState | None, saved: Saved | None, *, published: bool) -> str:
    """Return the reason why the log can't be read from the saved cursor; empty if it can."""
    if saved is None:
        return "was not read before"
    if slot is None:
        return "is gone"
    if slot.lost:
        return f"was invalidated ({slot.lost})"
    if not saved.ours:
        return "belongs to a database that was restored or failed over"
    if not published:
        return "has lost its publication"
    if slot.confirmed_lsn is None or slot.confirmed_lsn > saved.cursor.lsn:
        return "was moved past the saved cursor"
    return ""


class Bootstrap:
    """Relays from the table and makes a slot meanwhile.

    Args:
        table: The session at the table, which has the lease.
        store: The reader's cursor and its statements.
        connect: Opens a replication connection.
        saved: How far the log had been read; None if it never was.
        gap: The reason why it can't be read from there.
        clock: The seconds of a clock that never goes back.
    """

    def __init__(
        self,
        table: SourceSession,
        store: WalStore,
        connect: Callable[[], Awaitable[WalStream]],
        *,
        saved: Saved | None,
        gap: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table = table
        self._store = store
        self._connect = connect
        self._saved = saved
        self._gap = gap
        self._clock = clock
        self._stream: WalStream | None = None
        self._creating = False
        self._bound_xid: int | None = None
        self._try_at = clock()
        self._asked_at = clock()
        self._outstanding = 0
        self._slot_lsn = 0

    async def is_complete(self) -> bool:
        """Return whether everything that the log will not send is read and acknowledged."""
        # The slot sends what commits from its first position on. What committed before that has
        # a transaction id below the bound, which is drawn after the slot was made. Once the
        # table was read up to a snapshot in which no such transaction is open, nothing lies
        # between the two. That the slot exists is not enough: a transaction may be in the log
        # as committed and not yet be visible in the table, while it waits for a synchronous
        # standby.
        if self._bound_xid is None or self._outstanding:
            return False
        return await self._store.is_table_read_to(self._bound_xid)

    async def poll(self, limit: int) -> Batch:
        """Return rows of the table; make progress with the slot."""
        if self._bound_xid is None and self._clock() >= self._try_at:
            await self._try_slot()
        await self._keep_store()
        batch = await self._table.poll(limit)
        if batch.rows:
            self._outstanding += 1
            return TableBatch(self, batch)
        # An empty batch moves the table's cursor to a newer snapshot. It is acknowledged only
        # if that completes the bootstrap: each move is a transaction.
        if not self._outstanding and await self._may_complete():
            await batch.acknowledge()
        return batch

    async def _may_complete(self) -> bool:
        """Return whether moving the cursor without rows would complete the bootstrap."""
        bound_xid = self._bound_xid
        return bound_xid is not None and await self._store.oldest_open_xid() >= bound_xid

    async def wait(self) -> None:
        """Return when rows may be in the table, after a second at the latest."""
        await self._table.wait()

    async def heartbeat(self) -> None:
        """Show the server that this relay lives."""
        await self._table.keep_lease()
        await self._keep_store()

    async def _keep_store(self) -> None:
        """Use the second connection every second: the server ends sessions that are idle."""
        if self._clock() - self._asked_at >= _ASK_EVERY_S:
            self._asked_at = self._clock()
            await self._store.pulse()

    async def backlog(self) -> Backlog:
        """Return what is not acknowledged yet."""
        return await self._table.backlog()

    def acknowledged(self) -> None:
        """Record that one batch of rows is acknowledged."""
        self._outstanding -= 1

    async def finish(self) -> tuple[WalStream, WalCursor]:
        """Return the replication connection and where to start; call it when complete."""
        # The cursor is saved only now: a relay that dies before finds none, and reads the table
        # again up to a snapshot without a gap.
        assert self._stream is not None  # noqa: S101 - it made the slot
        await self._store.start(self._slot_lsn)
        log.info("wal.reading", slot=self._store.slot_name)
        return self._stream, WalCursor(self._slot_lsn)

    async def _try_slot(self) -> None:
        """Make progress with the slot; if it fails, use the table alone and try again later."""
        try:
            await self._progress()
        except (SourceUnavailable, LeaseTaken) as exc:
            await self._start_over(str(exc))

    async def _start_over(self, error: str) -> None:
        log.error(
            "wal.no_slot",
            slot=self._store.slot_name,
            error=error,
            meanwhile="relaying from the table",
            retry_in_s=_RETRY_S,
        )
        self._try_at = self._clock() + _RETRY_S
        self._creating = False
        if self._stream:
            await self._stream.close()
            self._stream = None

    async def _progress(self) -> None:
        if self._stream is None:
            self._stream = await self._connect()
        if not self._creating and await self._needs_new_slot():
            self._stream.begin_to_create(self._store.slot_name)
            self._creating = True
        if not self._creating or self._stream.has_created():
            await self._find_start()

    async def _needs_new_slot(self) -> bool:
        """Return whether a slot has to be made; remove one that can't be used."""
        # It is removed before the publication is made: a slot that is older than its
        # publication can't read it, and later it would look like one that can.
        await self._store.ensure_cursor_table()
        slot = await self._store.slot()
        published = await self._store.is_published()
        if slot and slot.confirmed_lsn is not None and not slot.lost and published:
            return False
        await self._store.drop_slot()
        if not published:
            await self._store.publish()
        return True

    async def _find_start(self) -> None:
        slot = await self._store.slot()
        if slot is None or slot.confirmed_lsn is None:
            raise SourceUnavailable(f"slot {self._store.slot_name} disappeared")
        # The bound is drawn after the slot's place is known: every transaction that committed
        # before that place has a smaller id.
        self._slot_lsn = slot.confirmed_lsn
        self._log_loss()
        self._bound_xid = await self._store.new_xid()

    def _log_loss(self) -> None:
        saved = self._saved
        if saved and (saved.cursor.lsn < self._slot_lsn or not saved.ours):
            # Rows are in the table and come again at worst. Events without a row were only in
            # the log, so those between the two places can't be published any more.
            log.error(
                "wal.emitted_events_lost",
                slot=self._store.slot_name,
                reason=self._gap,
                since_lsn=lsn_text(saved.cursor.lsn),
                until_lsn=lsn_text(self._slot_lsn),
                rows="come from the table, some of them again",
            )


@dataclass(frozen=True, slots=True)
class TableBatch:
    """A batch of the table that has to be acknowledged before the bootstrap is complete.

    Attributes:
        bootstrap: The bootstrap that counts it.
        batch: The batch of the session at the table.
    """

    bootstrap: Bootstrap
    batch: Batch

    @property
    def rows(self) -> Sequence[OutboxRow]:
        """Return the rows in the order of their numbers."""
        return self.batch.rows

    @property
    def more(self) -> bool:
        """Return whether further rows are known to be there."""
        return self.batch.more

    async def acknowledge(self, parked: Sequence[Parked] = ()) -> None:
        """Acknowledge the rows at the table."""
        await self.batch.acknowledge(parked)
        self.bootstrap.acknowledged()

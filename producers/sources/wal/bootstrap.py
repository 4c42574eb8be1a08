"""From the table to the log: relay from the table until a slot stands in for it.

The slot comes first. It is going to send what commits from its first position on. What
committed before has a transaction id below one that is drawn after the slot was made; so once
the table was read up to a snapshot in which no such transaction is open, nothing is between the
two. It is not enough that the slot is there: a transaction may be in the log as committed and
not yet be visible in the table, for as long as it waits for a disk or a synchronous standby.

What both show, because it committed in between, the reader of the log drops by the table's own
cursor.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ledgerlane_outbox.store import OutboxRow
from producers.errors import LeaseTaken, SourceUnavailable
from producers.sources.source import Backlog, Batch, Parked, SourceSession
from producers.sources.wal.cursor import WalCursor, lsn_text
from producers.sources.wal.store import Saved, SlotState, WalStore
from producers.sources.wal.stream import WalStream

_log = logging.getLogger(__name__)

_RETRY_S: Final = 30.0
_ASK_EVERY_S: Final = 1.0


def find_gap(slot: SlotState | None, saved: Saved | None, *, published: bool) -> str:
    """Say why the log can't be read on from the cursor; empty when it can."""
    if saved is None:
        return "was not read before"
    if slot is None:
        return "is gone"
    if slot.lost:
        return f"was invalidated ({slot.lost})"
    if not saved.ours:
        return "is read in another life of the database: it was restored or failed over"
    if not published:
        return "has lost its publication"
    if slot.confirmed_lsn is None or slot.confirmed_lsn > saved.cursor.lsn:
        return "is not where it was left"
    return ""


class Bootstrap:
    """Relays from the table, makes a slot meanwhile, and says when it is enough.

    Args:
        connect: Opens a connection for replication.
        saved: How far the log had been read.
        gap: Why it can't be read on from there.
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
        """Whether what the table has to give before the log is acknowledged."""
        if self._bound_xid is None or self._outstanding:
            return False
        return await self._store.is_table_read_to(self._bound_xid)

    async def poll(self, limit: int) -> Batch:
        """See :class:`producers.sources.source.SourceSession`."""
        if self._bound_xid is None and self._clock() >= self._try_at:
            await self._try_slot()
        await self._keep_store()
        batch = await self._table.poll(limit)
        if batch.rows:
            self._outstanding += 1
            return TableBatch(self, batch)
        if not self._outstanding and await self._may_complete():
            await batch.acknowledge()
        return batch

    async def _may_complete(self) -> bool:
        """Whether it only takes a cursor that moves, though no rows came."""
        bound_xid = self._bound_xid
        return bound_xid is not None and await self._store.oldest_open_xid() >= bound_xid

    async def wait(self) -> None:
        """See :class:`producers.sources.source.SourceSession`."""
        await self._table.wait()

    async def heartbeat(self) -> None:
        """Show the server that we live."""
        await self._table.keep_lease()
        await self._keep_store()

    async def _keep_store(self) -> None:
        """Keep the server from ending our other connection, as it does with those that idle."""
        if self._clock() - self._asked_at >= _ASK_EVERY_S:
            self._asked_at = self._clock()
            await self._store.pulse()

    async def backlog(self) -> Backlog:
        """See :class:`producers.sources.source.SourceSession`."""
        return await self._table.backlog()

    def acknowledged(self) -> None:
        """Note that a batch of rows is behind us."""
        self._outstanding -= 1

    async def hand_over(self) -> tuple[WalStream, WalCursor]:
        """Give the connection to read the log by, and where to start; call when complete.

        Only from here on a cursor says that the log can be read.
        """
        assert self._stream is not None  # noqa: S101 - it made the slot
        await self._store.start(self._slot_lsn)
        _log.info("reading the log by slot %s", self._store.slot_name)
        return self._stream, WalCursor(self._slot_lsn)

    async def _try_slot(self) -> None:
        """Get on with the slot; on trouble, tell it and go on with the table alone."""
        try:
            await self._have_slot()
        except (SourceUnavailable, LeaseTaken) as exc:
            await self._start_over()
            _log.error(
                "no slot %s (%s): relaying from the table; trying again in %g s",
                self._store.slot_name,
                exc,
                _RETRY_S,
            )

    async def _start_over(self) -> None:
        self._try_at = self._clock() + _RETRY_S
        self._creating = False
        if self._stream:
            await self._stream.close()
            self._stream = None

    async def _have_slot(self) -> None:
        if self._stream is None:
            self._stream = await self._connect()
        if not self._creating and await self._needs_new_slot():
            self._stream.begin_to_create(self._store.slot_name)
            self._creating = True
        if not self._creating or self._stream.has_created():
            await self._find_start()

    async def _needs_new_slot(self) -> bool:
        """Whether there is none to be used; one of no use is removed.

        It goes before a publication is made, or else it would be taken for one that had it.
        """
        await self._store.have_cursor_table()
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
            raise SourceUnavailable(f"slot {self._store.slot_name} vanished")
        self._slot_lsn = slot.confirmed_lsn
        self._tell_loss()
        self._bound_xid = await self._store.new_xid()

    def _tell_loss(self) -> None:
        saved = self._saved
        if saved and (saved.cursor.lsn < self._slot_lsn or not saved.ours):
            _log.error(
                "slot %s %s: rows come from the table, some again; events emitted without a "
                "row between %s and %s are lost",
                self._store.slot_name,
                self._gap,
                lsn_text(saved.cursor.lsn),
                lsn_text(self._slot_lsn),
            )


@dataclass(frozen=True, slots=True)
class TableBatch:
    """A batch from the table, which the bootstrap waits for."""

    bootstrap: Bootstrap
    batch: Batch

    @property
    def rows(self) -> Sequence[OutboxRow]:
        """See :class:`producers.sources.source.Batch`."""
        return self.batch.rows

    @property
    def more(self) -> bool:
        """See :class:`producers.sources.source.Batch`."""
        return self.batch.more

    async def acknowledge(self, parked: Sequence[Parked] = ()) -> None:
        """See :class:`producers.sources.source.Batch`."""
        await self.batch.acknowledge(parked)
        self.bootstrap.acknowledged()

"""What must hold at every moment of a world; the first thing that does not ends it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from providers.base import Operation, Write
from schemas.ids import ConnectionId, RecordId, record_id
from schemas.result import SyncState
from schemas.signal import Signal
from tests.fakes.database import Database, Record
from tests.simulation.books import RealmBooks
from tests.simulation.log import Entry, Log, Partition
from tests.simulation.process import Process

OPEN = (SyncState.PENDING, SyncState.RETRYING)
# Signals of one record that come while its retry is not due lead to a repeat each.
MOST_SENT = 25


@dataclass(frozen=True, slots=True)
class Delivered:
    """A signal that a worker was given.

    Attributes:
        settled: How often its record had been settled before.
        spilled: How often its lane had left work to the table before.
    """

    process: Process
    signal: Signal
    settled: int
    spilled: int


@dataclass
class Watch:
    """Sees all that is written, committed and delivered.

    Attributes:
        contents: What the versions of each record hold: that of which version, in their order.
    """

    database: Database
    log: Log
    violated: Callable[[str], None]
    contents: Mapping[RecordId, Sequence[int]]
    settled: Counter[RecordId] = field(default_factory=Counter)
    sent: Counter[tuple[RecordId, datetime]] = field(default_factory=Counter)
    delivered: dict[tuple[str, Partition, int], Delivered] = field(default_factory=dict)

    def row_changed(self, table: str, key: Any, before: Any, after: Any) -> None:
        """See what a transaction changed, as it commits."""
        if table != "sync_records":
            return
        self.settled[key] += before is not None and before.announced == after.announced
        if before is None:
            return
        if after.announced.version < before.announced.version:
            self.violated(f"the desired version of {key} fell")
        if (before.base_version or -1) > (after.base_version or -1):
            self.violated(f"the agreed version of {key} fell")
        self._see_sides(key, before, after)

    def _see_sides(self, key: RecordId, before: Record, after: Record) -> None:
        """See that what is seen is newer and raises the revision that outcomes must name."""
        versions = [row.observed.version if row.observed else -1 for row in (before, after)]
        if versions != sorted(versions):
            self.violated(f"the observed version of {key} fell")
        rests = after.state not in OPEN and not _held_by_a_refusal(after)
        if rests and after.settled_revision != after.revision:
            self.violated(f"{key} rests on {after.settled_revision} of {after.revision}")
        # A write is only made for a newer version of the platform, which becomes the base.
        written = after.base_version != before.base_version
        seen = after.observed != before.observed and not written
        if seen and after.revision == before.revision:
            self.violated(f"{key} was seen anew at the same revision")

    def signal_sent(self, topic: str, signal: Signal) -> None:
        """See that nobody sends a try that is not due through its topic again and again."""
        if signal.due_at is None:
            return
        key = (signal.record_id, signal.due_at)
        self.sent[key] += 1
        if self.sent[key] > MOST_SENT:
            self.violated(f"the retry of {signal.record_id} is sent again and again")

    def signal_delivered(self, process: Process, entry: Entry) -> None:
        """See a worker being given a signal."""
        signal = Signal.from_bytes(entry.value)
        place = (process.name, (entry.topic, entry.partition), entry.offset)
        self.delivered[place] = Delivered(
            process,
            signal,
            self.settled[signal.record_id],
            _spilled(process, signal.connection_id) or 0,
        )

    def offset_committed(
        self, process: Process, place: Partition, before: int, after: int
    ) -> None:
        """See that a commit passes nothing that its worker did not finish.

        A signal is finished when its record is at rest, was settled since, has a newer
        revision, or was left to the table by its lane, or waits for a retry that is sent.
        """
        for offset in range(before, after):
            given = self.delivered.get((process.name, place, offset))
            if given is None:
                self.violated(f"{place} was committed past {offset}, which was not read")
            elif self._unfinished(given):
                record = given.signal.record_id
                self.violated(f"{place} was committed past {offset}, of {record}")

    def _unfinished(self, given: Delivered) -> bool:
        record = self.database.records.rows[given.signal.record_id]
        if record.state not in OPEN or record.revision > given.signal.revision:
            return False
        if self.settled[given.signal.record_id] > given.settled:
            return False
        spilled = _spilled(given.process, given.signal.connection_id)
        left_to_the_table = spilled is None or spilled > given.spilled
        return not left_to_the_table and record.state is SyncState.PENDING

    def before_write(
        self, process: Process, books: RealmBooks, operation: Operation, write: Write
    ) -> None:
        """See that a write is announced, due, and of a record that is open.

        A record may be held by a refused version between its loading and its write.
        """
        id_ = record_id(books.connection, write.document_type, write.document.id)
        what = f"{operation} {write.document_type} {write.document.id}"
        record = self.database.records.rows.get(id_)
        if record is None:
            self.violated(f"{what}: of no record")
            return
        if id_ not in self.database.intents.rows:
            self.violated(f"{what}: without an intent")
        if record.state not in OPEN and not _held_by_a_refusal(record):
            self.violated(f"{what}: of a record that is {record.state}")
        if self._early(record, process):
            self.violated(f"{what}: before it is due")

    def after_write(self, books: RealmBooks) -> None:
        """See that no older state was written over a newer one."""
        for page in books.pages.values():
            for name, versions in page.versions.items():
                id_ = record_id(books.connection, page.kind, name)
                if not in_order(versions, self.contents.get(id_, ())):
                    self.violated(f"{page.kind} {name} was written as {versions}")

    def _early(self, record: Record, process: Process) -> bool:
        due_at = record.next_attempt_at
        retrying = record.state is SyncState.RETRYING
        return retrying and due_at is not None and process.latest < due_at


def in_order(written: Sequence[int], contents: Sequence[int]) -> bool:
    """Whether contents that were written can be those of versions of which none is older.

    Args:
        contents: What each version holds, in the order of the versions.
    """
    newest = 0
    for content in written:
        while newest < len(contents) and contents[newest] != content:
            newest += 1
        if newest == len(contents):
            return False
    return True


def _held_by_a_refusal(record: Record) -> bool:
    """Whether intake holds a record, which it does without settling it."""
    return record.state is SyncState.HELD and record.refused is not None


def _spilled(process: Process, connection: ConnectionId) -> int | None:
    """Return how often a lane left work to the table; ``None`` when the lane is gone."""
    lane = process.lane(connection)
    return lane.spills if lane else None

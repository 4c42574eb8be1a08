"""Finds what delays a relay, and what to do about it; pure. Start at :func:`diagnose`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Final

from producers.maintenance.facts import CursorFacts, OutboxFacts, SourceFacts
from producers.maintenance.ring import Slot, days_left
from producers.outbox_version import find_mismatch

_BEHIND: Final = timedelta(seconds=30)
_LONG_OPEN: Final = timedelta(minutes=10)
_MUCH_LOG: Final = 1 << 30
_LEAST_DAYS_LEFT: Final = 2
_NOTHING: Final = "nothing to do"


class Severity(StrEnum):
    """How serious a diagnosis is."""

    FINE = "fine"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One observation about a source, and what to do about it.

    Attributes:
        severity: How serious it is.
        source: The name of the source.
        what: The observation, for operators.
        remedy: What to do about it.
    """

    severity: Severity
    source: str
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class _Remark:
    """A diagnosis without the name of the source; see :class:`Diagnosis`."""

    severity: Severity
    what: str
    remedy: str = _NOTHING


Remarks = Iterator[_Remark]


def diagnose(facts: SourceFacts) -> list[Diagnosis]:
    """Return the diagnoses of one source, the most serious first."""
    found = [
        Diagnosis(one.severity, facts.source, one.what, one.remedy) for one in _remarks(facts)
    ]
    worst_first = (Severity.ERROR, Severity.WARNING, Severity.FINE)
    return sorted(found, key=lambda one: worst_first.index(one.severity))


def diagnose_broker(fault: str) -> Diagnosis:
    """Return the diagnosis of Kafka, given the fault of a check of its topics."""
    if not fault:
        return Diagnosis(
            Severity.FINE, "kafka", "answers, with every topic of the catalogue", _NOTHING
        )
    return Diagnosis(
        Severity.ERROR,
        "kafka",
        fault,
        "start Kafka or correct its address; `ledgerlane topics apply` creates what is missing",
    )


def _remarks(facts: SourceFacts) -> Remarks:
    if facts.fault:
        yield _Remark(
            Severity.ERROR,
            f"its database can't be read: {facts.fault}",
            "check address, password, rights and network of this source in the settings; "
            "the relay tries again every few seconds",
        )
    elif facts.standby:
        yield _Remark(
            Severity.ERROR,
            "is a standby, where nothing can be relayed",
            "set the source to the primary's address",
        )
    elif mismatch := find_mismatch(facts.version):
        yield _Remark(Severity.ERROR, mismatch.what, mismatch.remedy)
    else:
        yield from _rights(facts)
        if facts.outbox is not None:
            yield from chain.from_iterable(about(facts.outbox, facts) for about in _ASPECTS)


def _leases(outbox: OutboxFacts, _: SourceFacts) -> Remarks:
    for lease in outbox.leases:
        yield _Remark(
            Severity.FINE,
            f"shard {lease.shard} is read by pid {lease.pid}, {lease.application} from "
            f"{lease.address}, connected since {lease.since:%Y-%m-%d %H:%M:%S}",
        )
    leased = {lease.shard for lease in outbox.leases}
    for cursor in outbox.cursors:
        if cursor.shard not in leased:
            yield _Remark(
                Severity.ERROR,
                f"no relay reads shard {cursor.shard} of {cursor.shards}",
                "start `ledgerlane relay` with this source; if it can't read, its log says why",
            )
    if not outbox.cursors and not outbox.leases:
        yield _Remark(
            Severity.ERROR,
            "no relay has ever read it",
            "start `ledgerlane relay` with this source",
        )


def _cursors(outbox: OutboxFacts, facts: SourceFacts) -> Remarks:
    for cursor in outbox.cursors:
        where = f"shard {cursor.shard} of {cursor.shards}"
        if cursor.foreign:
            yield _Remark(
                Severity.ERROR,
                f"{where}: restored or failed over, and no relay has run since",
                "start the relay: it resumes by number, with repeats that consumers drop",
            )
        yield _backlog(cursor, where, facts.looked_at)


def _backlog(cursor: CursorFacts, where: str, now: datetime) -> _Remark:
    if cursor.oldest_at is None:
        return _Remark(
            Severity.FINE,
            f"{where}: all is published; number {cursor.newest_seq} is the newest",
        )
    age = now - cursor.oldest_at
    what = (
        f"{where}: {cursor.waiting} rows wait, the oldest for {_span(age)}; its cursor moved "
        f"{_span(now - cursor.updated_at)} ago and is {cursor.newest_seq - cursor.low_seq} "
        "numbers or less behind the newest"
    )
    if age < _BEHIND:
        return _Remark(Severity.FINE, what)
    return _Remark(
        Severity.ERROR,
        what,
        "see the other lines: no relay, or no Kafka; if the cursor moves, wait or add shards",
    )


def _wakeup(outbox: OutboxFacts, _: SourceFacts) -> Remarks:
    if outbox.asleep:
        yield _Remark(Severity.FINE, "the relay sleeps: a commit wakes it")
    elif outbox.leases:
        yield _Remark(Severity.FINE, "the relay is awake: writers need not notify it")


def _oldest_transaction(outbox: OutboxFacts, facts: SourceFacts) -> Remarks:
    oldest = outbox.oldest
    if oldest is not None and facts.looked_at - oldest.since > _LONG_OPEN:
        yield _Remark(
            Severity.WARNING,
            f"pid {oldest.pid} ({oldest.user}, {oldest.application or 'no application name'}) "
            f"has a transaction open for {_span(facts.looked_at - oldest.since)}, its last "
            f"query since {oldest.query_since:%Y-%m-%d %H:%M:%S}; the relay does not wait, but "
            "vacuum does, and retention where it has rows in an old slot",
            f"commit it, or end it: SELECT pg_terminate_backend({oldest.pid})",
        )


def _prepared(outbox: OutboxFacts, facts: SourceFacts) -> Remarks:
    for one in outbox.prepared:
        age = facts.looked_at - one.since
        if age > _LONG_OPEN:
            yield _Remark(
                Severity.WARNING,
                f"transaction {one.gid!r} of {one.owner} has been prepared for {_span(age)}; "
                "its rows are not published, and its slot is not emptied",
                "COMMIT PREPARED or ROLLBACK PREPARED, as its coordinator decided",
            )


def _parked(outbox: OutboxFacts, _: SourceFacts) -> Remarks:
    parked = outbox.parked
    if parked.rows:
        yield _Remark(
            Severity.WARNING,
            f"{parked.rows} rows are parked and {parked.held_keys} keys held, the oldest since "
            f"{parked.since:%Y-%m-%d %H:%M:%S}: {parked.reason}",
            (
                "see `ledgerlane relay parked list --source <source>`, remove the cause, then "
                "retry or drop"
            ),
        )


def _ring(outbox: OutboxFacts, facts: SourceFacts) -> Remarks:
    filled = [slot for slot in outbox.ring if slot.filled]
    for slot in filled:
        yield _slot(slot, facts)
    left = days_left(outbox.ring, now=facts.looked_at)
    if left == 0:
        yield _Remark(
            Severity.ERROR,
            "the ring is full: today's rows share a slot with those of eight days ago; nothing "
            "is lost, and the slot stays until all of its rows are published and old",
            "find out what keeps rows unpublished or slots locked, and watch the disk",
        )
    elif left < _LEAST_DAYS_LEFT:
        yield _Remark(
            Severity.WARNING,
            f"in {left} day new rows will share a slot with rows of eight days before",
            "find out what keeps rows unpublished or slots locked",
        )


def _slot(slot: Slot, facts: SourceFacts) -> _Remark:
    since = f", the first of {slot.oldest_at:%Y-%m-%d %H:%M}" if slot.oldest_at else ""
    what = (
        f"slot {slot.number}, of {slot.age_days} days ago: about {slot.about_rows} rows, "
        f"{_megabytes(slot.size_bytes)}{since}"
    )
    if not slot.is_due(facts.policy):
        return _Remark(Severity.FINE, what)
    if slot.unpublished:
        return _Remark(
            Severity.ERROR,
            f"{what}; due, but not all published",
            "see why the relay is behind; the slot is emptied once it is not",
        )
    if slot.locked_by:
        return _Remark(
            Severity.WARNING,
            f"{what}; due, and locked by pid {', '.join(map(str, slot.locked_by))}",
            "end that session if it is a long transaction or a dump; the relay tries again "
            "every minute",
        )
    return _Remark(Severity.FINE, f"{what}; due, and emptied by the relay within a minute")


def _replication_slots(outbox: OutboxFacts, facts: SourceFacts) -> Remarks:
    if facts.reads_log and not outbox.replication_slots:
        yield _Remark(
            Severity.WARNING,
            "is to be read from the log, and has no replication slot: rows come from its table",
            "see why in the relay's log: wal_level = logical, a free slot and sender, and "
            "REPLICATION for its role are needed",
        )
    for slot in outbox.replication_slots:
        what = (
            f"replication slot {slot.name}: {'active' if slot.active else 'not active'}, "
            f"wal_status {slot.wal_status}, keeps {_megabytes(slot.retained_bytes)} of log"
        )
        if slot.wal_status in ("lost", "unreserved"):
            yield _Remark(
                Severity.ERROR, what, "raise max_slot_wal_keep_size; drop a lost slot"
            )
        elif not slot.active or slot.retained_bytes > _MUCH_LOG:
            yield _Remark(
                Severity.WARNING,
                what,
                "start the relay that reads it, or drop it: "
                f"SELECT pg_drop_replication_slot('{slot.name}')",
            )
        else:
            yield _Remark(Severity.FINE, what)


def _rights(facts: SourceFacts) -> Remarks:
    if facts.missing_rights:
        yield _Remark(
            Severity.ERROR,
            f"the relay's role lacks {', '.join(facts.missing_rights)}",
            "grant it to the role in this source's address",
        )


_ASPECTS: Final[Sequence[Callable[[OutboxFacts, SourceFacts], Remarks]]] = (
    _leases,
    _cursors,
    _wakeup,
    _oldest_transaction,
    _prepared,
    _parked,
    _ring,
    _replication_slots,
)


def _span(time: timedelta) -> str:
    """Return a time span in its largest whole unit: 3 d, 7 h, 12 min, 5 s."""
    seconds = max(0, int(time.total_seconds()))
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1_000_000:.1f} MB"

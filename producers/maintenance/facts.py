"""What a doctor finds at a source, as values; `examination.py` collects it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from producers.maintenance.parked import ParkedCount
from producers.maintenance.ring import RetentionPolicy, Slot


@dataclass(frozen=True, slots=True)
class Lease:
    """Who reads a shard now, as the database knows it."""

    shard: int
    pid: int
    application: str
    address: str
    since: datetime


@dataclass(frozen=True, slots=True)
class OpenTransaction:
    """The transaction that has been open for longest."""

    pid: int
    user: str
    application: str
    query_since: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class CursorFacts:
    """How far the relay of one shard is.

    Attributes:
        newest_seq: The last number drawn from the outbox's sequence.
        low_seq: Every row up to it is published; it follows some way behind.
        foreign: It was made in another life of the database: before a restore or a failover.
        waiting: Rows of the shard that are committed and not published.
        oldest_at: When the first of those was appended.
    """

    shard: int
    shards: int
    updated_at: datetime
    newest_seq: int
    low_seq: int
    foreign: bool
    waiting: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class PreparedTransaction:
    """One that waits for its second phase."""

    gid: str
    owner: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ReplicationSlot:
    """A slot of ours on the write-ahead log, and how much log it keeps."""

    name: str
    active: bool
    wal_status: str
    retained_bytes: int


@dataclass(frozen=True, slots=True)
class OutboxFacts:
    """All about one installed outbox.

    Attributes:
        asleep: A relay sleeps until a writer rings or a second has passed.
    """

    leases: Sequence[Lease]
    asleep: bool
    oldest: OpenTransaction | None
    cursors: Sequence[CursorFacts]
    parked: ParkedCount
    ring: Sequence[Slot]
    prepared: Sequence[PreparedTransaction]
    replication_slots: Sequence[ReplicationSlot]


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """All about one source; what could not be looked at is absent.

    Attributes:
        reads_log: The settings want it to be read from the log, not from its table.
        fault: Why the database can't be asked; empty when it can.
        version: That of the installed outbox; None when there is none.
        missing_rights: What the source's role may not do and has to; without the most needed
            of them, the outbox can't be looked at.
    """

    source: str
    looked_at: datetime
    policy: RetentionPolicy
    reads_log: bool = False
    fault: str = ""
    standby: bool = False
    version: int | None = None
    missing_rights: Sequence[str] = ()
    outbox: OutboxFacts | None = None

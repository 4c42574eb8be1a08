"""The facts about a source that `collect.py` reads and `diagnostics.py` evaluates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from producers.maintenance.parked import ParkedCount
from producers.maintenance.ring import RetentionPolicy, Slot


@dataclass(frozen=True, slots=True)
class Lease:
    """The session that has the lease of a shard.

    Attributes:
        shard: The number of the shard.
        pid: The process id of the backend.
        application: The `application_name` of the session.
        address: The client's address, or `local`.
        since: The time at which the session began.
    """

    shard: int
    pid: int
    application: str
    address: str
    since: datetime


@dataclass(frozen=True, slots=True)
class OpenTransaction:
    """The transaction that has been open the longest.

    Attributes:
        pid: The process id of its backend.
        user: The role of the session.
        application: The `application_name` of the session.
        query_since: The time at which its last query began.
        since: The time at which the transaction began.
    """

    pid: int
    user: str
    application: str
    query_since: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class CursorFacts:
    """How far the relay of one shard is.

    Attributes:
        shard: The number of the shard, from 0.
        shards: The number of shards of the source.
        updated_at: The time at which the cursor moved last.
        newest_seq: The highest row number that was drawn.
        low_seq: The number up to which every row is published; it follows at some distance.
        foreign: Whether it was made before a restore or a failover of the database.
        waiting: The number of rows of the shard that are committed and not published.
        oldest_at: The time at which the oldest of those was appended; None if there are none.
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
    """A transaction that is prepared and waits for its second phase.

    Attributes:
        gid: The global id that its coordinator gave it.
        owner: The role that prepared it.
        since: The time at which it was prepared.
    """

    gid: str
    owner: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ReplicationSlot:
    """A replication slot of this outbox.

    Attributes:
        name: The name of the slot.
        active: Whether a connection uses it.
        wal_status: PostgreSQL's state of the log that the slot needs: `reserved` to `lost`.
        retained_bytes: The size of the log that is kept for it.
    """

    name: str
    active: bool
    wal_status: str
    retained_bytes: int


@dataclass(frozen=True, slots=True)
class OutboxFacts:
    """The facts about an installed outbox.

    Attributes:
        leases: The sessions that have the leases of shards.
        asleep: Whether a relay sleeps until a writer notifies it or a second has passed.
        oldest: The transaction that has been open the longest; None if none is open.
        cursors: The cursor of each shard.
        parked: The number of parked rows.
        ring: Every slot of the retention ring.
        prepared: The prepared transactions of the database.
        replication_slots: The replication slots of this outbox.
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
    """The facts about a source; what could not be read is absent.

    Attributes:
        source: The name of the source.
        looked_at: The time of the database's clock, or ours if the database is away.
        policy: The retention of the source.
        reads_log: Whether the settings ask for it to be read from the log.
        fault: The reason why the database can't be asked; empty if it can.
        standby: Whether the database is a standby.
        version: The version of the installed outbox; None if there is none.
        missing_rights: The rights that the source's role needs and lacks.
        outbox: The facts about the outbox; None if it can't be read.
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

"""The statements of the log's reader on an ordinary connection, and its cursor table.

The table has one row: the cursor, for the life of the database that it belongs to. Statements
on the outbox itself are in :mod:`ledgerlane_outbox.store`.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg

from ledgerlane_outbox import store
from producers.sources.postgres import connect, database_errors, store_parked
from producers.sources.source import WHOLE, Parked
from producers.sources.wal.cursor import Snapshot, WalCursor
from producers.sources.wal.logical_messages import EmittedEvent, MalformedMessage
from producers.sources.wal.table_rows import COLUMNS

PUBLICATION: Final = "ledgerlane_outbox"

_CLOSE_TIMEOUT_S: Final = 2.0
_LEFTOVER_TIMEOUT_MS: Final = 5_000

_NO_EVENT_ID: Final = UUID(int=0)

# With all columns that are needed: an upgrade of the outbox by other means than ours may have
# left it without the newer ones.
_IS_PUBLISHED: Final = """
    SELECT p.oid
      FROM pg_publication AS p
      JOIN pg_publication_rel AS r ON r.prpubid = p.oid
     WHERE p.pubname = $1 AND p.pubinsert AND p.pubviaroot
       AND r.prrelid = 'ledgerlane_outbox'::regclass
       AND (r.prattrs IS NULL OR NOT EXISTS (
           SELECT FROM pg_attribute AS a
            WHERE a.attrelid = r.prrelid AND a.attname = ANY ($2::text[])
              AND a.attnum <> ALL (r.prattrs)))
"""
_QUOTED: Final = ", ".join(f'"{name}"' for name in COLUMNS)
_PUBLISH: Final = f"""
    CREATE PUBLICATION {PUBLICATION} FOR TABLE ledgerlane_outbox ({_QUOTED})
      WITH (publish = 'insert', publish_via_partition_root = true)
"""
_UNPUBLISH: Final = f"DROP PUBLICATION IF EXISTS {PUBLICATION}"

_HAS_CURSOR_TABLE: Final = "SELECT to_regclass('ledgerlane_outbox_wal_cursor') IS NOT NULL"

# How far the log is read. `beyond` counts the acknowledged rows that `done` of the table's own
# cursor does not show yet; the backlog is corrected by it.
_CREATE_CURSOR_TABLE: Final = """
    CREATE TABLE ledgerlane_outbox_wal_cursor (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        lsn pg_lsn NOT NULL,
        commit_lsn pg_lsn NOT NULL,
        events bigint NOT NULL,
        beyond bigint NOT NULL,
        system_identifier bigint NOT NULL,
        timeline text NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now()
    ) WITH (fillfactor = 10)
"""
_LOAD: Final = """
    SELECT lsn, commit_lsn, events, beyond, (system_identifier, timeline) = ($1, $2) AS ours
      FROM ledgerlane_outbox_wal_cursor
"""
_START: Final = """
    INSERT INTO ledgerlane_outbox_wal_cursor
           (lsn, commit_lsn, events, beyond, system_identifier, timeline)
    VALUES ($1, '0/0', 0, 0, $2, $3)
        ON CONFLICT (only_row) DO UPDATE
       SET (lsn, commit_lsn, events, beyond, system_identifier, timeline, updated_at) =
           ($1, '0/0', 0, 0, $2, $3, now())
"""
_SAVE: Final = """
    UPDATE ledgerlane_outbox_wal_cursor
       SET lsn = $1, commit_lsn = $2, events = $3, beyond = $4, updated_at = now()
"""
_SAVE_BEYOND: Final = "UPDATE ledgerlane_outbox_wal_cursor SET beyond = $1"

_TABLE_OID: Final = "SELECT 'ledgerlane_outbox'::regclass::oid"
_TABLE_DONE: Final = """
    SELECT done::text, target IS NOT NULL FROM ledgerlane_outbox_cursor WHERE shard = $1
"""

_SLOT_NAME: Final = """
    SELECT 'ledgerlane_outbox_' || oid FROM pg_database WHERE datname = current_database()
"""
# Some of the columns are missing on older servers; read by way of JSON they are NULL there.
_SLOT: Final = """
    SELECT confirmed_flush_lsn, active_pid,
           CASE WHEN wal_status = 'lost' OR (to_jsonb(s) ->> 'conflicting')::boolean
                  OR to_jsonb(s) ->> 'invalidation_reason' IS NOT NULL
                THEN coalesce(to_jsonb(s) ->> 'invalidation_reason', 'wal_removed') END AS lost
      FROM pg_replication_slots AS s
     WHERE slot_name = $1
"""
_DROP_SLOT: Final = "SELECT pg_drop_replication_slot($1)"
_END_BACKEND: Final = "SELECT pg_terminate_backend($1, $2)"

_FLUSHED: Final = "SELECT pg_current_wal_flush_lsn()"
_PULSE: Final = """
    SELECT pg_current_wal_insert_lsn(),
           (SELECT wal_status FROM pg_replication_slots WHERE slot_name = $1)
"""
_OLDEST_OPEN_XID: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"

_PARK_EMITTED_EVENT: Final = """
    INSERT INTO ledgerlane_outbox_parked
           (seq, created_at, event_id, topic, partition_key, headers, payload,
            reason, holds_key)
    VALUES ($1, coalesce($2, now()), $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class SlotState:
    """The replication slot as the server shows it.

    Attributes:
        confirmed_lsn: The place before which the server may remove log; None while the slot is
            being made.
        active_pid: The backend that uses or makes the slot; None if there is none.
        lost: The reason why it can't be read any more; empty if it can.
    """

    confirmed_lsn: int | None
    active_pid: int | None
    lost: str


@dataclass(frozen=True, slots=True)
class Saved:
    """The row of the cursor table.

    Attributes:
        cursor: How far the log is read.
        beyond: The number of acknowledged rows that the table's cursor does not show yet.
        ours: Whether it belongs to this life of the database, not to one before a restore or a
            failover.
    """

    cursor: WalCursor
    beyond: int
    ours: bool


@asynccontextmanager
async def open_store(dsn: str) -> AsyncIterator["WalStore"]:
    """Open a connection to the database of an outbox and close it at the end.

    Raises:
        SourceUnavailable: the database is away.
    """
    connection = await connect(dsn)
    try:
        with database_errors():
            slot = await connection.fetchval(_SLOT_NAME)
            identity = tuple(await connection.fetchrow(store.IDENTITY) or ())
        yield WalStore(connection, slot, identity)
    except BaseException:
        connection.terminate()
        raise
    await connection.close(timeout=_CLOSE_TIMEOUT_S)


class WalStore:
    """The statements; each raises SourceUnavailable if the database is away."""

    def __init__(
        self,
        connection: "asyncpg.Connection[asyncpg.Record]",
        slot_name: str,
        identity: tuple[Any, ...],
    ) -> None:
        self._connection = connection
        self._identity = identity
        self.slot_name = slot_name
        """The name of the slot for the outbox of this database."""

    async def is_published(self) -> bool:
        """Return whether the publication has the outbox with the columns of its events."""
        row = await self._row(_IS_PUBLISHED, PUBLICATION, COLUMNS)
        return bool(row)

    async def publish(self) -> None:
        """Make the publication anew; a slot that is older than it can't be used."""
        # A publication may exist with other columns or tables, so it is replaced as a whole.
        with database_errors():
            async with self._connection.transaction():
                await self._connection.execute(_UNPUBLISH)
                await self._connection.execute(_PUBLISH)

    async def ensure_cursor_table(self) -> None:
        """Create the cursor table if it is missing."""
        with database_errors():
            if not await self._connection.fetchval(_HAS_CURSOR_TABLE):
                await self._connection.execute(_CREATE_CURSOR_TABLE)

    async def slot(self) -> SlotState | None:
        """Return the slot; None if there is none."""
        row = await self._row(_SLOT, self.slot_name)
        return SlotState(row[0], row[1], row[2] or "") if row else None

    async def drop_slot(self) -> None:
        """Remove the slot, also one that a relay was making when it died."""
        # A backend that makes a slot does not notice that its client is gone: it waits for open
        # transactions. It is ended first, and its unfinished slot vanishes with it.
        slot = await self.slot()
        with database_errors():
            if slot and slot.active_pid:
                await self._connection.fetchval(
                    _END_BACKEND, slot.active_pid, _LEFTOVER_TIMEOUT_MS
                )
            if slot and await self.slot():
                await self._connection.fetchval(_DROP_SLOT, self.slot_name)

    async def load(self) -> Saved | None:
        """Return the saved cursor; None if the log was never read."""
        if not (await self._row(_HAS_CURSOR_TABLE))[0]:
            return None
        row = await self._row(_LOAD, *self._identity)
        return Saved(WalCursor(*row[:3]), row[3], row[4]) if row else None

    async def start(self, lsn: int) -> None:
        """Save the first place of a slot as the cursor, for this life of the database."""
        with database_errors():
            await self._connection.execute(_START, lsn, *self._identity)

    async def save(
        self,
        cursor: WalCursor,
        beyond: int,
        parked: Sequence[Parked] = (),
        emitted_events: Sequence[tuple[EmittedEvent, Parked]] = (),
    ) -> None:
        """Save the cursor and park rows and events without a row, all or nothing."""
        move = (cursor.lsn, cursor.commit_lsn, cursor.events, beyond)
        with database_errors():
            if not parked and not emitted_events:
                await self._connection.execute(_SAVE, *move)
                return
            async with self._connection.transaction():
                await store_parked(self._connection, parked)
                for emitted_event, one in emitted_events:
                    await self._park_emitted_event(emitted_event, one)
                await self._connection.execute(_SAVE, *move)

    async def park_malformed(self, message: MalformedMessage) -> None:
        """Park a message that is not an event; it may be parked already."""
        arguments = (_NO_EVENT_ID, "", "", "{}", message.content, message.reason, False)
        with database_errors():
            await self._connection.execute(
                _PARK_EMITTED_EVENT, message.seq, message.committed_at, *arguments
            )

    async def move_table_cursor(self, snapshot: str, newest_seq: int, beyond: int) -> None:
        """Move the table's cursor behind all rows that the snapshot shows."""
        # Both in one transaction: `beyond` counts from the table's cursor.
        with database_errors():
            async with self._connection.transaction():
                place = (snapshot, None, 0, newest_seq, WHOLE.number)
                await self._connection.execute(store.SAVE_CURSOR, *place)
                await self._connection.execute(_SAVE_BEYOND, beyond)

    async def table_oid(self) -> int:
        """Return the object id of the outbox, by which the log refers to it."""
        return int((await self._row(_TABLE_OID))[0])

    async def table_done(self) -> Snapshot:
        """Return the snapshot whose visible rows were published from the table."""
        return Snapshot.parse((await self._row(_TABLE_DONE, WHOLE.number))[0])

    async def is_table_read_to(self, xid: int) -> bool:
        """Return whether the table holds no unread row of a transaction older than ``xid``."""
        done, has_target = await self._row(_TABLE_DONE, WHOLE.number)
        return not has_target and Snapshot.parse(done).xmin >= xid

    async def table_snapshot(self) -> tuple[str, int]:
        """Return a snapshot of now, and the highest row number that has been drawn."""
        text, newest_seq = await self._row(store.SNAPSHOT)
        return text, newest_seq

    async def flushed_lsn(self) -> int:
        """Return the end of the flushed log, up to which the server may send it."""
        return int((await self._row(_FLUSHED))[0])

    async def pulse(self) -> tuple[int, str]:
        """Return the end of the log, and the `wal_status` of the slot."""
        insert_lsn, wal_status = await self._row(_PULSE, self.slot_name)
        return insert_lsn, wal_status or "missing"

    async def new_xid(self) -> int:
        """Return a transaction id above all that were given before."""
        return int((await self._row(store.LATEST_XID))[0])

    async def oldest_open_xid(self) -> int:
        """Return the transaction id below which no transaction is open."""
        return int((await self._row(_OLDEST_OPEN_XID))[0])

    async def _row(self, statement: str, *arguments: object) -> tuple[Any, ...]:
        with database_errors():
            return tuple(await self._connection.fetchrow(statement, *arguments) or ())

    async def _park_emitted_event(self, emitted_event: EmittedEvent, parked: Parked) -> None:
        seq, topic, key, headers, payload, event_id = emitted_event.row[:6]
        await self._connection.execute(
            _PARK_EMITTED_EVENT,
            seq,
            emitted_event.committed_at,
            event_id,
            topic,
            key,
            headers,
            payload,
            parked.reason,
            parked.holds_key,
        )

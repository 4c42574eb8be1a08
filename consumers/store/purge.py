"""What hangs on one connection: counted before it is disconnected, and deleted by a purge."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.store.tables import dead_letters, dependencies, intents, sync_records, tasks
from schemas.ids import ConnectionId
from schemas.result import SyncState

# A dead record is over; what agrees or is skipped is not waiting for anything.
_PENDING: Final = (
    SyncState.PENDING,
    SyncState.RETRYING,
    SyncState.WAITING,
    SyncState.HELD,
)


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """How many records a connection has.

    Attributes:
        pending: Those that are still to be written: pending, retrying, waiting or held.
        linked: Those with a document in the ledger.
    """

    pending: int
    linked: int


async def count_records(database: AsyncConnection, connection: ConnectionId) -> RecordCounts:
    """Count the records of a connection."""
    pending = func.count().filter(sync_records.c.state.in_(_PENDING))
    linked = func.count().filter(sync_records.c.external_id.is_not(None))
    query = select(pending, linked).where(sync_records.c.connection_id == connection)
    row = (await database.execute(query)).one()
    return RecordCounts(pending=row[0], linked=row[1])


async def purge_records(database: AsyncConnection, connection: ConnectionId) -> None:
    """Delete a connection's records, with their links, and all that says how they stand.

    The audit of provider calls stays. An outcome that a worker still has changes no row, as
    there is none of its revision.
    """
    of_connection = sync_records.c.connection_id == connection
    records = select(sync_records.c.record_id).where(of_connection)
    # Each after what refers to it; the records last, as the others are found by them.
    for statement in (
        delete(dependencies).where(
            or_(
                dependencies.c.record_id.in_(records),
                dependencies.c.awaited_id.in_(records),
            )
        ),
        delete(intents).where(intents.c.record_id.in_(records)),
        delete(tasks).where(tasks.c.connection_id == connection),
        delete(dead_letters).where(dead_letters.c.connection_id == connection),
        delete(sync_records).where(of_connection),
    ):
        await database.execute(statement)

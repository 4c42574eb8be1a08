"""What the statements of the record store in memory have in common."""

from consumers.lanes.fencing import Fenced
from consumers.store.leases import Fence
from schemas.ids import RecordId
from tests.fakes.database import Database, Record
from tests.fakes.tables import Pause, Session


class Statements:
    """The statements on one table, in a transaction in progress."""

    def __init__(self, database: Database, session: Session, pause: Pause) -> None:
        self._database = database
        self._session = session
        self._pause = pause

    def _record(self, record_id: RecordId) -> Record | None:
        return self._session.get(self._database.records, record_id)

    def _put(self, record: Record) -> None:
        self._session.put(self._database.records, record.announced.record_id, record)


class FencedStatements(Statements):
    """Statements that only the newest owner of a partition may make."""

    async def _share(self, fence: Fence) -> None:
        """Keep others from raising the epoch.

        Raises:
            Fenced: the epoch is no longer the current one.
        """
        lease = (fence.provider, fence.partition)
        epoch = await self._session.lock_row(self._database.leases, lease, shared=True)
        if not self.may_write(fence, epoch):
            raise Fenced(f"{fence.provider} partition {fence.partition} epoch {fence.epoch}")

    def may_write(self, fence: Fence, epoch: int | None) -> bool:
        """Whether the epoch of a fence is the current one."""
        return epoch == fence.epoch

"""The result event: the outcome of a push, for the platform's services."""

from dataclasses import dataclass
from enum import StrEnum

from schemas.errors import Reason
from schemas.remarks import Remark


class SyncState(StrEnum):
    """The state of a sync record."""

    PENDING = "pending"  # to be handled when the lane gets to it
    RETRYING = "retrying"  # an attempt failed; the next one is scheduled
    WAITING = "waiting"  # another record has to be linked first
    HELD = "held"  # needs a person or a setting
    DEAD = "dead"  # no further attempts; a dead letter is kept
    AGREED = "agreed"  # platform and ledger are equal
    SKIPPED = "skipped"  # nothing to do by policy, with a reason


@dataclass(frozen=True, slots=True)
class SyncResult:
    """The state of one document in one connection.

    Attributes:
        document_type: The type of the document.
        document_id: The platform's id of the document.
        version: The version that the state is about.
        state: The state of the sync record.
        external_id: The ledger's id; None if there is no link yet.
        reason: The reason of a state that is not agreed; None if there is none.
        remarks: What of the document the ledger has in another form than the platform said.
    """

    document_type: str
    document_id: str
    version: int
    state: SyncState
    external_id: str | None
    reason: Reason | None
    remarks: tuple[Remark, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return the result as plain JSON: the payload of ``sync.results``."""
        return {
            "document_type": self.document_type,
            "document_id": self.document_id,
            "version": self.version,
            "state": self.state.value,
            "external_id": self.external_id,
            "reason": self.reason.as_dict() if self.reason else None,
            "remarks": [one.as_dict() for one in self.remarks],
        }

"""The result event: what became of a push, for the platform's services."""

from dataclasses import dataclass
from enum import StrEnum

from schemas.errors import Reason


class SyncState(StrEnum):
    """How a sync record stands."""

    PENDING = "pending"  # work to do, as soon as the lane comes to it
    RETRYING = "retrying"  # a try failed; the next one is set
    WAITING = "waiting"  # for another record to be linked first
    HELD = "held"  # for a person or a setting
    DEAD = "dead"  # given up, with a dead letter
    AGREED = "agreed"  # both books say the same
    SKIPPED = "skipped"  # nothing to do by policy, with a reason


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What happened to one document in one connection."""

    document_type: str
    document_id: str
    version: int
    state: SyncState
    external_id: str | None
    reason: Reason | None

    def as_dict(self) -> dict[str, object]:
        """Give the result as plain JSON: the payload of ``sync.results``."""
        return {
            "document_type": self.document_type,
            "document_id": self.document_id,
            "version": self.version,
            "state": self.state.value,
            "external_id": self.external_id,
            "reason": self.reason.as_dict() if self.reason else None,
        }

"""Business actions as values: the changes of one transaction."""

from dataclasses import dataclass

from schemas.documents.document import Document, DocumentType
from schemas.ids import TenantId


@dataclass(frozen=True, slots=True)
class Change:
    """The new state of one document.

    Attributes:
        happened: The event in the past tense, as in ``issued``.
    """

    type: DocumentType
    happened: str
    document: Document

    @property
    def event_type(self) -> str:
        """The type of the event that announces it."""
        return f"{self.type}.{self.happened}.v1"


@dataclass(frozen=True, slots=True)
class Action:
    """Changes that become true together; announced in this order."""

    tenant_id: TenantId
    changes: tuple[Change, ...]

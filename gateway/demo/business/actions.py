"""Business actions as values: the changes of one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.documents.document import Document, DocumentType
from schemas.ids import TenantId


@dataclass(frozen=True, slots=True)
class Change:
    """The new state of one document.

    Attributes:
        happened: The event in the past tense, as in ``issued``.
        document: The new state, as the schema has it.
        written: The fields that the service writes otherwise, such as a number with blanks
            around it, and those that it alone knows.
    """

    type: DocumentType
    happened: str
    document: Document
    written: Mapping[str, str] = field(default_factory=dict)

    @property
    def event_type(self) -> str:
        """The type of the event that announces it."""
        return f"{self.type}.{self.happened}.v1"


@dataclass(frozen=True, slots=True)
class Action:
    """Changes that become true together; announced in this order."""

    tenant_id: TenantId
    changes: tuple[Change, ...]

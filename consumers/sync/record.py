"""A sync record as the plan sees it: the platform's side, the ledger's side, and their base."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from providers.base import External
from schemas.documents.document import Document, DocumentType, Reference, Status
from schemas.presence import Presence

# Older than every version that a platform can announce or a ledger can show.
UNKNOWN_VERSION: Final = -1


@dataclass(frozen=True, slots=True)
class PlatformState:
    """A document as the platform announced it.

    Attributes:
        version: The platform's version of the document, which rises with every change of it.
        document: The document of that version; ``None`` where only the version is known.
        changed_at: When the platform made the change, by its own clock; ``None`` if not known,
            as for every record that is loaded: no table has it yet (ADR 0018).
    """

    version: int
    document: Document | None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LedgerState:
    """A document as it was last seen in the ledger.

    Attributes:
        version: A number that rises with every change there, such as QuickBooks' sync token.
        document: What the ledger holds, under the record's document id; ``None`` where only
            the version is known, as after a write whose answer told no more.
        presence: Whether the ledger's record is there, void or deleted.
        changed_at: When the ledger made the change, by its own clock; ``None`` if not known, as
            for every record that is loaded: no table has it yet (ADR 0018).
    """

    version: int
    document: Document | None
    presence: Presence = Presence.PRESENT
    changed_at: datetime | None = None

    @property
    def removed(self) -> bool:
        """Whether the record is void or deleted, which no ledger takes back."""
        return self.presence is not Presence.PRESENT or is_voided(self.document)


@dataclass(frozen=True, slots=True)
class AgreedState:
    """The document on which both sides last agreed, and what each side called it then.

    Attributes:
        platform_version: The newest platform version that has been dealt with. An older one,
            or the same again, is no change.
        document: The agreed document; ``None`` where only the versions are known.
        ledger_version: The newest ledger version that has been dealt with. An older one, or
            the same again, is no change.
    """

    platform_version: int
    document: Document | None
    ledger_version: int = UNKNOWN_VERSION


@dataclass(frozen=True, slots=True)
class SyncRecord:
    """One document of one connection, as both sides have it.

    Attributes:
        document_type: The kind of the document.
        desired: The newest state that the platform announced; ``None`` for a record that was
            born in the ledger and that the platform does not have.
        observed: The newest state that was seen in the ledger; ``None`` if it was never seen.
            It counts only while the record is linked.
        base: The state on which both sides last agreed; ``None`` if they never did.
        external: The ledger's record that this one is linked to; ``None`` if it is not.
        missing: References of the desired document that must reach the ledger before it.
        in_doubt: Whether a create was begun whose outcome is not known.
    """

    document_type: DocumentType
    desired: PlatformState | None
    observed: LedgerState | None = None
    base: AgreedState | None = None
    external: External | None = None
    missing: tuple[Reference, ...] = ()
    in_doubt: bool = False

    @property
    def platform_moved(self) -> bool:
        """Whether the platform has announced a newer version than the base's."""
        if self.desired is None:
            return False
        return self.base is None or self.desired.version > self.base.platform_version

    @property
    def ledger_moved(self) -> bool:
        """Whether a newer version than the base's was seen in the ledger."""
        if self.observed is None:
            return False
        return self.base is None or self.observed.version > self.base.ledger_version

    @property
    def announced(self) -> Document | None:
        """The platform's document, where it is newer than the base."""
        return self.desired.document if self.desired and self.platform_moved else None

    @property
    def agreed_document(self) -> Document | None:
        """The base's document, where there is one."""
        return self.base.document if self.base else None


def is_voided(document: Document | None) -> bool:
    """Return whether a money document is void."""
    return getattr(document, "status", None) is Status.VOIDED


def is_draft(document: Document | None) -> bool:
    """Return whether a money document is not approved yet."""
    return getattr(document, "status", None) is Status.DRAFT


def is_withdrawn(document: Document | None) -> bool:
    """Return whether a document is void, or a name that is no longer in use."""
    return is_voided(document) or not getattr(document, "active", True)

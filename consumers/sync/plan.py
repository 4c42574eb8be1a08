"""The plan: from a record and nothing else, what must be done to make two books agree.

Pure and total: no I/O, no clock, an answer for every record. It looks only at the newest
documents, so a late or repeated signal can't write an old state.
"""

from dataclasses import dataclass

from consumers.outcome import Skipped
from providers.base import External
from schemas import reasons
from schemas.documents.document import Document, DocumentType, Reference, Status
from schemas.errors import Reason


@dataclass(frozen=True, slots=True)
class State:
    """A document as of one version; ``None`` where only the version is known."""

    version: int
    document: Document | None


@dataclass(frozen=True, slots=True)
class SyncRecord:
    """One document of one connection.

    Attributes:
        desired: The newest state that the platform announced.
        base: The state on which both sides last agreed.
        external: The ledger's record, once it is linked.
        missing: References of the desired document that have no link yet.
        in_doubt: A write was begun and its outcome is not known.
    """

    document_type: DocumentType
    desired: State
    base: State | None = None
    external: External | None = None
    missing: tuple[Reference, ...] = ()
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Create:
    """Make a new record in the ledger."""


@dataclass(frozen=True, slots=True)
class Update:
    """Change these fields of the ledger's record."""

    changed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Void:
    """Void the ledger's record."""


@dataclass(frozen=True, slots=True)
class FindOrCreate:
    """Look the document up; link what is found, and create where nothing is."""


@dataclass(frozen=True, slots=True)
class WaitAction:
    """These must be linked first, or brought up to date where the document needs that."""

    on: tuple[Reference, ...]
    agreed: frozenset[Reference]


@dataclass(frozen=True, slots=True)
class HoldAction:
    """A person must decide."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class NoAction:
    """Both sides agree on the desired version, or need not; ``skipped`` says why not."""

    skipped: Skipped | None = None


Action = Create | Update | Void | FindOrCreate | WaitAction | HoldAction | NoAction


def plan(record: SyncRecord) -> Action:
    """Say what to do about a record."""
    document = record.desired.document
    if document is None or _agreed(record):
        return NoAction()
    if _withdrawn(document):
        return _plan_withdrawn(record, document)
    if _status(document) is Status.DRAFT:
        return _plan_draft(record)
    if record.missing:
        return WaitAction(record.missing, document.needs_agreed())
    return _plan_write(record, document)


def _agreed(record: SyncRecord) -> bool:
    return record.base is not None and record.base.version >= record.desired.version


def _status(document: Document) -> Status:
    status = getattr(document, "status", Status.APPROVED)
    return Status(status)


def _withdrawn(document: Document) -> bool:
    """Voided, or a name that is no longer in use."""
    return _status(document) is Status.VOIDED or not getattr(document, "active", True)


def _plan_withdrawn(record: SyncRecord, document: Document) -> Action:
    """A record that is not in the ledger need not be written there to be withdrawn.

    A money document is voided; a name is taken out of use, which is a change like another.
    """
    if record.external is None:
        return FindOrCreate() if record.in_doubt else NoAction(Skipped(NEVER_SENT))
    if _status(document) is not Status.VOIDED:
        return _plan_write(record, document)
    if record.base and record.base.document and _withdrawn(record.base.document):
        return NoAction()
    return Void()


def _plan_draft(record: SyncRecord) -> Action:
    if record.external is None:
        return FindOrCreate() if record.in_doubt else NoAction(Skipped(NOT_APPROVED))
    return HoldAction(BACK_TO_DRAFT)


def _plan_write(record: SyncRecord, document: Document) -> Action:
    if record.external is None:
        looks_first = record.in_doubt or record.document_type is DocumentType.ACCOUNT
        return FindOrCreate() if looks_first else Create()
    changed = changed_fields(record.base.document if record.base else None, document)
    return Update(changed) if changed else NoAction()


def changed_fields(base: Document | None, desired: Document) -> frozenset[str]:
    """Name the fields that ``base`` has otherwise; all of them where there is no base."""
    names = type(desired).model_fields
    if base is None:
        return frozenset(names)
    return frozenset(name for name in names if getattr(base, name) != getattr(desired, name))


NOT_APPROVED = reasons.NOT_APPROVED.reason()
NEVER_SENT = reasons.WITHDRAWN_BEFORE_SENT.reason()
BACK_TO_DRAFT = reasons.BACK_TO_DRAFT.reason()

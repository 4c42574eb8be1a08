"""What is known of the ledger's side from our own writes alone."""

from consumers.sync.actions import Update
from consumers.sync.loaded_record import LoadedRecord
from consumers.sync.merge import with_fields
from consumers.sync.record import LedgerState, is_voided
from providers.base import Written
from schemas.documents.document import Document
from schemas.presence import Presence


def seen_after_write(case: LoadedRecord, written: Written | None) -> LedgerState | None:
    """Return the ledger's side after a write has succeeded; ``None`` where none was made.

    It holds what was written, under the version that the answer names. What the ledger makes of
    it, such as a trimmed name or a rounded tax, is not read: it would look like an edit there.
    """
    if written is None or case.desired is None:
        return None
    presence = Presence.VOIDED if is_voided(case.desired) else Presence.PRESENT
    return LedgerState(written.external.version, _contents(case, case.desired), presence)


def _contents(case: LoadedRecord, desired: Document) -> Document | None:
    """Return the ledger's document: an update leaves the fields that it does not name.

    What a person changed there in such a field stays, and stays known.
    """
    seen = case.record.observed
    if isinstance(case.action, Update) and seen is not None and seen.document is not None:
        return with_fields(seen.document, desired, case.action.changed)
    return desired

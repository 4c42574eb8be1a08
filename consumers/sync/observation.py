"""What is known of the ledger's side from our own writes alone."""

from consumers.sync.actions import Update
from consumers.sync.loaded_record import LoadedRecord
from consumers.sync.merge import with_fields
from consumers.sync.record import UNKNOWN_VERSION, LedgerState, is_voided
from providers.base import Written
from schemas.documents.document import Document
from schemas.presence import Presence


def seen_after_write(loaded: LoadedRecord, written: Written | None) -> LedgerState | None:
    """Return the ledger's side after a write has succeeded; ``None`` where none was made.

    It holds what was written, under the version that the answer names, or the one last seen
    where it names none. What the ledger makes of it, such as a trimmed name or a rounded tax,
    is not read: it would look like an edit there.
    """
    if written is None or loaded.desired is None:
        return None
    presence = Presence.VOIDED if is_voided(loaded.desired) else Presence.PRESENT
    return LedgerState(_version(loaded, written), _contents(loaded, loaded.desired), presence)


def unread_after_write(loaded: LoadedRecord, written: Written) -> LedgerState | None:
    """Return the ledger's side after a write that both sides do not agree on.

    What was seen before the write, and not dealt with, is not what the ledger holds now.
    Without such an edit there is nothing to forget, hence ``None``.
    """
    seen = loaded.record.observed
    if seen is None or not loaded.record.ledger_moved:
        return None
    return LedgerState(_version(loaded, written), None, seen.presence)


def _version(loaded: LoadedRecord, written: Written) -> int:
    """Return the ledger's version after a write.

    Where the answer names none, what was seen before the write would otherwise stay known, and
    be taken for an edit in the ledger of all that the write changed.
    """
    version, seen = written.external.version, loaded.record.observed
    return seen.version if seen and version == UNKNOWN_VERSION else version


def _contents(loaded: LoadedRecord, desired: Document) -> Document | None:
    """Return the ledger's document: an update leaves the fields that it does not name.

    What a person changed there in such a field stays, and stays known.
    """
    seen = loaded.record.observed
    if isinstance(loaded.action, Update) and seen is not None and seen.document is not None:
        return with_fields(seen.document, desired, loaded.action.changed)
    return desired

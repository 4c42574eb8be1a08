"""On what both sides agree once an action has succeeded."""

from consumers.sync.actions import Action, Create, FindOrCreate, Merge, NoAction, Update, Void
from consumers.sync.record import (
    UNKNOWN_VERSION,
    AgreedState,
    LedgerState,
    SyncRecord,
    is_withdrawn,
)
from schemas.documents.document import Document


def agreed_after(
    record: SyncRecord, action: Action, observed: LedgerState | None
) -> AgreedState | None:
    """Return the base after an action that was planned for ``record`` has succeeded.

    An apply moves nothing: what the platform announces afterwards does.

    Args:
        observed: The ledger's side after the action. After a write it holds what was written,
            so that what the ledger makes of it, such as a trimmed name, is no change there.
    """
    match action:
        case Create() | FindOrCreate() | Update() | Void() | Merge() | NoAction(skipped=None):
            return _agreed(record, action, observed)
        case _:
            return record.base


def _agreed(
    record: SyncRecord, action: Action, observed: LedgerState | None
) -> AgreedState | None:
    base = record.base
    if record.desired is not None and record.announced is not None:
        version, document = record.desired.version, record.desired.document
    elif base is not None:
        version, document = base.platform_version, base.document
    else:
        return None
    ledger_version = base.ledger_version if base else UNKNOWN_VERSION
    # The ledger's version counts as dealt with only where nothing of it is left to be applied,
    # or kept against the platform: else a later look would not see that the sides differ.
    if observed is not None and _holds(observed, document, action):
        ledger_version = max(ledger_version, observed.version)
    return AgreedState(version, document, ledger_version)


def _holds(observed: LedgerState, document: Document | None, action: Action) -> bool:
    """Return whether the ledger holds a document; a write whose answer told less wrote it."""
    if observed.removed or document is None:
        return observed.removed and is_withdrawn(document)
    if observed.document is None:
        return not isinstance(action, Merge | NoAction)
    return not document.changed_fields(observed.document)

"""The plan: from a record and its policy alone, what must be done to make two books agree.

Pure and total: no I/O, no clock, an answer for every record. It looks only at the newest
states, and at neither side's if that is not newer than the base. So a late or repeated signal
can't write an old state, and what one side only repeats of the other is no change.
"""

from typing import Final

from consumers.outcome import Skipped
from consumers.sync.actions import (
    Action,
    Apply,
    Conflict,
    Create,
    Fetch,
    FindOrCreate,
    HoldAction,
    Merge,
    NoAction,
    Update,
    Void,
    WaitAction,
)
from consumers.sync.merge import NOTHING, changed_fields, compare
from consumers.sync.policy import FACTS, ConflictRule, SyncPolicy, TypeRule
from consumers.sync.record import SyncRecord, is_draft, is_voided, is_withdrawn
from schemas import reasons
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import Document, DocumentType
from schemas.errors import Reason

Fields = frozenset[str]


def plan(record: SyncRecord, policy: SyncPolicy) -> Action:
    """Return what to do about a record."""
    rule = policy.rule(record.document_type)
    if record.platform_moved and record.announced is None:
        # The platform has a newer version whose document is not known. Intake stores the two
        # together, so no row is like this; but the plan has an answer for every record. There
        # is nothing to write, and the ledger's values may not be applied over a state that may
        # be the newer one. It is no hold either: no person can help, but the announcement that
        # brings the document is planned, as the base stays where it is.
        return NoAction()
    if record.external is None:
        return _plan_unlinked(record, rule)
    if record.observed is None or not record.ledger_moved:
        return _plan_platform_change(record, rule)
    if record.observed.removed:
        return _plan_removed(record, rule)
    if record.observed.document is not None:
        return _plan_both_sides(record, rule, record.observed.document)
    return Fetch() if _must_look(record, rule) else _plan_platform_change(record, rule)


def _plan_unlinked(record: SyncRecord, rule: TypeRule) -> Action:
    """Bring a document to the ledger, unless it need not be there.

    What may be there already is always looked up, so that it is linked.
    """
    document = record.announced
    if document is None:
        return NoAction()
    if (why := _need_not_be_sent(document, rule)) is not None:
        return FindOrCreate() if record.in_doubt else NoAction(Skipped(why))
    if record.missing:
        return WaitAction(record.missing, document.needs_agreed())
    looks_first = record.in_doubt or FACTS[record.document_type].looked_up_first
    return FindOrCreate() if looks_first else Create()


def _need_not_be_sent(document: Document, rule: TypeRule) -> Reason | None:
    """A record that is not in the ledger need not be written there to be withdrawn."""
    if is_withdrawn(document):
        return NEVER_SENT
    if is_draft(document):
        return NOT_APPROVED
    return None if rule.to_ledger else NOT_TO_LEDGER


def _plan_platform_change(record: SyncRecord, rule: TypeRule) -> Action:
    """Write the platform's change to a linked record, which the ledger has not changed."""
    document = record.announced
    if document is None or _withdrawn_already(record, document):
        return NoAction()
    changed = changed_fields(record.agreed_document, document)
    if not rule.to_ledger:
        return NoAction(Skipped(NOT_TO_LEDGER)) if changed else NoAction()
    if changed and record.observed is not None and record.observed.removed:
        return HoldAction(REMOVED_IN_LEDGER)
    # A wait is planned even if nothing changed: what the document needs is not there.
    return _written(record, document, changed) or NoAction()


def _withdrawn_already(record: SyncRecord, document: Document) -> bool:
    if record.observed is not None and record.observed.removed:
        return is_withdrawn(document)
    return is_voided(document) and is_withdrawn(record.agreed_document)


def _written(
    record: SyncRecord, document: Document, update: Fields, apply: Fields = NOTHING
) -> Action | None:
    """Return how these fields of a linked record come to the ledger; ``None`` if none do.

    A money document is voided; a name is taken out of use, which is a change like another.
    """
    if is_voided(document):
        return Void()
    if is_draft(document):
        return HoldAction(BACK_TO_DRAFT)
    if record.missing and not is_withdrawn(document):
        # What the ledger changed need not wait for what the platform's change needs.
        waits = WaitAction(record.missing, document.needs_agreed())
        return Apply(apply) if apply else waits
    if update and apply:
        return Merge(update, apply)
    return Update(update) if update else None


def _plan_removed(record: SyncRecord, rule: TypeRule) -> Action:
    """Plan for a record that was voided or deleted in the ledger."""
    changed = changed_fields(record.agreed_document, record.announced)
    field = withdrawal_field(record.document_type)
    if record.desired is None or is_withdrawn(record.desired.document):
        return NoAction()
    if not changed:
        return Apply(frozenset({field})) if rule.to_platform else NoAction()
    return _resolved(
        record,
        rule,
        overlap=changed | {field},
        # No ledger takes a void back, so there is nothing that the platform's change could
        # be written to; a new record would have to have another number.
        platform_wins=HoldAction(REMOVED_IN_LEDGER),
        ledger_wins=Apply(frozenset({field})),
    )


def _plan_both_sides(record: SyncRecord, rule: TypeRule, observed: Document) -> Action:
    """Plan for a linked record that the ledger has changed; the platform may have, too."""
    announced = record.announced
    if is_voided(announced) and is_withdrawn(record.agreed_document):
        announced = None
    found = compare(record.agreed_document, announced, observed)
    theirs = found.ledger | found.overlap
    if announced is None:
        return _applied(rule, theirs) or NoAction()
    if is_voided(announced) and theirs:
        # A void takes the whole document, so it overlaps with a change of any of its fields.
        overlap = found.platform | theirs
        return _resolved(
            record, rule, overlap, platform_wins=Void(), ledger_wins=Apply(overlap)
        )
    winner = _winner(record, rule) if found.overlap else ConflictRule.PLATFORM_WINS
    if winner is ConflictRule.ASK:
        return Conflict(found.overlap)
    ours_too = winner is ConflictRule.PLATFORM_WINS
    update = found.platform | (found.overlap if ours_too else NOTHING)
    apply = found.ledger | (NOTHING if ours_too else found.overlap)
    return _carried(record, rule, announced, update, apply)


def _carried(
    record: SyncRecord, rule: TypeRule, announced: Document, update: Fields, apply: Fields
) -> Action:
    """Carry both sides' changes as far as the direction allows."""
    apply = apply if rule.to_platform else NOTHING
    if update and rule.to_ledger:
        return _written(record, announced, update, apply) or NoAction()
    if apply:
        return Apply(apply)
    return NoAction(Skipped(NOT_TO_LEDGER)) if update else NoAction()


def _applied(rule: TypeRule, fields: Fields) -> Action | None:
    return Apply(fields) if fields and rule.to_platform else None


def _resolved(
    record: SyncRecord,
    rule: TypeRule,
    overlap: Fields,
    *,
    platform_wins: Action,
    ledger_wins: Action,
) -> Action:
    """Return the winner's action for changes that overlap as a whole."""
    match _winner(record, rule):
        case ConflictRule.ASK:
            return Conflict(overlap)
        case ConflictRule.PLATFORM_WINS:
            return platform_wins if rule.to_ledger else NoAction(Skipped(NOT_TO_LEDGER))
        case _:
            return ledger_wins if rule.to_platform else NoAction()


def _winner(record: SyncRecord, rule: TypeRule) -> ConflictRule:
    """Return whose values win; ``ASK`` where a person must say.

    Of two writes at the same time, or at times that are not known, the platform's wins: it is
    the source of truth where nothing else decides.
    """
    if rule.conflicts is not ConflictRule.LAST_WRITE_WINS:
        return rule.conflicts
    ours = record.desired.changed_at if record.desired else None
    theirs = record.observed.changed_at if record.observed else None
    if ours is not None and theirs is not None and theirs > ours:
        return ConflictRule.LEDGER_WINS
    return ConflictRule.PLATFORM_WINS


def _must_look(record: SyncRecord, rule: TypeRule) -> bool:
    """Return whether the ledger's document can make a difference to the plan.

    Where the platform's changes are written whatever the ledger holds, no call is spent on it.
    """
    contested = record.announced is not None
    return rule.to_platform or (contested and rule.conflicts is not ConflictRule.PLATFORM_WINS)


def withdrawal_field(document_type: DocumentType) -> str:
    """Return the field that says whether a document of this type is withdrawn."""
    return "status" if "status" in DOCUMENTS[document_type].model_fields else "active"


NOT_APPROVED: Final = reasons.NOT_APPROVED.reason()
NEVER_SENT: Final = reasons.WITHDRAWN_BEFORE_SENT.reason()
BACK_TO_DRAFT: Final = reasons.BACK_TO_DRAFT.reason()
REMOVED_IN_LEDGER: Final = reasons.REMOVED_IN_LEDGER.reason()
NOT_TO_LEDGER: Final = reasons.NOT_TO_LEDGER.reason()

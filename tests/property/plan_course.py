"""What becomes of a record when the actions of its plan succeed, on both sides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
from consumers.sync.agreement import agreed_after
from consumers.sync.immediate import at_once
from consumers.sync.merge import as_said_in, compare
from consumers.sync.plan import plan
from consumers.sync.policy import ConflictRule, Direction, SyncPolicy, TypeRule
from consumers.sync.record import (
    UNKNOWN_VERSION,
    AgreedState,
    LedgerState,
    PlatformState,
    SyncRecord,
    is_withdrawn,
)
from schemas.documents.document import Document, Status
from schemas.presence import Presence
from tests.property.edited_records import LINKED, SAMPLES


@dataclass(frozen=True)
class Luck:
    """What the outside adds: what the ledger holds, and whether it is found there."""

    held: Document
    found: bool


def after(record: SyncRecord, action: Action, policy: SyncPolicy, luck: Luck) -> SyncRecord:
    """Return the record after an action has succeeded, the platform's answer included."""
    match action:
        case Fetch():
            assert record.observed is not None
            return replace(record, observed=replace(record.observed, document=luck.held))
        case FindOrCreate() if luck.found:
            return adopted(record, luck)
        case FindOrCreate() if at_once(plan(replace(record, in_doubt=False), policy)):
            return replace(record, in_doubt=False)
    done = in_the_ledger(record, action)
    done = replace(done, base=agreed_after(record, action, done.observed))
    if isinstance(action, Apply | Merge):
        fields = action.fields if isinstance(action, Apply) else action.apply
        return replace(done, desired=announced(record, done.observed, fields))
    return done


def in_the_ledger(record: SyncRecord, action: Action) -> SyncRecord:
    """Return the record after what an action writes to the ledger."""
    match action:
        case Create() | FindOrCreate():
            seen = LedgerState(0, document_of(record))
            return replace(record, observed=seen, external=LINKED, in_doubt=False)
        case Update(changed=fields) | Merge(update=fields):
            return replace(record, observed=written(record, fields))
        case Void():
            return replace(record, observed=voided(record))
        case _:
            return record


def document_of(record: SyncRecord) -> Document:
    assert record.desired is not None
    assert record.desired.document is not None
    return record.desired.document


def ledger_document(record: SyncRecord) -> Document:
    assert record.observed is not None
    assert record.observed.document is not None
    return record.observed.document


def documents_of(record: SyncRecord) -> tuple[Document, Document, Document]:
    """Return the base's document, or the sample where nothing is agreed, and both sides'."""
    base = record.agreed_document or SAMPLES[record.document_type][0]
    return base, document_of(record), ledger_document(record)


def whole(record: SyncRecord) -> bool:
    """Return whether the sides' changes can't be taken apart: a void, or an invalid mix."""
    base, ours, theirs = documents_of(record)
    mixed = compare(base, ours, theirs)
    apart = differing(base, ours) & differing(base, theirs) & differing(ours, theirs)
    return is_withdrawn(ours) or is_withdrawn(theirs) or mixed.overlap != apart


def adopted(record: SyncRecord, luck: Luck) -> SyncRecord:
    """Return the record linked to what was found, of which nothing is agreed."""
    return replace(
        record,
        observed=LedgerState(0, luck.held),
        base=AgreedState(UNKNOWN_VERSION, None),
        external=LINKED,
        in_doubt=False,
    )


def next_version(record: SyncRecord) -> int:
    known = [record.observed.version] if record.observed else []
    known += [record.base.ledger_version] if record.base else []
    return max([*known, 0]) + 1


def written(record: SyncRecord, fields: frozenset[str]) -> LedgerState:
    """Return the ledger's side with these fields of the platform's document."""
    observed = record.observed
    if observed is None or observed.document is None:
        return LedgerState(next_version(record), document_of(record))
    values = {name: getattr(document_of(record), name) for name in fields}
    held = as_said_in(record.agreed_document, observed.document)
    changed = valid(held.model_copy(update=values))
    return LedgerState(next_version(record), changed, changed_at=observed.changed_at)


def voided(record: SyncRecord) -> LedgerState:
    void = document_of(record).model_copy(update={"status": Status.VOIDED})
    return LedgerState(next_version(record), void, Presence.VOIDED)


def announced(
    record: SyncRecord, observed: LedgerState | None, fields: frozenset[str]
) -> PlatformState:
    """Return the platform's side with these fields of what the ledger holds."""
    assert observed is not None
    ours = record.desired.document if record.desired else None
    document = ours or observed.document or SAMPLES[record.document_type][0]
    document = as_said_in(record.agreed_document, document)
    if observed.removed:
        gone = {"status": Status.VOIDED, "active": False}
        values = {name: gone[name] for name in fields & gone.keys()}
    else:
        values = {name: getattr(observed.document, name) for name in fields}
    known = [record.desired.version] if record.desired else []
    known += [record.base.platform_version] if record.base else []
    return PlatformState(max([*known, 0]) + 1, valid(document.model_copy(update=values)))


def valid(document: Document) -> Document:
    fields = {name: getattr(document, name) for name in type(document).model_fields}
    return type(document).model_validate(fields)


def course(
    record: SyncRecord, policy: SyncPolicy, luck: Luck
) -> tuple[SyncRecord, Sequence[Action]]:
    """Carry out plans until nothing is to be done; return the record and every action."""
    actions: list[Action] = []
    while len(actions) < 8:
        actions.append(plan(record, policy))
        if isinstance(actions[-1], NoAction | HoldAction | WaitAction | Conflict):
            break
        record = after(record, actions[-1], policy, luck)
    return record, actions


def fields_written(action: Action) -> frozenset[str]:
    match action:
        case Update(changed=fields) | Merge(update=fields):
            return fields
        case _:
            return frozenset()


def fields_applied(action: Action) -> frozenset[str]:
    match action:
        case Apply(fields=fields) | Merge(apply=fields):
            return fields
        case _:
            return frozenset()


def writes(action: Action) -> bool:
    return isinstance(action, Create | FindOrCreate | Update | Void | Merge)


def differing(one: Document, other: Document) -> frozenset[str]:
    """Return the fields in which two documents mean something else."""
    return other.changed_fields(one)


def mean_the_same(*documents: Document) -> bool:
    """Return whether documents say the same, a total that the lines come to apart."""
    first, *others = documents
    return not any(differing(first, other) for other in others)


def both_ways(rule: ConflictRule) -> SyncPolicy:
    return SyncPolicy(default=TypeRule(Direction.BOTH, rule))

"""The platform's and the ledger's side exchanged: of a record, a policy and an action."""

from dataclasses import replace

from consumers.outcome import Skipped
from consumers.sync.actions import Action, Apply, Merge, NoAction, Update
from consumers.sync.plan import NOT_TO_LEDGER
from consumers.sync.policy import ConflictRule, Direction, SyncPolicy, TypeRule
from consumers.sync.record import AgreedState, LedgerState, PlatformState, SyncRecord


def exchange_sides(record: SyncRecord) -> SyncRecord:
    desired, observed, base = record.desired, record.observed, record.base
    assert desired is not None
    assert observed is not None
    assert base is not None
    return replace(
        record,
        desired=PlatformState(observed.version, observed.document, observed.changed_at),
        observed=LedgerState(desired.version, desired.document, changed_at=desired.changed_at),
        base=AgreedState(base.ledger_version, base.document, base.platform_version),
    )


def exchange_rule(policy: SyncPolicy) -> SyncPolicy:
    others = {
        Direction.TO_LEDGER: Direction.TO_PLATFORM,
        Direction.TO_PLATFORM: Direction.TO_LEDGER,
        ConflictRule.PLATFORM_WINS: ConflictRule.LEDGER_WINS,
        ConflictRule.LEDGER_WINS: ConflictRule.PLATFORM_WINS,
    }
    rule = policy.default
    direction = Direction(others.get(rule.direction, rule.direction))
    return SyncPolicy(
        default=TypeRule(direction, ConflictRule(others.get(rule.conflicts, rule.conflicts)))
    )


def mirrored(action: Action) -> Action:
    """Return what the other side would be asked for."""
    match action:
        case Update(changed=fields):
            return Apply(fields)
        case Apply(fields=fields):
            return Update(fields)
        case Merge(update=update, apply=apply):
            return Merge(apply, update)
        case _:
            return plain(action)


def plain(action: Action) -> Action:
    """Return the action without the reason that only the platform is told."""
    match action:
        case NoAction(skipped=Skipped(reason=reason)) if reason == NOT_TO_LEDGER:
            return NoAction()
        case _:
            return action

"""Outcomes of plans that ask nothing of the ledger, so that no provider is called."""

from consumers.outcome import Hold, Outcome, Superseded, Wait
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
from schemas import reasons
from schemas.errors import Reason


def at_once(action: Action) -> Outcome | None:
    """Return the outcome of a plan that asks nothing of the ledger; ``None`` where it does."""
    match action:
        case NoAction():
            return action.skipped or Superseded()
        case WaitAction():
            return Wait(action.on, action.agreed)
        case HoldAction():
            return Hold(action.reason)
        case Conflict():
            return Hold(reasons.BOTH_SIDES_CHANGED.reason(fields=_named(action.fields)))
        case Apply() | Merge() | Fetch():
            return Hold(_not_carried(action))
        case Create() | FindOrCreate() | Update() | Void():
            return None


def _not_carried(action: Apply | Merge | Fetch) -> Reason:
    """Return why to hold what nothing carries out yet; the default policy never asks for it.

    A merge is held as a whole: its write alone would leave the ledger's other fields unsent,
    and a record that counts as agreed.
    """
    return reasons.LEDGER_CHANGES_NOT_CARRIED.reason(fields=_named(_unsent(action)))


def _unsent(action: Apply | Merge | Fetch) -> frozenset[str]:
    match action:
        case Apply():
            return action.fields
        case Merge():
            return action.apply
        case Fetch():
            return frozenset()


def _named(fields: frozenset[str]) -> str:
    return ", ".join(sorted(fields)) or "its record"

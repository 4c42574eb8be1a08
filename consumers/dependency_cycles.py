"""Records that wait for each other: how a cycle is found, and the reasons to show. Pure."""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from consumers.outcome import Wait
from schemas import reasons
from schemas.errors import Reason
from schemas.ids import RecordId
from schemas.result import SyncState

# The code is shown to users and stands in stored rows, so it keeps its older word.
IN_A_CYCLE: Final = reasons.WAITS_IN_A_CYCLE.code
NAMES_STOPPED: Final = reasons.WAITING_FOR_STOPPED.code
NAMED_AT_MOST: Final = 5
_LONGEST_WHY: Final = 300  # characters of what stopped another record


class RecordRef(NamedTuple):
    """A record by the names that people know, with its state.

    Attributes:
        document_type: The kind of the document.
        document_id: The platform's id of the document.
        state: The state of the record when it was read.
        why: What stopped the record; empty where it is not stopped.
    """

    document_type: str
    document_id: str
    state: SyncState
    why: str = ""


def find_cycle(start: RecordId, pairs: Iterable[tuple[RecordId, RecordId]]) -> list[RecordId]:
    """Return the shortest way from what ``start`` waits for back to it; empty without one.

    Args:
        pairs: A waiting record and the one that it awaits.
    """
    awaited_by: dict[RecordId, list[RecordId]] = defaultdict(list)
    for waiting, awaited in pairs:
        awaited_by[waiting].append(awaited)
    came_from: dict[RecordId, RecordId] = {}
    todo = deque([start])
    while todo:
        at = todo.popleft()
        for ahead in awaited_by[at]:
            if ahead not in came_from:
                came_from[ahead] = at
                todo.append(ahead)
    return _way_back(start, came_from)


def _way_back(start: RecordId, came_from: dict[RecordId, RecordId]) -> list[RecordId]:
    if start not in came_from:
        return []
    way, at = [start], came_from[start]
    while at != start:
        way.append(at)
        at = came_from[at]
    return way[::-1]


def waiting_in_a_cycle(found: Sequence[RecordRef]) -> Reason:
    """Return the reason of a record in a cycle, in which no record can go first."""
    names = [f"{one.document_type} {one.document_id}" for one in found]
    return reasons.WAITS_IN_A_CYCLE.reason(names=" for ".join([names[-1], *names]))


def waiting_for(outcome: Wait, stopped: Sequence[RecordRef] = ()) -> Reason:
    """Return the reason of a record that waits, which is no failure.

    Args:
        stopped: Those that it waits for and at which nothing is done.
    """
    named = ", ".join(f"{ref.type.value} {ref.id}" for ref in outcome.on[:NAMED_AT_MOST])
    waits = reasons.WAITING_FOR_DEPENDENCY.reason(names=named)
    return waiting_for_stopped(stopped, waits.cause) if stopped else waits


def waiting_for_stopped(stopped: Sequence[RecordRef], cause: str = "") -> Reason:
    """Return the reason of a record that waits for some that are stopped."""
    named = ", ".join(_stopped(one) for one in stopped[:NAMED_AT_MOST])
    before = f"{cause} " if cause else ""
    return reasons.WAITING_FOR_STOPPED.reason(before=before, stopped=named)


def _stopped(one: RecordRef) -> str:
    """Return a record that is stopped, and why it is."""
    named = f"{one.document_type} {one.document_id} is {one.state.value}"
    if not one.why:
        return named
    cut = one.why if len(one.why) <= _LONGEST_WHY else f"{one.why[:_LONGEST_WHY]}..."
    return f"{named} ({cut.removesuffix('.')})"

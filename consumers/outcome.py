"""What becomes of a signal: the closed set of outcomes. Values only; nothing is done here."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from providers.base import Written
from schemas.documents.document import Reference
from schemas.errors import Reason
from schemas.ids import RecordId


@dataclass(frozen=True, slots=True)
class Done:
    """Both books agree on the version that was loaded.

    Attributes:
        written: The ledger's record as its answer names it; ``None`` where there was no answer,
            as for a void of a record that is gone.
        found: Whether the ledger's record was found and is left as it is, so that what it holds
            is not known from our own write.
    """

    written: Written | None = None
    found: bool = False


@dataclass(frozen=True, slots=True)
class AdoptedStale:
    """The ledger's record is found and linked, but it may hold something else than desired.

    Attributes:
        written: The ledger's record as its answer names it.
    """

    written: Written


@dataclass(frozen=True, slots=True)
class Superseded:
    """Nothing is to be done at either side, and the record counts as agreed.

    What both sides hold is dealt with already, or differs only where the policy leaves it so.
    """


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing is to be done, by rule.

    Attributes:
        reason: Why nothing is to be done, by which rule.
    """

    reason: Reason


@dataclass(frozen=True, slots=True)
class Retry:
    """The try failed, and another one may succeed later.

    Attributes:
        reason: Why the try failed, and what to do about it.
        due_at: The earliest time of the next try, UTC.
        attempt: The number of the try that failed, from 1.
        in_doubt: Whether the write may have happened, so that its intent stays open.
    """

    reason: Reason
    due_at: datetime
    attempt: int
    in_doubt: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """The whole lane rests for a time; the try does not count as a failed one.

    Attributes:
        reason: Why no call is made now.
        after: The time for which the lane makes no call, 0 or more.
        in_doubt: Whether the write may have happened, so that its intent stays open.
    """

    reason: Reason
    after: timedelta
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Suspend:
    """The whole lane stops until its connection is authorised again.

    Attributes:
        reason: Why the connection is not authorised, and what to do about it.
        may_pass: Whether it may be authorised again without a person who connects the company.
    """

    reason: Reason
    may_pass: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """The record rests until a person has acted or a setting has changed.

    Attributes:
        reason: What is to be done, and by whom.
        written: The ledger's record, to be linked all the same; ``None`` where there is none.
        in_doubt: Whether the write may have happened, so that its intent stays open.
        compared: The records that were compared with it where they contradict it, each with its
            revision, 0 for one that is not there: a newer one of any has it compared again.
        not_known: Whether the company, as it was read last, has not what the document needs:
            it may have it by now.
    """

    reason: Reason
    written: Written | None = None
    in_doubt: bool = False
    compared: tuple[tuple[RecordId, int], ...] = ()
    not_known: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Other records must reach the ledger before this one.

    Attributes:
        on: The documents that must be linked first; never empty.
        agreed: Those of them whose newest state must be in the ledger, not just an older one.
    """

    on: tuple[Reference, ...]
    agreed: frozenset[Reference] = frozenset()


@dataclass(frozen=True, slots=True)
class Dead:
    """The record is given up, and kept as a dead letter.

    Attributes:
        reason: Why it is given up, and what to do about it.
        attempt: The number of tries of this version that were made, from 1.
        trace_id: The provider's name for the last call; empty where it gave none.
        in_doubt: Whether the write may have happened, so that its intent stays open.
    """

    reason: Reason
    attempt: int
    trace_id: str = ""
    in_doubt: bool = False


Outcome = (
    Done | AdoptedStale | Superseded | Skipped | Retry | Pause | Suspend | Hold | Wait | Dead
)

"""What becomes of a signal: the closed set of outcomes. Values only; nothing is done here."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from providers.base import Written
from schemas.documents.document import Reference
from schemas.errors import Reason


@dataclass(frozen=True, slots=True)
class Done:
    """Both books agree on ``version``.

    Attributes:
        version: The platform's version of the document.
        written: The ledger's answer; ``None`` where it had none to give.
        found: Whether the ledger's record was found and is left as it is, so that what it holds
            is not known from our own write.
    """

    version: int
    written: Written | None = None
    found: bool = False


@dataclass(frozen=True, slots=True)
class AdoptedStale:
    """The ledger's record is found and linked, but it may hold something else than desired."""

    written: Written


@dataclass(frozen=True, slots=True)
class Superseded:
    """There was nothing to do: the record agreed already on this version or a newer one."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing is to be done, by rule; the reason says which."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again at ``due_at``; ``attempt`` is the number of the try that failed, from 1.

    Attributes:
        in_doubt: The write may have happened, so its intent stays open.
    """

    reason: Reason
    due_at: datetime
    attempt: int
    in_doubt: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """The whole lane waits this long; no attempt is used up.

    Attributes:
        in_doubt: Whether the write may have happened: its intent stays open.
    """

    reason: Reason
    after: timedelta
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Suspend:
    """The whole lane stops until its connection is authorised again.

    Attributes:
        may_pass: Whether that may happen without anybody connecting the company again.
    """

    reason: Reason
    may_pass: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """A person or a setting must act.

    Attributes:
        written: The ledger's record, where there is one nevertheless.
        in_doubt: The write may have happened, so its intent stays open.
    """

    reason: Reason
    written: Written | None = None
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Other records must be linked first, or brought up to date where ``agreed`` says so."""

    on: tuple[Reference, ...]
    agreed: frozenset[Reference] = frozenset()


@dataclass(frozen=True, slots=True)
class Dead:
    """Given up after ``attempt`` tries; kept as a dead letter.

    Attributes:
        in_doubt: The write may have happened, so its intent stays open.
    """

    reason: Reason
    attempt: int
    trace_id: str = ""
    in_doubt: bool = False


Outcome = (
    Done | AdoptedStale | Superseded | Skipped | Retry | Pause | Suspend | Hold | Wait | Dead
)

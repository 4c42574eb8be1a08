"""What the plan can ask for: the closed set of actions. Values only; nothing is done here.

What the base becomes once an action succeeded is in `agreement.py`.
"""

from dataclasses import dataclass

from consumers.outcome import Skipped
from schemas.documents.document import Reference
from schemas.errors import Reason


@dataclass(frozen=True, slots=True)
class Create:
    """Make a new record in the ledger."""


@dataclass(frozen=True, slots=True)
class Update:
    """Change the ledger's record.

    Attributes:
        changed: The fields that get the platform's values; never empty.
    """

    changed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Void:
    """Void the ledger's record."""


@dataclass(frozen=True, slots=True)
class FindOrCreate:
    """Look the document up; link what is found, and create where nothing is."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Read the ledger's record: it has changed, and what it holds now is not known."""


@dataclass(frozen=True, slots=True)
class Apply:
    """Send the ledger's values to the platform.

    It is done when the platform announces them, and asked for again until then.

    Attributes:
        fields: The fields that get the ledger's values; never empty.
    """

    fields: frozenset[str]


# A merge is one action, not an update with an apply planned after it: the write to the ledger
# need not wait for the platform, and the settlement sees from the action alone that the
# ledger's version must not count as dealt with yet. The other order, first apply and then
# update, would let a platform that is down keep the ledger from the platform's own changes.
@dataclass(frozen=True, slots=True)
class Merge:
    """Change the ledger's record, and send other fields of it to the platform.

    Attributes:
        update: The fields that get the platform's values in the ledger; never empty.
        apply: The fields that get the ledger's values on the platform; never empty, and none
            of ``update``.
    """

    update: frozenset[str]
    apply: frozenset[str]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Ask a person which side is right; until then neither is changed.

    Attributes:
        fields: The fields that both sides changed, to different values; never empty.
    """

    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class WaitAction:
    """Wait for other records, which must reach the ledger first.

    Attributes:
        on: The documents that must be linked first.
        agreed: Those of them whose newest state must be in the ledger, not just an older one.
    """

    on: tuple[Reference, ...]
    agreed: frozenset[Reference]


@dataclass(frozen=True, slots=True)
class HoldAction:
    """Stop until a person has decided.

    Attributes:
        reason: What is to be decided, and by whom.
    """

    reason: Reason


@dataclass(frozen=True, slots=True)
class NoAction:
    """Do nothing: both sides agree, or need not.

    Attributes:
        skipped: Why they need not agree; ``None`` where they do.
    """

    skipped: Skipped | None = None


Action = (
    Create
    | Update
    | Void
    | FindOrCreate
    | Fetch
    | Apply
    | Merge
    | Conflict
    | WaitAction
    | HoldAction
    | NoAction
)

"""The values of the table that says what each shared case ends as; see `table.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class Figures:
    """What a ledger shows of a document, in major units of its currency."""

    currency: str
    total: Decimal
    tax: Decimal
    open: Decimal


@dataclass(frozen=True)
class End:
    """What one document of a case ends as in one ledger.

    Attributes:
        state: The state of its record.
        code: The code of the record's reason; empty where there is none.
        cause: What the reason's cause names.
        figures: What the ledger shows; ``None`` where the ledger has no such document, and for
            what has no figures.
        remarks: What was changed in it: field and code of each remark.
        tasks: The codes of the open tasks.
        shown: Texts as the ledger shows them, by field.
    """

    state: str
    code: str = ""
    cause: tuple[str, ...] = ()
    figures: Figures | None = None
    remarks: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    shown: Mapping[str, str] = field(default_factory=dict)


def agreed(
    total: str = "",
    *,
    tax: str = "0",
    open: str | None = None,
    remarks: tuple[str, ...] = (),
    tasks: tuple[str, ...] = (),
    **shown: str,
) -> End:
    """Return the end of a document that both sides agree on.

    Args:
        total: Currency and total, as in ``GBP 36.11``; empty for what has no figures.
        open: What is open of it; the total where it is not named.
        shown: Texts as the ledger shows them.
    """
    figures = None
    if total:
        currency, amount = total.split()
        due = Decimal(open if open is not None else amount)
        figures = Figures(currency, Decimal(amount), Decimal(tax), due)
    return End("agreed", figures=figures, remarks=remarks, tasks=tasks, shown=shown)


def held(code: str, *cause: str) -> End:
    """Return the end of a document that needs a person, and that the ledger does not have."""
    return End("held", code, cause, tasks=(code,))


def waiting(code: str, *cause: str) -> End:
    """Return the end of a document that waits for another one."""
    return End("waiting", code, cause)

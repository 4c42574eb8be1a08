"""Whether two books agree: what each side has, and every document on which they differ."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.demo.verification.entry import Entry, Record, Standing
from schemas.documents.document import DocumentType
from schemas.money import ZERO


@dataclass(frozen=True, slots=True)
class Sums:
    """What the documents of a kind that count come to."""

    count: int
    total: Decimal
    tax: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of document on both sides."""

    type: DocumentType
    platform: Sums
    ledger: Sums

    @property
    def agrees(self) -> bool:
        """Whether both come to the same, to the cent."""
        return self.platform == self.ledger


@dataclass(frozen=True, slots=True)
class Difference:
    """A document that the two books have otherwise; ``said`` says how."""

    type: DocumentType
    id: str
    label: str
    said: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two books, compared.

    Attributes:
        duplicates: Records of the ledger that are one document twice.
        strangers: Records of the ledger that are none of the platform's documents.
    """

    rows: tuple[Row, ...]
    differences: tuple[Difference, ...]
    duplicates: tuple[str, ...]
    strangers: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether there is nothing to find fault with."""
        nothing_wrong = not (self.differences or self.duplicates or self.strangers)
        return nothing_wrong and all(row.agrees for row in self.rows)


def compare(
    entries: Sequence[Entry],
    records: Sequence[Record],
    *,
    key_of: Callable[[Entry], str],
    seeded: Collection[str],
) -> Comparison:
    """Compare the platform's books with one ledger.

    The sums of each side are its own; the documents are then matched one by one.

    Args:
        key_of: By what the ledger's record of a document is known.
        seeded: Ledger ids of what was there before; it counts only where it was linked.
    """
    ours = {(entry.type, key_of(entry)): entry for entry in entries}
    theirs = [r for r in records if (r.type, r.key) in ours or r.ledger_id not in seeded]
    found: dict[tuple[DocumentType, str], list[Record]] = {}
    for record in theirs:
        found.setdefault((record.type, record.key), []).append(record)
    return Comparison(
        rows=tuple(_row(kind, entries, theirs) for kind in DocumentType),
        differences=tuple(
            Difference(entry.type, entry.id, entry.code or entry.name, said)
            for name, entry in ours.items()
            if (said := _difference(entry, found.get(name, [])))
        ),
        duplicates=tuple(
            f"{record.type} {record.key}" for name in found for record in _doubles(found[name])
        ),
        strangers=tuple(
            f"{record.type} {record.key or record.ledger_id}"
            for record in theirs
            if (record.type, record.key) not in ours
        ),
    )


def _row(kind: DocumentType, entries: Sequence[Entry], records: Sequence[Record]) -> Row:
    return Row(kind, _sums(kind, entries), _sums(kind, records))


def _sums(kind: DocumentType, documents: Iterable[Entry | Record]) -> Sums:
    counted = [d for d in documents if d.type is kind and d.standing is Standing.COUNTS]
    return Sums(
        count=len(counted),
        total=sum((d.total for d in counted), ZERO),
        tax=sum((d.tax for d in counted), ZERO),
        balance=sum((d.balance for d in counted), ZERO),
    )


def _doubles(records: Sequence[Record]) -> Sequence[Record]:
    return [r for r in records if r.standing is Standing.COUNTS][1:]


def _difference(entry: Entry, records: Sequence[Record]) -> str:
    """Say how the ledger has it otherwise; nothing where both agree.

    What the platform took back must not count in the ledger: gone is as good as void. A draft
    must not be there at all.
    """
    counting = [record for record in records if record.standing is Standing.COUNTS]
    match entry.standing:
        case Standing.DRAFT:
            return "is a draft, and in the ledger" if records else ""
        case Standing.VOID:
            return "is void, and counts in the ledger" if counting else ""
        case Standing.COUNTS if not counting:
            return "is void in the ledger" if records else "is missing in the ledger"
        case _:
            return _figures_differ(entry, counting[0])


def _figures_differ(entry: Entry, record: Record) -> str:
    pairs = (
        ("total", entry.total, record.total),
        ("tax", entry.tax, record.tax),
        ("balance", entry.balance, record.balance),
    )
    return "; ".join(
        f"{name} is {ours} on the platform and {theirs} in the ledger"
        for name, ours, theirs in pairs
        if ours != theirs
    )

"""A comparison of two books: the sums by currency, and every document that differs."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.demo.verification.entry import BookStatus, Entry, Record, RecordId
from schemas.documents.document import DocumentType
from schemas.money import ZERO


@dataclass(frozen=True, slots=True)
class DocumentSums:
    """The sums of one document type and currency, over the documents that count."""

    count: int
    total: Decimal
    tax: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One document type and currency on both sides.

    Attributes:
        currency: The currency of the figures; empty for what has none.
    """

    type: DocumentType
    currency: str
    platform: DocumentSums
    ledger: DocumentSums

    @property
    def agrees(self) -> bool:
        """Return whether the sums of both sides are equal, to the smallest amount."""
        return self.platform == self.ledger


@dataclass(frozen=True, slots=True)
class DocumentDifference:
    """A document that differs between the two books.

    Attributes:
        label: The document's number, or its name where it has none.
        said: The difference, in words.
    """

    type: DocumentType
    id: str
    label: str
    said: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two books, compared.

    Attributes:
        rows: One row for each document type and each currency that it is in.
        differences: The documents that differ.
        duplicates: Ledger records that repeat a document.
        strangers: Ledger records that belong to no document of the platform.
    """

    rows: tuple[ComparisonRow, ...]
    differences: tuple[DocumentDifference, ...]
    duplicates: tuple[str, ...]
    strangers: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Return whether both books have the same documents with the same figures."""
        nothing_wrong = not (self.differences or self.duplicates or self.strangers)
        return nothing_wrong and all(row.agrees for row in self.rows)


def compare(
    entries: Sequence[Entry],
    records: Sequence[Record],
    *,
    key_of: Callable[[Entry], str],
    seeded: Collection[RecordId],
) -> Comparison:
    """Compare the platform's books with one ledger.

    The sums of each side are its own; the documents are then matched one by one.

    Args:
        key_of: Returns the key by which the ledger's record of a document is known.
        seeded: The records that were there before the demo. They count only where they were
            linked.
    """
    ours = {(entry.type, key_of(entry)): entry for entry in entries}
    theirs = [r for r in records if (r.type, r.key) in ours or r.id not in seeded]
    found: dict[tuple[DocumentType, str], list[Record]] = {}
    for record in theirs:
        found.setdefault((record.type, record.key), []).append(record)
    return Comparison(
        rows=tuple(_rows(entries, theirs)),
        differences=tuple(
            DocumentDifference(entry.type, entry.id, entry.code or entry.name, said)
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


def _rows(entries: Sequence[Entry], records: Sequence[Record]) -> Iterator[ComparisonRow]:
    for kind in DocumentType:
        ours = [one for one in entries if one.type is kind]
        theirs = [one for one in records if one.type is kind]
        currencies = {one.currency for one in ours} | {one.currency for one in theirs}
        for currency in sorted(currencies or {""}):
            yield ComparisonRow(kind, currency, _sums(currency, ours), _sums(currency, theirs))


def _sums(currency: str, documents: Iterable[Entry | Record]) -> DocumentSums:
    counted = [d for d in documents if d.currency == currency and d.status is BookStatus.COUNTS]
    return DocumentSums(
        count=len(counted),
        total=sum((d.total for d in counted), ZERO),
        tax=sum((d.tax for d in counted), ZERO),
        balance=sum((d.balance for d in counted), ZERO),
    )


def _doubles(records: Sequence[Record]) -> Sequence[Record]:
    return [r for r in records if r.status is BookStatus.COUNTS][1:]


def _difference(entry: Entry, records: Sequence[Record]) -> str:
    """Return the difference in words, empty where both agree.

    A document that the platform voided must not count in the ledger: a deleted record is as
    good as a void one. A draft must not be there at all.
    """
    counting = [record for record in records if record.status is BookStatus.COUNTS]
    match entry.status:
        case BookStatus.DRAFT:
            return "is a draft, and in the ledger" if records else ""
        case BookStatus.VOID:
            return "is void, and counts in the ledger" if counting else ""
        case BookStatus.COUNTS if not counting:
            return "is void in the ledger" if records else "is missing in the ledger"
        case _:
            return _figures_differ(entry, counting[0])


def _figures_differ(entry: Entry, record: Record) -> str:
    pairs = (
        ("currency", entry.currency, record.currency),
        ("total", entry.total, record.total),
        ("tax", entry.tax, record.tax),
        ("balance", entry.balance, record.balance),
    )
    return "; ".join(
        f"{name} is {ours} on the platform and {theirs} in the ledger"
        for name, ours, theirs in pairs
        if ours != theirs
    )

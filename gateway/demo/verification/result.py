"""The result of a demo: both books of every realm, and the report on the faults."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.demo.verification.comparison import Comparison, ComparisonRow, DocumentSums
from gateway.demo.verification.recovery_report import RecoveryReport
from schemas.currencies import minor_units


@dataclass(frozen=True, slots=True)
class RealmResult:
    """The result of one realm.

    Attributes:
        comparison: The comparison of its books.
        unsettled: The number of unsettled documents by state; empty when all are settled.
        repeats: What was created more than once, by the simulator's log of writes.
        calls: The number of calls of its ledger.
        errors: The number of failed calls by status.
    """

    tenant: str
    provider: str
    realm: str
    company: str
    currency: str
    comparison: Comparison
    unsettled: dict[str, int]
    repeats: tuple[str, ...]
    calls: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        """Return whether the books agree, without duplicates or unsettled documents."""
        return self.comparison.agrees and not self.unsettled and not self.repeats


@dataclass(frozen=True, slots=True)
class DemoResult:
    """The result of a demo.

    Attributes:
        documents: The number of documents that were asked for.
        events: The number of events that the platform announced.
        refused: The number of events that intake refused.
        seconds: The duration of the run.
    """

    realms: tuple[RealmResult, ...]
    recovery_report: RecoveryReport
    documents: int
    events: int
    refused: int
    seconds: float

    @property
    def agrees(self) -> bool:
        """Return whether every realm agrees and no event was refused."""
        return not self.refused and all(realm.agrees for realm in self.realms)

    @property
    def differences(self) -> int:
        """The number of documents that differ, and of records that belong to no document."""
        found = (r.comparison for r in self.realms)
        return sum(len(one.differences) + len(one.strangers) for one in found)

    @property
    def duplicates(self) -> int:
        """The number of documents that are in a ledger twice."""
        return sum(len(r.comparison.duplicates) + len(r.repeats) for r in self.realms)

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain JSON; money as text."""
        return {
            "agrees": self.agrees,
            "documents": self.documents,
            "events": self.events,
            "refused": self.refused,
            "differences": self.differences,
            "duplicates": self.duplicates,
            "seconds": round(self.seconds, 1),
            "realms": [_realm(realm) for realm in self.realms],
            "faults": {
                "thrown": self.recovery_report.thrown,
                "survived": [asdict(one) for one in self.recovery_report.recoveries],
                "evidence": asdict(self.recovery_report.evidence),
            },
        }


def _realm(realm: RealmResult) -> dict[str, Any]:
    comparison = realm.comparison
    return {
        "tenant": realm.tenant,
        "provider": realm.provider,
        "realm": realm.realm,
        "company": realm.company,
        "currency": realm.currency,
        "agrees": realm.agrees,
        "document_types": _rows_by_type(comparison.rows),
        "differences": [asdict(one) for one in comparison.differences],
        "duplicates": [*comparison.duplicates, *realm.repeats],
        "strangers": list(comparison.strangers),
        "unsettled": realm.unsettled,
        "calls": realm.calls,
        "errors": dict(realm.errors),
    }


def _rows_by_type(rows: Iterable[ComparisonRow]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each document type, one for each currency."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.type.value, []).append(_row(row))
    return found


def _row(row: ComparisonRow) -> dict[str, Any]:
    return {
        "currency": row.currency,
        "platform": _sums(row.platform, row.currency),
        "ledger": _sums(row.ledger, row.currency),
        "agrees": row.agrees,
    }


def _sums(sums: DocumentSums, currency: str) -> dict[str, Any]:
    units = minor_units(currency)
    return {
        "count": sums.count,
        "total": f"{sums.total:.{units}f}",
        "tax": f"{sums.tax:.{units}f}",
        "balance": f"{sums.balance:.{units}f}",
    }

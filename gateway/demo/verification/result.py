"""What a demo comes to: both books of every realm, and what went wrong in between."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.demo.verification.comparison import Comparison, Row, Sums
from gateway.demo.verification.recovery_report import Report


@dataclass(frozen=True, slots=True)
class RealmResult:
    """One realm: whose it is, and the comparison of its books.

    Attributes:
        unsettled: Documents that are not settled, by state; empty when all are.
        repeats: What the simulator's own log has as created more than once.
        calls: Calls of its ledger.
        errors: Those of them that failed, by status.
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
        """Whether the books agree, nothing is there twice, and nothing is open."""
        return self.comparison.agrees and not self.unsettled and not self.repeats


@dataclass(frozen=True, slots=True)
class Result:
    """The end of a demo."""

    realms: tuple[RealmResult, ...]
    report: Report
    documents: int
    events: int
    refused: int
    seconds: float

    @property
    def agrees(self) -> bool:
        """Whether every realm agrees and no event was refused."""
        return not self.refused and all(realm.agrees for realm in self.realms)

    @property
    def differences(self) -> int:
        """How many documents differ, or are in a ledger without being the platform's."""
        found = (r.comparison for r in self.realms)
        return sum(len(one.differences) + len(one.strangers) for one in found)

    @property
    def duplicates(self) -> int:
        """How many documents are in a ledger twice."""
        return sum(len(r.comparison.duplicates) + len(r.repeats) for r in self.realms)

    def as_dict(self) -> dict[str, Any]:
        """Give the result as plain JSON; money as text."""
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
                "thrown": self.report.thrown,
                "survived": [asdict(one) for one in self.report.survivals],
                "evidence": asdict(self.report.evidence),
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
        "document_types": {row.type.value: _row(row) for row in comparison.rows},
        "differences": [asdict(one) for one in comparison.differences],
        "duplicates": [*comparison.duplicates, *realm.repeats],
        "strangers": list(comparison.strangers),
        "unsettled": realm.unsettled,
        "calls": realm.calls,
        "errors": dict(realm.errors),
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "platform": _sums(row.platform),
        "ledger": _sums(row.ledger),
        "agrees": row.agrees,
    }


def _sums(sums: Sums) -> dict[str, Any]:
    return {
        "count": sums.count,
        "total": f"{sums.total:.2f}",
        "tax": f"{sums.tax:.2f}",
        "balance": f"{sums.balance:.2f}",
    }

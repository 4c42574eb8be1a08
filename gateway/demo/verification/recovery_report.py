"""A report on each fault and the gateway's reaction, from measured counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.demo.environment.simulators import FaultCount
from gateway.demo.faults.fault_plan import SERVICES, FaultKind, Target

EVIDENCE: Final = text("""
    WITH lost AS (
        SELECT connection_id, min(called_at) AS first FROM api_calls
         WHERE status IS NULL GROUP BY 1)
    SELECT (SELECT count(*) FROM api_calls WHERE status = 429) AS throttled,
           (SELECT count(*) FROM api_calls WHERE status = 401) AS unauthorised,
           (SELECT count(*) FROM api_calls WHERE status = 500) AS failed,
           (SELECT count(*) FROM api_calls WHERE status = 503) AS unavailable,
           (SELECT count(*) FROM api_calls WHERE status IS NULL) AS unanswered,
           (SELECT count(*) FROM api_calls c JOIN lost USING (connection_id)
             WHERE c.method = 'GET' AND c.called_at > lost.first) AS looked_up,
           (SELECT COALESCE(sum(revision - 1), 0) FROM grants) AS refreshed,
           (SELECT count(*) FROM sync_records
             WHERE attempts_total > 0 AND state IN ('agreed', 'skipped')) AS retried,
           (SELECT count(*) FROM intents) AS in_doubt,
           (SELECT count(*) FROM dead_letters) AS dead
""")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Counts of a run, from the gateway's tables.

    Attributes:
        throttled: Calls answered with status 429.
        unauthorised: Calls answered with status 401.
        failed: Calls answered with status 500.
        unavailable: Calls answered with status 503.
        unanswered: Calls without an answer.
        looked_up: Reads of a realm after its first lost answer.
        refreshed: Access tokens that replaced another one.
        retried: Documents that failed before and agree in the end.
        in_doubt: Writes whose outcome is unknown in the end.
        dead: Dead letters.
    """

    throttled: int = 0
    unauthorised: int = 0
    failed: int = 0
    unavailable: int = 0
    unanswered: int = 0
    looked_up: int = 0
    refreshed: int = 0
    retried: int = 0
    in_doubt: int = 0
    dead: int = 0


@dataclass(slots=True)
class InjectedFault:
    """A process fault that was carried out.

    Attributes:
        settled: The number of settled documents at the time of the fault.
        back_after_s: Seconds from the fault until the process was at work again.
    """

    target: Target
    settled: int
    back_after_s: float


@dataclass(frozen=True, slots=True)
class FaultRecovery:
    """One kind of fault and the gateway's reaction.

    Attributes:
        fault: The name of the fault.
        times: How often the fault occurred.
        answer: The reaction, in words with measured counts.
    """

    fault: str
    times: int
    answer: str


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """All faults of a run.

    Attributes:
        recoveries: One for each kind of fault that occurred.
        evidence: The counts that the report is made from.
    """

    recoveries: tuple[FaultRecovery, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def thrown(self) -> int:
        """The number of faults that occurred."""
        return sum(one.times for one in self.recoveries)


async def read_evidence(gateway: AsyncConnection) -> Evidence:
    """Return the counts that the faults left in the gateway's tables."""
    found = (await gateway.execute(EVIDENCE)).mappings().one()
    return Evidence(**{name: int(value) for name, value in found.items()})


def recovery_report(
    thrown: Iterable[FaultCount],
    injected: Sequence[InjectedFault],
    restarted: Mapping[str, int],
    evidence: Evidence,
    *,
    settled: int,
) -> RecoveryReport:
    """Return the report on all faults that occurred.

    Args:
        restarted: How often each process ended unexpectedly and was started again.
        settled: The number of settled documents in the end.
    """
    times: dict[str, int] = {}
    for one in thrown:
        times[one.kind] = times.get(one.kind, 0) + one.times
    recoveries = [
        FaultRecovery(_TITLES[FaultKind(kind)], count, _answer(FaultKind(kind), evidence))
        for kind, count in times.items()
        if count
    ]
    process_faults = [_recovery(fault, settled) for fault in injected]
    ended = [
        FaultRecovery(
            f"{name} ended unexpectedly", count, "started again, as a service manager does"
        )
        for name, count in restarted.items()
    ]
    return RecoveryReport((*recoveries, *process_faults, *ended), evidence)


def _recovery(fault: InjectedFault, settled: int) -> FaultRecovery:
    what = "restarted" if fault.target in SERVICES else "killed by SIGKILL"
    return FaultRecovery(
        f"{fault.target} {what}",
        1,
        f"back at work after {fault.back_after_s:.1f} s; "
        f"{settled - fault.settled} more documents settled since",
    )


def _answer(kind: FaultKind, evidence: Evidence) -> str:
    match kind:
        case FaultKind.RATE_LIMITED:
            return f"saw {evidence.throttled}, paused that realm's lane; no attempt used up"
        case FaultKind.EXPIRE_TOKEN:
            return f"saw {evidence.unauthorised}, fetched {evidence.refreshed} new tokens"
        case FaultKind.DROP_AFTER:
            return (
                f"noticed {evidence.unanswered}, looked up before writing again "
                f"({evidence.looked_up} reads); {evidence.in_doubt} writes left in doubt"
            )
        case _:
            unavailable = kind is FaultKind.UNAVAILABLE
            seen = evidence.unavailable if unavailable else evidence.failed
            return f"saw {seen}, asked again; {evidence.retried} documents waited for a retry"


_TITLES: Final = {
    FaultKind.RATE_LIMITED: "too many calls (429)",
    FaultKind.SERVER_ERROR: "server error (500)",
    FaultKind.UNAVAILABLE: "unavailable (503)",
    FaultKind.DROP_AFTER: "answer lost after the write",
    FaultKind.EXPIRE_TOKEN: "access token ended early (401)",
}

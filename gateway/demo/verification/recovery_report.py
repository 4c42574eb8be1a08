"""How each fault was survived, told from counts that were measured, none of them expected."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.demo.environment.simulators import Thrown
from gateway.demo.faults.fault_plan import SERVICES, Target, Trouble

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
    """What the gateway's tables tell of a run.

    Attributes:
        looked_up: Reads of a realm after its first answer that was lost.
        refreshed: Tokens that replaced another one.
        retried: Documents that agree in the end and failed before.
        in_doubt: Writes whose outcome is not known in the end.
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
class Struck:
    """A blow as it was dealt: what stood when, and how long it took to be back.

    Attributes:
        settled: Documents that needed nothing more when it fell.
        back_after_s: Seconds from the blow until the process was at work again.
    """

    target: Target
    settled: int
    back_after_s: float


@dataclass(frozen=True, slots=True)
class Survival:
    """One kind of fault, how often it struck, and what the gateway did about it."""

    fault: str
    times: int
    answer: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that struck; ``evidence`` is what the answers are told from."""

    survivals: tuple[Survival, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def thrown(self) -> int:
        """How many faults there were."""
        return sum(one.times for one in self.survivals)


async def read_evidence(gateway: AsyncConnection) -> Evidence:
    """Count what the faults have left in the gateway's tables."""
    found = (await gateway.execute(EVIDENCE)).mappings().one()
    return Evidence(**{name: int(value) for name, value in found.items()})


def report(
    thrown: Iterable[Thrown],
    struck: Sequence[Struck],
    returned: Mapping[str, int],
    evidence: Evidence,
    *,
    settled: int,
) -> Report:
    """Tell how every fault was survived; those that never struck are left out.

    Args:
        returned: Processes that ended by themselves and were started again, and how often.
        settled: Documents that need nothing more in the end.
    """
    times: dict[str, int] = {}
    for one in thrown:
        times[one.trouble] = times.get(one.trouble, 0) + one.times
    survivals = [
        Survival(_TITLES[Trouble(trouble)], count, _answer(Trouble(trouble), evidence))
        for trouble, count in times.items()
        if count
    ]
    blows = [_survived(blow, settled) for blow in struck]
    ended = [
        Survival(f"{name} ended by itself", count, "started again, as a service manager does")
        for name, count in returned.items()
    ]
    return Report((*survivals, *blows, *ended), evidence)


def _survived(blow: Struck, settled: int) -> Survival:
    what = "restarted" if blow.target in SERVICES else "killed by SIGKILL"
    return Survival(
        f"{blow.target} {what}",
        1,
        f"back at work after {blow.back_after_s:.1f} s; "
        f"{settled - blow.settled} more documents settled since",
    )


def _answer(trouble: Trouble, evidence: Evidence) -> str:
    match trouble:
        case Trouble.RATE_LIMITED:
            return f"saw {evidence.throttled}, paused that realm's lane; no attempt used up"
        case Trouble.EXPIRE_TOKEN:
            return f"saw {evidence.unauthorised}, fetched {evidence.refreshed} new tokens"
        case Trouble.DROP_AFTER:
            return (
                f"noticed {evidence.unanswered}, looked up before writing again "
                f"({evidence.looked_up} reads); {evidence.in_doubt} writes left in doubt"
            )
        case _:
            unavailable = trouble is Trouble.UNAVAILABLE
            seen = evidence.unavailable if unavailable else evidence.failed
            return f"saw {seen}, asked again; {evidence.retried} documents waited for a retry"


_TITLES: Final = {
    Trouble.RATE_LIMITED: "too many calls (429)",
    Trouble.SERVER_ERROR: "server error (500)",
    Trouble.UNAVAILABLE: "unavailable (503)",
    Trouble.DROP_AFTER: "answer lost after the write",
    Trouble.EXPIRE_TOKEN: "access token ended early (401)",
}

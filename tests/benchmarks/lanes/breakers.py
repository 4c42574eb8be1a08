"""Whether healthy realms notice many others in trouble, on virtual time.

Half of those in trouble get no answer from the provider until their breakers open; the other
half have lost their authorisation and are suspended. Each has a backlog. There are few slots,
so that it shows when somebody wastes one. The seconds in which breakers open are compared
apart from those in which they are open.
"""

from dataclasses import replace
from typing import Final

from tests.benchmarks.figures import Figure
from tests.benchmarks.lanes.fairness import (
    BURST_AT_S,
    ROOMY,
    SEED,
    observe,
    wait_figures,
)
from tests.benchmarks.lanes.world import Neighbours, burst
from tests.unit.consumers.lanes.engine_harness import connection

IN_TROUBLE: Final = 64
BACKLOG: Final = 200
BACKLOG_PER_S: Final = 1_000.0
OPENING: Final = replace(ROOMY, name="breakers opening", slots=16, window_s=30.0)
OPEN: Final = replace(ROOMY, name="breakers open", slots=16, skipped_s=30.0)


def troubled(how_many: int = IN_TROUBLE) -> Neighbours:
    """Return realms in trouble, each with its backlog."""
    realms = [connection(1_000 + n) for n in range(how_many)]
    arrivals = [
        one
        for realm in realms
        for one in burst(
            realm,
            at=BURST_AT_S,
            signals=BACKLOG,
            records=BACKLOG,
            per_s=BACKLOG_PER_S,
            seed=SEED,
        )
    ]
    half = how_many // 2
    return Neighbours(arrivals, frozenset(realms[:half]), frozenset(realms[half:]))


def measured(how_many: int = IN_TROUBLE) -> list[Figure]:
    """Run without and with them."""
    found = []
    for case in (OPENING, OPEN):
        alone, beside = observe(case, Neighbours()), observe(case, troubled(how_many))
        found += wait_figures(case, alone, beside, f"{how_many} in trouble")
        found.append(Figure(f"{case.name}: calls refused", beside.refused, "calls", aim="0"))
    return found

"""Tasks in worlds of random faults: at rest, each says what its record rests for."""

import pytest

from schemas.result import SyncState
from tests.fakes.database import Database, Kept
from tests.simulation.parts import Parts
from tests.simulation.trace import Trace, logging_to
from tests.simulation.world import World
from tests.virtual_time import run_virtually

SEEDS = 40
NEEDS_SOMEBODY = frozenset({SyncState.HELD, SyncState.DEAD})
OVER = frozenset({SyncState.AGREED, SyncState.SKIPPED})


def at_rest(seed: int) -> Database:
    """Run the world of a seed; gives what is stored when it has come to rest."""
    trace = Trace()
    with logging_to(trace):
        return run_virtually(_rested(seed, trace))


async def _rested(seed: int, trace: Trace) -> Database:
    world = World(seed, Parts(), trace)
    await world.run()
    assert not world.violation
    return world.site.database


def differences(database: Database) -> list[str]:
    """Name the records whose open tasks are not what they rest for."""
    open_ones: dict[object, list[Kept]] = {}
    for kept in database.tasks.rows.values():
        if kept.closed_by is None:
            open_ones.setdefault(kept.last.record_id, []).append(kept)
    wrong = []
    for id_, record in database.records.rows.items():
        codes = [kept.last.reason.code for kept in open_ones.get(id_, [])]
        reason = record.reason.code if record.reason else ""
        if len(codes) != len(set(codes)) or (codes and record.state in OVER):
            wrong.append(f"{record.announced.document_id} is {record.state}: {codes}")
        if record.state in NEEDS_SOMEBODY and reason not in codes:
            wrong.append(f"{record.announced.document_id} rests for {reason}: {codes}")
    return wrong


@pytest.mark.accepts("ERR-15")
def test_a_record_that_rests_for_somebody_has_one_task_and_one_that_agrees_has_none() -> None:
    opened = closed = 0
    for seed in range(SEEDS):
        database = at_rest(seed)
        assert differences(database) == [], f"seed {seed}"
        closed += sum(kept.closed_by is not None for kept in database.tasks.rows.values())
        opened += len(database.tasks.rows)
    assert opened > closed > 0, "the worlds have both"

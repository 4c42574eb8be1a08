"""How far a run is, by how its records stand."""

from itertools import product

import pytest

from consumers.store.sync_runs import JOB_STATES, JobState, RunState, run_state
from schemas.result import SyncState

PENDING, PROCESSING, SYNCED, ERROR, SKIPPED = JobState


def test_every_state_of_a_record_is_one_of_a_job_and_every_one_of_those_is_met() -> None:
    assert set(JOB_STATES) == set(SyncState)
    assert set(JOB_STATES.values()) == set(JobState)


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ({}, RunState.COMPLETED),
        ({SYNCED: 2}, RunState.COMPLETED),
        ({SYNCED: 1, SKIPPED: 1}, RunState.COMPLETED),
        ({SKIPPED: 3}, RunState.COMPLETED),
        ({PENDING: 1, ERROR: 5}, RunState.STARTED),
        ({PROCESSING: 1, SYNCED: 5}, RunState.STARTED),
        ({ERROR: 1, SYNCED: 5}, RunState.PARTIAL),
        ({ERROR: 1, SKIPPED: 1}, RunState.PARTIAL),
        ({ERROR: 4}, RunState.FAILED),
        ({ERROR: 4, SYNCED: 0}, RunState.FAILED),
    ],
)
def test_a_run_is_as_far_as_its_records(counts: dict[JobState, int], state: RunState) -> None:
    assert run_state(counts) is state


def test_a_run_is_over_exactly_when_none_of_its_records_is_to_come() -> None:
    for numbers in product((0, 1, 3), repeat=len(JobState)):
        counts = dict(zip(JobState, numbers, strict=True))
        to_come = counts[PENDING] + counts[PROCESSING] > 0
        assert (run_state(counts) is RunState.STARTED) is to_come

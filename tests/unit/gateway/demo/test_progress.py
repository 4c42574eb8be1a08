"""When a run has finished, and when nothing changes any more."""

from collections.abc import Mapping

import pytest

from gateway.demo.platform.platform_books import Announced
from gateway.demo.progress import Progress, RealmProgress
from schemas.result import SyncState
from tests.unit.gateway.demo.samples import CONNECTION, TENANT


def progress(
    states: Mapping[SyncState, int], *, versions: int = 5, backlog: int = 0, refused: int = 0
) -> Progress:
    realm = RealmProgress(CONNECTION, states=states, versions=versions)
    return Progress([realm], {TENANT: Announced(3, 5)}, backlog, refused)


@pytest.mark.parametrize(
    ("now", "finished", "at_rest"),
    [
        (progress({SyncState.AGREED: 2, SyncState.SKIPPED: 1}), True, True),
        (progress({SyncState.AGREED: 3}, backlog=1), False, False),
        (progress({SyncState.AGREED: 3}, versions=4), False, False),
        (progress({SyncState.AGREED: 2}, versions=4), False, False),
        (progress({SyncState.AGREED: 2, SyncState.PENDING: 1}), False, False),
        (progress({SyncState.AGREED: 2, SyncState.RETRYING: 1}), False, False),
        (progress({SyncState.AGREED: 2, SyncState.HELD: 1}), False, True),
        (progress({SyncState.AGREED: 2, SyncState.DEAD: 1}), False, True),
        (progress({SyncState.AGREED: 2}, versions=4, refused=1), False, True),
    ],
)
def test_a_run_has_finished_when_everything_arrived_and_settled(
    now: Progress, finished: bool, at_rest: bool
) -> None:
    assert (now.finished, now.at_rest) == (finished, at_rest)


def test_a_run_that_never_began_has_not_finished() -> None:
    nothing_arrived = Progress([RealmProgress(CONNECTION)], {TENANT: Announced(3, 5)})
    assert not nothing_arrived.finished

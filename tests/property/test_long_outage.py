"""Two hours without the provider, at 20 events a second, on virtual time."""

import pytest
from structlog.testing import capture_logs

from tests.unit.consumers.lanes.engine_harness import (
    EngineHarness,
    Weather,
    keep_busy,
    now_s,
    record,
    running,
    virtually,
)

LANES = 200


@pytest.mark.accepts("GWY-19")
@virtually
async def test_two_hours_away_cost_probes_and_two_notices_but_no_record() -> None:
    harness = EngineHarness()
    weather = Weather(harness)
    numbers = iter(range(1_000_000))
    with capture_logs() as logged:
        async with running(harness):
            await keep_busy(harness, numbers, lanes=LANES, per_s=20, for_s=60)
            weather.away, began = True, now_s()
            await keep_busy(harness, numbers, lanes=LANES, per_s=20, for_s=7_200)
            calls = [at for at, _ in harness.work.calls if at >= began]
            assert harness.engine.resident < 2 * LANES, "the table keeps the rest"
            assert harness.committed is not None
            assert harness.committed > harness.offset - 100, "no offset is held back for long"
            weather.away = False
            await harness.settled()
    assert not harness.work.dead
    assert max(harness.work.failures.values(), default=0) <= 1
    assert set(harness.work.writes) == {record(n) for n in range(next(numbers))}
    assert set(harness.work.writes.values()) == {1}
    assert sum(at < began + 10 for at in calls) < 200, "until most realms had failed"
    assert sum(at >= began + 10 for at in calls) <= 7_200 / 5 + 10, "probes only"
    notices = [one["event"] for one in logged if "provider" in one["event"]]
    assert notices == ["lanes.provider_down", "lanes.provider_back"]

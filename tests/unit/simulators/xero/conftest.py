from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from providers.simulators.clock import SimulatorClock
from tests.unit.simulators.xero.harness import XeroHarness

START = datetime(2026, 8, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
async def xero() -> AsyncIterator[XeroHarness]:
    """A connected app, at a moment that stands still."""
    async with XeroHarness(clock=SimulatorClock(at=START, frozen=True)) as harness:
        yield await harness.connect()

"""Services and processes for the fault tests, which run on the event loop of the session."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.chaos.process_group import ProcessGroup, open_process_group
from tests.chaos.services import RunningServices, open_services


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def services() -> AsyncIterator[RunningServices]:
    async with open_services() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def group(services: RunningServices) -> AsyncIterator[ProcessGroup]:
    async with open_process_group(services) as opened:
        yield opened

"""A connected US company and a connected British one."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.unit.simulators.qbo.books import GB, US, Books, simulator


@pytest_asyncio.fixture
async def books() -> AsyncIterator[Books]:
    async with simulator() as http:
        yield await Books(http, US).connect()


@pytest_asyncio.fixture
async def british() -> AsyncIterator[Books]:
    async with simulator() as http:
        yield await Books(http, GB).connect()

from collections.abc import AsyncIterator

import pytest_asyncio

from producers.sources.source import Source
from tests.contracts.source import SourceContract
from tests.fakes.source import MemorySource


class TestMemorySource(SourceContract):
    @pytest_asyncio.fixture
    async def source(self) -> AsyncIterator[Source]:
        yield MemorySource(longest_wait_s=1.0)

    async def commit(self, source: Source, *payloads: bytes, key: str = "k") -> None:
        assert isinstance(source, MemorySource)
        for payload in payloads:
            source.append("events", key, payload)

    async def retry(self, source: Source, key: str) -> None:
        assert isinstance(source, MemorySource)
        source.let_go.add(("events", key))

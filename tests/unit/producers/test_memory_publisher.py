from collections.abc import AsyncIterator

import pytest_asyncio

from producers.publisher import Publisher
from tests.contracts.publisher import PublisherContract, Stored
from tests.fakes.publisher import MemoryPublisher


class TestMemoryPublisher(PublisherContract):
    @pytest_asyncio.fixture
    async def publisher(self) -> AsyncIterator[Publisher]:
        yield MemoryPublisher("events")

    @pytest_asyncio.fixture
    async def topic(self) -> AsyncIterator[str]:
        yield "events"

    async def stored(self, publisher: Publisher, topic: str) -> list[Stored]:
        assert isinstance(publisher, MemoryPublisher)
        return publisher.topics[topic]

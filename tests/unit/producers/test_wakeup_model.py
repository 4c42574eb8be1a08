"""The model of the database passes the contract of the real one."""

import asyncio
import random

import pytest

from tests.contracts.wakeup_database import (
    RelaySession,
    WakeupDatabaseContract,
    WriterSession,
)
from tests.unit.producers.wakeup_model import Connection, Database


class TestWakeupModel(WakeupDatabaseContract):
    """Without delays, so that each step of the contract is over when the next begins."""

    @pytest.fixture(autouse=True)
    def _database(self) -> None:
        self.database = Database(random.Random(1), slowest_s=0.0)  # noqa: S311 - not for secrets

    async def relay(self) -> RelaySession:
        return Connection(self.database)

    async def append(self) -> WriterSession:
        return await self.database.append(0)

    async def oldest_open_xid(self) -> int:
        return self.database.oldest_open_xid

    async def until_delivered(self) -> None:
        delivered = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0, delivered.set_result, None)
        await delivered

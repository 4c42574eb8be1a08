"""Who relays from a source: told by the locks of its database, and by notifications."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import asyncpg

from ledgerlane_outbox import store
from producers.sources.postgres import connect, database_errors, give_back, libpq_url
from producers.sources.source import MembershipView, RelayMembership

_LOOK_EVERY_S: Final = 1.0
_MEMBERS: Final = 3 - 16
"""What the statement calls the membership's own lock, among the shards."""


class SharedDatabase:
    """The outbox of a PostgreSQL database; see :class:`producers.sources.source.SharedSource`."""

    def __init__(self, database_url: str, *, name: str) -> None:
        self._dsn = libpq_url(database_url)
        self._name = name

    @property
    def name(self) -> str:
        """See :class:`producers.sources.source.SharedSource`."""
        return self._name

    def membership(self) -> AbstractAsyncContextManager[RelayMembership]:
        """See :class:`producers.sources.source.SharedSource`."""
        return self._membership()

    @asynccontextmanager
    async def _membership(self) -> AsyncIterator[RelayMembership]:
        connection = await connect(self._dsn)
        try:
            membership = DatabaseMembership(connection)
            with database_errors():
                await membership.join()
            yield membership
        except BaseException:
            connection.terminate()
            raise
        await give_back(connection)


class DatabaseMembership:
    """See :class:`producers.sources.source.RelayMembership`."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection
        self._changed = asyncio.Event()

    async def join(self) -> None:
        """Be counted from now on, and hear of changes."""
        await self._connection.add_listener(store.MEMBERS_CHANNEL, self._hear)
        await self._connection.execute(store.JOIN_MEMBERS)

    async def look(self) -> MembershipView:
        """See :class:`producers.sources.source.RelayMembership`."""
        self._changed.clear()
        with database_errors():
            found = await self._connection.fetch(store.MEMBERS)
        members = [own for shard, own in found if shard == _MEMBERS]
        taken = frozenset(shard for shard, _ in found if shard != _MEMBERS)
        return MembershipView(len(members), members.index(True), taken)

    async def wait(self) -> None:
        """See :class:`producers.sources.source.RelayMembership`."""
        try:
            async with asyncio.timeout(_LOOK_EVERY_S):
                await self._changed.wait()
        except TimeoutError:
            return

    def _hear(self, *_: object) -> None:
        self._changed.set()

"""Membership of the processes that relay from a source, by locks in its database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import asyncpg

from ledgerlane_outbox import store
from producers.sources.postgres import connect, database_errors, give_back, libpq_url
from producers.sources.source import MembershipView, RelayMembership

_LOOK_EVERY_S: Final = 1.0

# The statement numbers locks from the first lease on, so the members' own lock comes out below
# all shards.
_MEMBERS: Final = 3 - 16


class SharedDatabase:
    """The outbox of a PostgreSQL database, relayed by several processes in shards."""

    def __init__(self, database_url: str, *, name: str) -> None:
        self._dsn = libpq_url(database_url)
        self._name = name

    @property
    def name(self) -> str:
        """Return the name of this source in logs."""
        return self._name

    def membership(self) -> AbstractAsyncContextManager[RelayMembership]:
        """Become a member, by a connection of its own, until the context ends."""
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
    """A shared advisory lock that says who is a member, and a channel that tells of changes."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection
        self._changed = asyncio.Event()

    async def join(self) -> None:
        """Take the members' lock, and listen for changes from now on."""
        await self._connection.add_listener(store.MEMBERS_CHANNEL, self._on_change)
        await self._connection.execute(store.JOIN_MEMBERS)

    async def look(self) -> MembershipView:
        """Return the members and leases that the database's locks show."""
        self._changed.clear()
        with database_errors():
            found = await self._connection.fetch(store.MEMBERS)
        members = [own for shard, own in found if shard == _MEMBERS]
        taken = frozenset(shard for shard, _ in found if shard != _MEMBERS)
        return MembershipView(len(members), members.index(True), taken)

    async def wait(self) -> None:
        """Return when another member has reported a change, after a second at the latest."""
        try:
            async with asyncio.timeout(_LOOK_EVERY_S):
                await self._changed.wait()
        except TimeoutError:
            return

    def _on_change(self, *_: object) -> None:
        self._changed.set()

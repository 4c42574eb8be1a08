"""What a relay's wakeup takes for granted of a database, one step after the other.

The real one passes it with its trigger and locks, and so does the model on which a hundred
thousand sleeps are simulated.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

from ledgerlane_outbox import store
from tests.eventually import eventually

KEEPS_WATCH = "keeps watch"
WATCHED = "watched"


class RelaySession(Protocol):
    """The connection of a relay, as far as its wakeup uses it."""

    async def add_listener(self, channel: str, callback: Callable[..., Any]) -> Any: ...

    async def fetchval(self, query: str) -> Any: ...

    async def fetchrow(self, query: str) -> Any: ...


class WriterSession(Protocol):
    """A transaction that has appended one event."""

    async def commit(self) -> None: ...


class WakeupDatabaseContract(ABC):
    """Every database that a wakeup sleeps on passes this."""

    @abstractmethod
    async def relay(self) -> RelaySession:
        """Open a relay's session."""

    @abstractmethod
    async def append(self) -> WriterSession:
        """Begin a transaction and append an event in it."""

    @abstractmethod
    async def oldest_open_xid(self) -> int:
        """Return `pg_snapshot_xmin` of a snapshot of now."""

    @abstractmethod
    async def until_delivered(self) -> None:
        """Return when every notification that was sent has been received."""

    async def listener(self) -> tuple[RelaySession, list[object]]:
        """Open a relay's session, and collect the notifications that it receives."""
        session, notifications = await self.relay(), list[object]()
        await session.add_listener(store.CHANNEL, lambda *note: notifications.append(note))
        return session, notifications

    async def test_a_commit_notifies_all_relays_while_one_keeps_watch(self) -> None:
        first, heard_by_first = await self.listener()
        second, heard_by_second = await self.listener()
        assert await first.fetchval(store.FALL_ASLEEP) == KEEPS_WATCH
        assert await second.fetchval(store.FALL_ASLEEP) == WATCHED
        writer = await self.append()
        await self.until_delivered()
        assert not heard_by_first, "notified before the commit"
        await writer.commit()
        await self.until_delivered()
        assert (len(heard_by_first), len(heard_by_second)) == (1, 1)

    async def test_no_commit_notifies_while_no_relay_sleeps(self) -> None:
        relay, heard = await self.listener()
        await (await self.append()).commit()
        await relay.fetchval(store.FALL_ASLEEP)
        await relay.fetchrow(store.WAKE_UP)
        await (await self.append()).commit()
        await self.until_delivered()
        assert not heard

    async def test_a_writer_that_appended_before_the_relay_slept_does_not_notify(self) -> None:
        relay, heard = await self.listener()
        early = await self.append()
        assert await relay.fetchval(store.FALL_ASLEEP) == KEEPS_WATCH
        await early.commit()
        await self.until_delivered()
        assert not heard

    async def test_such_a_writer_is_open_in_snapshots_until_it_has_ended(self) -> None:
        relay, _ = await self.listener()
        early = await self.append()
        await relay.fetchval(store.FALL_ASLEEP)
        drawn = int(await relay.fetchval(store.LATEST_XID))
        assert await self.oldest_open_xid() < drawn
        await early.commit()

        async def has_passed() -> bool:  # transactions of other databases count as well
            return await self.oldest_open_xid() > drawn

        await eventually(has_passed)

    async def test_the_watch_is_free_for_another_relay_after_waking_up(self) -> None:
        first, _ = await self.listener()
        second, _ = await self.listener()
        await first.fetchval(store.FALL_ASLEEP)
        await first.fetchrow(store.WAKE_UP)
        assert await second.fetchval(store.FALL_ASLEEP) == KEEPS_WATCH
        assert await first.fetchval(store.FALL_ASLEEP) == WATCHED

    async def test_waking_all_notifies_the_sleepers(self) -> None:
        first, _ = await self.listener()
        _, heard = await self.listener()
        await first.fetchval(store.FALL_ASLEEP)
        await first.fetchrow(store.WAKE_ALL)
        await self.until_delivered()
        assert len(heard) == 1

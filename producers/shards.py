"""Divides the shards of a source among the processes that relay it.

Each process takes an even share, rounded up, and gives back what it has beyond that, each shard
after the batch under way. The membership is advice; the lease of a shard decides who relays it.
Start at :class:`ShardedRelay`.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Final

import structlog

from producers.errors import Unavailable
from producers.relay import Relay, unless_stopped
from producers.sources.source import MembershipView, RelayMembership, Shard, SharedSource

log: Final = structlog.get_logger("relay")

_REJOIN_S: Final = 1.0

OpenRelay = Callable[[Shard], AbstractAsyncContextManager[Relay]]
"""Opens the relay of one shard with a publisher of its own, until the context ends."""


@dataclass(frozen=True, slots=True)
class ShardChange:
    """The difference between what a process relays and its share.

    Attributes:
        take: The numbers of the shards to begin with.
        leave: The numbers of the shards to give back.
    """

    take: frozenset[int]
    leave: frozenset[int]


def rebalance(
    view: MembershipView, count: int, *, ours: frozenset[int], lost: frozenset[int]
) -> ShardChange:
    """Return what this process has to change to relay its share.

    Args:
        view: The members and leases as last seen.
        count: The number of shards of the source.
        ours: The shards that this process relays or tries to relay.
        lost: Those of them that another process was found to relay.
    """
    share = -(-count // view.members)
    kept = sorted(ours - lost)
    # Each rank starts its search at another place, so that processes that start together do
    # not all try the same shards first.
    first = view.rank * share
    in_order = (n % count for n in range(first, first + count))
    free = [n for n in in_order if n not in view.taken and n not in ours]
    return ShardChange(
        take=frozenset(free[: max(0, share - len(kept))]),
        leave=lost | frozenset(kept[share:]),
    )


@dataclass(slots=True)
class _OwnedShard:
    """One shard while this process relays it or tries to.

    Attributes:
        stop: Set when the shard is to be given back.
        relay: The shard's relay; None until it is open.
    """

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    relay: Relay | None = None

    @property
    def lost(self) -> bool:
        return self.relay is not None and self.relay.standing_by

    @property
    def refusal(self) -> str:
        return self.relay.refusal if self.relay is not None else ""


class ShardedRelay:
    """Relays this process's share of the shards of one source."""

    def __init__(self, source: SharedSource, open_relay: OpenRelay, *, shards: int) -> None:
        self._source = source
        self._open_relay = open_relay
        self._count = shards
        self._owned: dict[int, _OwnedShard] = {}

    @property
    def name(self) -> str:
        """Return the name of the source."""
        return self._source.name

    @property
    def refusal(self) -> str:
        """Return why the version of the source's outbox is not relayed; empty if it is."""
        return next((one.refusal for one in self._owned.values() if one.refusal), "")

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until ``stop`` is set; each shard is given back after the batch under way."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_to_share(tasks, stop))
            await stop.wait()
            self._leave(frozenset(self._owned))

    async def _keep_to_share(self, tasks: asyncio.TaskGroup, stop: asyncio.Event) -> None:
        """Follow the membership until ``stop`` is set."""
        reported = False
        while not stop.is_set():
            try:
                async with self._source.membership() as membership:
                    reported = False
                    await self._follow(membership, tasks, stop)
            # What this process relays goes on meanwhile: the leases are in other sessions, and
            # it is they that decide.
            except Unavailable as exc:
                if not reported:
                    log.warning("relay.not_a_member", source=self._source.name, error=str(exc))
                reported = True
                await unless_stopped(stop, asyncio.sleep(_REJOIN_S))

    async def _follow(
        self, membership: RelayMembership, tasks: asyncio.TaskGroup, stop: asyncio.Event
    ) -> None:
        while not stop.is_set():
            view = await membership.look()
            if not stop.is_set():
                self._apply(view, tasks)
                await unless_stopped(stop, membership.wait())

    def _apply(self, view: MembershipView, tasks: asyncio.TaskGroup) -> None:
        ours = frozenset(self._owned)
        lost = frozenset(n for n in ours & view.taken if self._owned[n].lost)
        change = rebalance(view, self._count, ours=ours, lost=lost)
        self._leave(change.leave)
        for number in change.take:
            self._owned[number] = _OwnedShard()
            tasks.create_task(self._relay(number, self._owned[number]))

    def _leave(self, numbers: frozenset[int]) -> None:
        for number in numbers:
            self._owned[number].stop.set()

    async def _relay(self, number: int, owned: _OwnedShard) -> None:
        try:
            async with self._open_relay(Shard(number, self._count)) as relay:
                owned.relay = relay
                await relay.run(owned.stop)
        finally:
            del self._owned[number]

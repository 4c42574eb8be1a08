"""Which shards of a source this process relays: its share at most, so that others have some.

Every process that relays from a source is on its roster. One that has more shards than an even
share, rounded up, gives the rest back, each after the batch under way; one that has fewer takes
what is free. A process that stops gives all back at once. The shards of one that dies, freezes
or is cut off are free when the server ends its sessions, and relayed again within ten seconds
of its last word. Processes may have different numbers of shards, even none when there are too
few. Whatever the roster says, a shard is one relay's at most: its lease decides.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Final

from producers.errors import Unavailable
from producers.relay import Relay, unless_stopped
from producers.sources.source import Shard, SharedSource, Standing

_log = logging.getLogger(__name__)

_REJOIN_S: Final = 1.0

OpenRelay = Callable[[Shard], AbstractAsyncContextManager[Relay]]
"""Opens what one shard needs, a publisher of its own, for as long as it is ours."""


@dataclass(frozen=True, slots=True)
class Change:
    """The shards to begin with, and those to give back."""

    take: frozenset[int]
    leave: frozenset[int]


def rebalance(
    standing: Standing, count: int, *, ours: frozenset[int], lost: frozenset[int]
) -> Change:
    """Say how to get from what this process does to its share.

    Args:
        count: Of all shards of the source.
        ours: The shards that we relay, or try to.
        lost: Those of them that another was found to relay.
    """
    share = -(-count // standing.members)
    kept = sorted(ours - lost)
    first = standing.rank * share
    free = (n % count for n in range(first, first + count))
    wanted = [n for n in free if n not in standing.taken and n not in ours]
    return Change(
        take=frozenset(wanted[: max(0, share - len(kept))]),
        leave=lost | frozenset(kept[share:]),
    )


@dataclass(slots=True)
class _Tenure:
    """One shard while it is ours."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    relay: Relay | None = None

    @property
    def lost(self) -> bool:
        return self.relay is not None and self.relay.standing_by


class ShardedRelay:
    """Relays this process's share of the shards of one source."""

    def __init__(self, source: SharedSource, open_relay: OpenRelay, *, shards: int) -> None:
        self._source = source
        self._open_relay = open_relay
        self._count = shards
        self._tenures: dict[int, _Tenure] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until ``stop`` is set; each shard is given back after the batch under way."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_to_share(tasks, stop))
            await stop.wait()
            self._leave(frozenset(self._tenures))

    async def _keep_to_share(self, tasks: asyncio.TaskGroup, stop: asyncio.Event) -> None:
        """Stay on the roster; what we relay goes on while the roster is out of reach."""
        told = False
        while not stop.is_set():
            try:
                async with self._source.roster() as roster:
                    told = False
                    while not stop.is_set():
                        standing = await roster.look()
                        if not stop.is_set():
                            self._act(standing, tasks)
                            await unless_stopped(stop, roster.wait())
            except Unavailable as exc:
                if not told:
                    _log.warning(
                        "%s: %s; on no roster until it is back", self._source.name, exc
                    )
                told = True
                await unless_stopped(stop, asyncio.sleep(_REJOIN_S))

    def _act(self, standing: Standing, tasks: asyncio.TaskGroup) -> None:
        ours = frozenset(self._tenures)
        lost = frozenset(n for n in ours & standing.taken if self._tenures[n].lost)
        change = rebalance(standing, self._count, ours=ours, lost=lost)
        self._leave(change.leave)
        for number in change.take:
            self._tenures[number] = _Tenure()
            tasks.create_task(self._relay(number, self._tenures[number]))

    def _leave(self, numbers: frozenset[int]) -> None:
        for number in numbers:
            self._tenures[number].stop.set()

    async def _relay(self, number: int, tenure: _Tenure) -> None:
        try:
            async with self._open_relay(Shard(number, self._count)) as relay:
                tenure.relay = relay
                await relay.run(tenure.stop)
        finally:
            del self._tenures[number]

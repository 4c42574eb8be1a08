"""A platform that goes on trading whatever happens, and how fast its documents arrive."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Final

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from tests.chaos.platform import Owner, customer, invoice, item
from tests.chaos.process_group import ProcessGroup

WINDOW_S: Final = 3.0
_EVERY_S: Final = 0.5
_AWAY: Final = (SQLAlchemyError, asyncpg.PostgresError, OSError, TimeoutError)


@dataclass
class Traffic:
    """New invoices at an even rate for each tenant, and an edit for every third.

    Attributes:
        turns: For each tenant, in how many turns of half a second it sends one invoice.
    """

    group: ProcessGroup
    turns: Mapping[str, int]
    taken: Iterator[int] = field(default_factory=count)
    over: bool = False
    refused: int = 0

    async def open(self) -> None:
        """Announce what the invoices refer to."""
        for tenant in self.turns:
            await self.group.platform.announce(Owner(tenant), customer(0), item())

    async def run(self) -> None:
        """Trade until told that it is over; a commit that failed is made good later."""
        while not self.over:
            number = next(self.taken)
            for tenant, turns in self.turns.items():
                if number % turns == 0:
                    await self._trade(Owner(tenant), number // turns)
            await asyncio.sleep(_EVERY_S)

    async def _trade(self, owner: Owner, number: int) -> None:
        documents = [invoice(number, f"{10 + number % 90}.{number % 100:02}")]
        if number % 3 == 2:
            documents.append(invoice(number - 1, f"{200 + number % 90}.00"))
        done = False
        while not done:
            try:
                async with asyncio.timeout(5):
                    await self.group.platform.announce(owner, *documents)
                done = True
            except _AWAY:
                self.refused += 1
                await asyncio.sleep(_EVERY_S)

    @property
    def offered(self) -> float:
        """New records a second, over all books."""
        turns = [self.turns[books.tenant] for books in self.group.books if books.default]
        return sum(1 / each for each in turns) / _EVERY_S


@dataclass
class Arrivals:
    """How many records agreed, over time."""

    group: ProcessGroup
    seen: list[tuple[float, int]] = field(default_factory=list)

    async def run(self, traffic: Traffic) -> None:
        """Look twice a second until the traffic is over; nothing is seen of what is away."""
        while not traffic.over:
            try:
                async with asyncio.timeout(2):
                    agreed = await self.group.count("sync_records", "state = 'agreed'")
                self.seen.append((monotonic(), agreed))
            except _AWAY:
                pass
            await asyncio.sleep(_EVERY_S)

    def rate_from(self, begin: float) -> float | None:
        """Return the records a second over the window that begins then; None before its end."""
        inside = [
            one for one in self.seen if begin <= one[0] <= begin + WINDOW_S + 2 * _EVERY_S
        ]
        if not inside or inside[-1][0] - begin < WINDOW_S:
            return None
        (first_at, first), (last_at, last) = inside[0], inside[-1]
        return (last - first) / (last_at - first_at)

    def recovered_after(self, end: float, *, rate: float) -> float | None:
        """Return how long after ``end`` a window begins in which so many a second agreed."""
        for at, _ in self.seen:
            if at >= end and (found := self.rate_from(at)) is not None and found >= rate:
                return at - end
        return None

    async def recovery(self, end: float, *, rate: float, within_s: float) -> float | None:
        """Wait for the rate to be back, while :meth:`run` looks; None where it is not so soon.

        Args:
            end: Since when to look for it, by the monotonic clock.
            rate: Records a second.
            within_s: For how long to wait.
        """
        while (found := self.recovered_after(end, rate=rate)) is None:
            if monotonic() - end > within_s:
                return None
            await asyncio.sleep(_EVERY_S)
        return found

    def course(self, since: float) -> str:
        """Tell how many had agreed at each look, by seconds from then on."""
        return " ".join(f"{at - since:.1f}:{agreed}" for at, agreed in self.seen if at >= since)

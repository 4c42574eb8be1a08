"""A program that can be killed between any two things that it does to the world outside."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from consumers.lanes.engine import Engine
from consumers.lanes.lane import Lane
from schemas.ids import ConnectionId
from tests.simulation.trace import Trace
from tests.virtual_time import START


@dataclass(eq=False)
class Process:
    """One life of a program.

    Whatever it does outside itself is a *step*. When it is killed, nothing of it reaches the
    world any more: every step that is under way or comes later ends in `CancelledError`.

    Attributes:
        slow: How often a step takes time at all,
        step_s: and how long it takes then, on the average.
        dies_at: The number of the step at which it is killed; ``None`` for old age.
        thrown_out: Whether its group has done without it since, and it may not know.
        clock_ahead: How far its wall clock is ahead of the world's.
    """

    name: str
    random: Random
    trace: Trace
    slow: float
    step_s: float
    dies_at: int | None = None
    clock_ahead: timedelta = timedelta(0)
    alive: bool = True
    steps: int = 0
    task: asyncio.Task[None] | None = None
    latest: datetime = START
    killed_at: float | None = None
    thrown_out: bool = False
    engine: Engine | None = None

    async def step(self, what: str) -> None:
        """Do something outside, which takes a moment.

        Raises:
            CancelledError: the process was killed.
        """
        self._count(what)
        if self.random.random() < self.slow:
            await self.sleep(self.random.expovariate(1 / self.step_s))

    async def sleep(self, seconds: float) -> None:
        """Wait, as far as the process lives.

        Raises:
            CancelledError: the process was killed.
        """
        await asyncio.sleep(seconds)
        self.check()

    def check(self) -> None:
        """Go no further when dead.

        Raises:
            CancelledError: the process was killed.
        """
        if not self.alive:
            raise asyncio.CancelledError(f"{self.name} was killed")

    def kill(self) -> None:
        """End the process here and now."""
        self.alive = False
        self.killed_at = self.elapsed_s
        self.note("KILLED")
        if self.task is not None:
            self.task.cancel()

    def now(self) -> datetime:
        """Tell the time by the process's own clock."""
        found = START + timedelta(seconds=self.elapsed_s) + self.clock_ahead
        self.latest = max(self.latest, found)
        return found

    @property
    def elapsed_s(self) -> float:
        """Seconds since the world began."""
        return asyncio.get_running_loop().time()

    def lane(self, connection: ConnectionId) -> Lane | None:
        """Return the lane of a connection, as the process has it in memory."""
        return self.engine.lane(connection) if self.engine else None

    def note(self, what: str) -> None:
        """Write a line into the trace."""
        self.trace.add(self.elapsed_s, self.name, what)

    def _count(self, what: str) -> None:
        self.check()
        self.steps += 1
        self.note(what)
        if self.steps == self.dies_at:
            self.kill()
            self.check()

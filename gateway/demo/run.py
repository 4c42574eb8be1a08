"""The show: business is done, things go wrong, and the gateway is watched to the end."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError

from gateway.demo.business.actions import Action
from gateway.demo.environment.environment import Stage
from gateway.demo.faults.fault_injector import Blows
from gateway.demo.faults.fault_plan import FaultPlan
from gateway.demo.platform.platform import Platform
from gateway.demo.progress import Pulse, Watch
from gateway.demo.reporter import Reporter, View

ACTIONS_PER_S: Final = 40
_PULSE_S: Final = 0.5
_AT_REST_S: Final = 6.0
_NOTES: Final = 6
_PAUSE_S: Final = 0.2


@dataclass(slots=True)
class Rate:
    """How many events reached Kafka in a second, over the last seconds."""

    seen: list[tuple[float, int]] = field(default_factory=list)

    def note(self, at: float, published: int, *, over_s: float = 3.0) -> float:
        """Take note of a count; give the rate."""
        self.seen = [(t, n) for t, n in self.seen if t > at - over_s] + [(at, published)]
        (first_at, first), (last_at, last) = self.seen[0], self.seen[-1]
        return (last - first) / (last_at - first_at) if last_at > first_at else 0.0


class Show:
    """One run of the business through the gateway, faults included."""

    def __init__(
        self,
        stage: Stage,
        actions: Sequence[Action],
        plan: FaultPlan,
        *,
        reporter: Reporter,
        expected: int,
    ) -> None:
        self.pulse = Pulse()
        self.blows = Blows(stage, note=self._note, settled=lambda: self.pulse.settled)
        self._stage = stage
        self._actions = actions
        self._plan = plan
        self._reporter = reporter
        self._expected = expected
        self._done = 0
        self._notes: list[str] = []
        self._rate = Rate()
        self._began = monotonic()

    async def run(self, *, deadline_s: float) -> None:
        """Play until everything is settled, or nothing moves any more, or time is up.

        Raises:
            StartFailed: a process ended and does not come back.
        """
        await self._throw_faults()
        try:
            async with asyncio.TaskGroup() as group:
                work = (
                    group.create_task(self._do_business()),
                    group.create_task(
                        self.blows.deal(self._plan.blows, expected=self._expected)
                    ),
                )
                await self._watch(work, deadline_s)
                for task in work:
                    task.cancel()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _throw_faults(self) -> None:
        for name, simulator in self._stage.cast.simulators.items():
            own = [one for one in self._plan.provider_faults if one.provider == name]
            if own:
                await simulator.throw(own)

    async def _do_business(self) -> None:
        platform = Platform(self._stage.platform)
        for i, action in enumerate(self._actions):
            await asyncio.sleep(max(0.0, self._began + i / ACTIONS_PER_S - monotonic()))
            await self._carry_out(platform, action)
            self._done += 1

    async def _carry_out(self, platform: Platform, action: Action) -> None:
        """Carry an action out, again while the database is away."""
        while True:
            try:
                return await platform.carry_out(action)
            except (DBAPIError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(_PAUSE_S)

    async def _watch(self, work: Sequence[asyncio.Task[None]], deadline_s: float) -> None:
        seats = [seat.connection for seat in self._stage.seats]
        watch = Watch(self._stage.gateway, self._stage.platform, seats)
        at_rest_since = None
        while monotonic() < self._began + deadline_s:
            self.pulse = await watch.take()
            self._show()
            await self.blows.revive()
            if all(task.done() for task in work):
                if self.pulse.finished:
                    return None
                at_rest_since = (at_rest_since or monotonic()) if self.pulse.at_rest else None
                if at_rest_since and monotonic() > at_rest_since + _AT_REST_S:
                    return self._note("nothing moves any more")
            await asyncio.sleep(_PULSE_S)
        return self._note(f"time is up after {deadline_s:.0f} s")

    def _note(self, line: str) -> None:
        self._notes = [*self._notes, line][-_NOTES:]
        self._reporter.say(line)

    def _show(self) -> None:
        now = monotonic()
        self._reporter.show(
            View(
                pulse=self.pulse,
                expected=self._expected,
                done=self._done,
                actions=len(self._actions),
                per_second=self._rate.note(now, self.pulse.appended - self.pulse.backlog),
                seconds=now - self._began,
                notes=tuple(self._notes),
            )
        )

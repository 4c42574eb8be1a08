"""One run: the business is simulated, faults are injected, and progress is read to the end."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError

from gateway.demo.business.actions import Action
from gateway.demo.environment.environment import DemoEnvironment
from gateway.demo.faults.fault_injector import FaultInjector
from gateway.demo.faults.fault_plan import FaultPlan
from gateway.demo.platform.platform import Platform
from gateway.demo.progress import Progress, ProgressReader
from gateway.demo.reporter import DemoView, Reporter

ACTIONS_PER_S: Final = 40
_READ_EVERY_S: Final = 0.5
_AT_REST_S: Final = 6.0
_NOTES: Final = 6
_PAUSE_S: Final = 0.2


@dataclass(slots=True)
class EventRate:
    """The rate at which events reached Kafka, over the last seconds."""

    seen: list[tuple[float, int]] = field(default_factory=list)

    def note(self, at: float, published: int, *, over_s: float = 3.0) -> float:
        """Record a count and return the rate, in events a second."""
        self.seen = [(t, n) for t, n in self.seen if t > at - over_s] + [(at, published)]
        (first_at, first), (last_at, last) = self.seen[0], self.seen[-1]
        return (last - first) / (last_at - first_at) if last_at > first_at else 0.0


class DemoRun:
    """One run of the business through the gateway, faults included."""

    def __init__(
        self,
        environment: DemoEnvironment,
        actions: Sequence[Action],
        plan: FaultPlan,
        *,
        reporter: Reporter,
        expected: int,
    ) -> None:
        self.progress = Progress()
        self.injector = FaultInjector(
            environment, note=self._note, settled=lambda: self.progress.settled
        )
        self._environment = environment
        self._actions = actions
        self._plan = plan
        self._reporter = reporter
        self._expected = expected
        self._done = 0
        self._notes: list[str] = []
        self._rate = EventRate()
        self._began = monotonic()

    async def run(self, *, deadline_s: float) -> None:
        """Run until everything is settled, nothing changes any more, or the deadline passes.

        Raises:
            StartFailed: a process ended and can't be started again.
        """
        await self._set_provider_faults()
        try:
            async with asyncio.TaskGroup() as group:
                work = (
                    group.create_task(self._do_business()),
                    group.create_task(
                        self.injector.inject(self._plan.process_faults, expected=self._expected)
                    ),
                )
                await self._watch(work, deadline_s)
                for task in work:
                    task.cancel()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _set_provider_faults(self) -> None:
        for name, simulator in self._environment.processes.simulators.items():
            own = [one for one in self._plan.provider_faults if one.provider == name]
            if own:
                await simulator.set_faults(own)

    async def _do_business(self) -> None:
        platform = Platform(self._environment.platform)
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
        companies = [connected.connection for connected in self._environment.companies]
        reader = ProgressReader(
            self._environment.gateway, self._environment.platform, companies
        )
        at_rest_since = None
        while monotonic() < self._began + deadline_s:
            self.progress = await reader.read()
            self._show()
            await self.injector.restart_ended()
            if all(task.done() for task in work):
                if self.progress.finished:
                    return None
                at_rest_since = (
                    (at_rest_since or monotonic()) if self.progress.at_rest else None
                )
                if at_rest_since and monotonic() > at_rest_since + _AT_REST_S:
                    return self._note("nothing changes any more")
            await asyncio.sleep(_READ_EVERY_S)
        return self._note(f"time is up after {deadline_s:.0f} s")

    def _note(self, line: str) -> None:
        self._notes = [*self._notes, line][-_NOTES:]
        self._reporter.say(line)

    def _show(self) -> None:
        now = monotonic()
        self._reporter.show(
            DemoView(
                progress=self.progress,
                expected=self._expected,
                done=self._done,
                actions=len(self._actions),
                per_second=self._rate.note(now, self.progress.appended - self.progress.backlog),
                seconds=now - self._began,
                notes=tuple(self._notes),
            )
        )

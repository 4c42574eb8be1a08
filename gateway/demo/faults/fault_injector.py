"""Injects process faults, and starts again what ended, as a service manager does."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

from gateway.demo.environment.environment import DemoEnvironment
from gateway.demo.faults.fault_plan import SERVICES, ProcessFault, Target
from gateway.demo.verification.recovery_report import InjectedFault
from gateway.embedded.errors import StartFailed

_PAUSE_S: Final = 0.2
_MOST_RESTARTS: Final = 20


class FaultInjector:
    """Kills processes, restarts services, and starts again roles that ended unexpectedly.

    Attributes:
        injected: The process faults that were carried out.
        restarted: How often each role ended unexpectedly and was started again.
    """

    def __init__(
        self,
        environment: DemoEnvironment,
        *,
        note: Callable[[str], None],
        settled: Callable[[], int],
    ) -> None:
        self.injected: list[InjectedFault] = []
        self.restarted: Counter[str] = Counter()
        self._roles = environment.processes.roles
        self._services = environment.services
        self._note = note
        self._settled = settled
        self._down: set[str] = set()

    async def inject(self, process_faults: Sequence[ProcessFault], *, expected: int) -> None:
        """Inject each fault when its share of the ``expected`` documents is settled."""
        for fault in process_faults:
            while self._settled() < fault.at * expected:  # noqa: ASYNC110  another's work
                await asyncio.sleep(_PAUSE_S)
            await self._inject(fault.target)

    async def _inject(self, target: Target) -> None:
        settled, at = self._settled(), monotonic()
        if target in SERVICES:
            self._note(f"{target} is restarted")
            await self._restart(target)
        else:
            self._note(f"{target} is killed by SIGKILL")
            await self._kill(target)
        back_after_s = monotonic() - at
        self._note(f"{target} is back after {back_after_s:.1f} s")
        self.injected.append(InjectedFault(target, settled, back_after_s))

    async def _restart(self, target: Target) -> None:
        here = self._services
        server = here.kafka if target is Target.KAFKA else here.postgres
        if server is not None:
            await server.restart()

    async def _kill(self, target: Target) -> None:
        self._down.add(target)
        await self._roles.kill(target)
        await self._roles.start(target)
        self._down.discard(target)

    async def restart_ended(self) -> None:
        """Start every role again that ended unexpectedly, as a restart policy does.

        Raises:
            StartFailed: a role can't be started again, after many restarts.
        """
        for name in self._roles.ended():
            if name in self._down:
                continue
            self.restarted[name] += 1
            self._note(f"{name} ended unexpectedly; starting it again")
            try:
                await self._roles.start(name)
            except StartFailed:
                if self.restarted.total() > _MOST_RESTARTS:
                    raise

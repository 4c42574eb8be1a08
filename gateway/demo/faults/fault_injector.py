"""Blows to processes: dealt on purpose, and what comes back by a service manager's hand."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

from gateway.demo.environment.environment import Stage
from gateway.demo.faults.fault_plan import SERVICES, Blow, Target
from gateway.demo.verification.recovery_report import Struck
from gateway.embedded.errors import StartFailed

_PAUSE_S: Final = 0.2
_MOST_RETURNS: Final = 20


class Blows:
    """Kills processes, restarts services, and starts again what ended by itself.

    Attributes:
        struck: The blows that were dealt.
        returned: Roles that ended by themselves and were started again, and how often.
    """

    def __init__(
        self, stage: Stage, *, note: Callable[[str], None], settled: Callable[[], int]
    ) -> None:
        self.struck: list[Struck] = []
        self.returned: Counter[str] = Counter()
        self._roles = stage.cast.roles
        self._services = stage.services
        self._note = note
        self._settled = settled
        self._down: set[str] = set()

    async def deal(self, blows: Sequence[Blow], *, expected: int) -> None:
        """Deal each blow once as large a share of ``expected`` documents is settled."""
        for blow in blows:
            while self._settled() < blow.at * expected:  # noqa: ASYNC110  another's work
                await asyncio.sleep(_PAUSE_S)
            await self._deal(blow.target)

    async def _deal(self, target: Target) -> None:
        settled, at = self._settled(), monotonic()
        if target in SERVICES:
            self._note(f"{target} is restarted")
            await self._restart(target)
        else:
            self._note(f"{target} is killed by SIGKILL")
            await self._kill(target)
        back_after_s = monotonic() - at
        self._note(f"{target} is back after {back_after_s:.1f} s")
        self.struck.append(Struck(target, settled, back_after_s))

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

    async def revive(self) -> None:
        """Start every role again that ended by itself, as a restart policy does.

        Raises:
            StartFailed: one does not come back, or it happens time and again.
        """
        for name in self._roles.ended():
            if name in self._down:
                continue
            self.returned[name] += 1
            self._note(f"{name} ended by itself; starting it again")
            try:
                await self._roles.start(name)
            except StartFailed:
                if self.returned.total() > _MOST_RETURNS:
                    raise

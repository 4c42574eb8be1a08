"""The gateway's roles as processes: started, checked for readiness, and ended."""

import asyncio
import sys
from collections.abc import Mapping
from typing import Final

from gateway.config.settings import PREFIX
from gateway.embedded.managed_process import ManagedProcess
from gateway.embedded.probe import http_ok
from gateway.embedded.run import Run

_READY_S: Final = 60.0


def command_line(*arguments: str) -> list[str]:
    """Return the command that runs this program with other arguments."""
    return [sys.executable, "-m", "gateway", *arguments]


class RoleProcesses:
    """The roles of one run by name: `relay`, `worker qbo`. Each is one process."""

    def __init__(
        self, run: Run, ports: Mapping[str, int], *, environ: Mapping[str, str]
    ) -> None:
        """Describe the roles.

        Args:
            run: The run that they belong to.
            ports: The port of each role's health, by its arguments of `ledgerlane`.
            environ: The whole environment of each.
        """
        self._ports = ports
        self._processes = {
            name: _process(run, name, {**environ, **_own(name, port)})
            for name, port in ports.items()
        }

    async def start_all(self) -> None:
        """Start all of them, and return when all are at work."""
        async with asyncio.TaskGroup() as group:
            for name in self._processes:
                group.create_task(self.start(name))

    async def start(self, name: str) -> None:
        """Start one of them, also again, and return when it is at work.

        Raises:
            StartFailed: it ended, or was not ready within a minute.
        """
        process = self._processes[name]
        await process.start()

        async def at_work() -> bool:
            return await http_ok(f"http://127.0.0.1:{self._ports[name]}/readyz")

        await process.until(at_work, within_s=_READY_S)

    async def kill(self, name: str) -> None:
        """End one of them as a crash would."""
        await self._processes[name].kill()

    def ended(self) -> list[str]:
        """Return the names of the roles that do not run."""
        return [name for name, process in self._processes.items() if not process.running]


def _process(run: Run, name: str, environ: Mapping[str, str]) -> ManagedProcess:
    return ManagedProcess(run, _slug(name), command_line(*name.split()), environ=environ)


def _own(name: str, port: int) -> dict[str, str]:
    """Return the variables that differ between roles; a worker's name lets it come back."""
    served = "API_PORT" if name == "api" else "METRICS_PORT"
    return {f"{PREFIX}{served}": str(port), f"{PREFIX}WORKER_NAME": f"{_slug(name)}-1"}


def _slug(name: str) -> str:
    return name.replace(" ", "-")

"""Roles as processes of their own: `up` and the demo start them, and know when they work."""

import asyncio
import sys
from collections.abc import Iterable, Mapping
from typing import Final

from gateway.embedded.child import Child
from gateway.embedded.run import Run
from gateway.settings import PREFIX

_READY_S: Final = 60.0


def command_line(*arguments: str) -> list[str]:
    """Give the command that runs this program with other arguments."""
    return [sys.executable, "-m", "gateway", *arguments]


class Roles:
    """The roles of one run by name: `relay`, `worker qbo`. Each is one process."""

    def __init__(
        self,
        run: Run,
        names: Iterable[str],
        *,
        environ: Mapping[str, str],
        ports: Iterable[int],
    ) -> None:
        """Describe the roles.

        Args:
            run: The run that they belong to.
            names: What follows `ledgerlane` on the command line.
            environ: The whole environment of each.
            ports: One for the health and metrics of each.
        """
        self._children = {
            name: _child(run, name, environ, port)
            for name, port in zip(names, ports, strict=False)
        }

    async def start_all(self) -> None:
        """Start all of them, and return when all are at work."""
        async with asyncio.TaskGroup() as group:
            for name in self._children:
                group.create_task(self.start(name))

    async def start(self, name: str) -> None:
        """Start one of them, also again, and return when it is at work.

        Raises:
            StartFailed: it ended, or said nothing for a minute.
        """
        child = self._children[name]
        await child.start()

        async def at_work() -> bool:
            return await child.logged(f'"{name.split()[0]}.started"')

        await child.until(at_work, within_s=_READY_S)

    async def kill(self, name: str) -> None:
        """End one of them as a crash would."""
        await self._children[name].kill()

    def ended(self) -> list[str]:
        """Name those that do not run."""
        return [name for name, child in self._children.items() if not child.running]


def _child(run: Run, name: str, environ: Mapping[str, str], port: int) -> Child:
    slug = name.replace(" ", "-")
    own = {f"{PREFIX}METRICS_PORT": str(port)}
    named = {f"{PREFIX}WORKER_NAME": f"{slug}-1"} | dict(environ) | own
    return Child(run, slug, command_line(*name.split()), environ=named)

"""What the embedded servers share: ports, and being started, stopped and killed."""

import asyncio
import signal
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Final

from gateway.embedded.errors import Exited
from gateway.embedded.managed_process import ManagedProcess
from gateway.embedded.ports import free_ports

_ATTEMPTS: Final = 5
_PAUSE_S: Final = 0.3
_READY_S: Final = 90.0  # after a crash, on a busy machine, logs take long to recover


class Server(ABC):
    """A server on 127.0.0.1 that keeps its port and its data over restarts and crashes."""

    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, ports: Iterator[int] | None = None) -> None:
        """Describe a server that takes its ports from ``ports``, or any free ones."""
        self._ports = ports or free_ports()
        self._process: ManagedProcess | None = None

    async def start(self) -> None:
        """Start the server and return once it answers a real request.

        The first time it is created, on a free port; after that it comes back on its own
        port with its data. Tried again when the port was taken meanwhile, or when what is
        left of a killed predecessor is still in the way.

        Raises:
            NotInstalled: a program is missing.
            StartFailed: it did not get ready.
        """
        created = self._process is not None
        if not created:
            await self._create()
        for attempt in range(1, _ATTEMPTS + 1):
            if not created:
                self._process = self._configure(self._ports)
            try:
                await self._serve()
            except Exited:
                if attempt == _ATTEMPTS:
                    raise
                await asyncio.sleep(_PAUSE_S)
            else:
                return

    async def stop(self) -> None:
        """Stop the server in good order, if it runs."""
        if self._process is not None:
            await self._process.stop(self.stop_signal)

    async def kill(self) -> None:
        """End the server as a crash would: SIGKILL, no good-bye."""
        if self._process is not None:
            await self._process.kill()

    async def restart(self) -> None:
        """Stop the server and start it again, on the same port with the same data."""
        await self.stop()
        await self.start()

    async def _serve(self) -> None:
        assert self._process is not None  # noqa: S101  set by start
        await self._process.start()
        await self._process.until(self._answers, within_s=_READY_S)

    @abstractmethod
    async def _create(self) -> None:
        """Create the data folder; called once."""

    @abstractmethod
    def _configure(self, ports: Iterator[int]) -> ManagedProcess:
        """Describe the process that serves on the next of ``ports``."""

    @abstractmethod
    async def _answers(self) -> bool:
        """Return whether it answers a request that it could not answer before it was ready."""

"""A process that is started, watched and stopped by this one."""

import asyncio
import pwd
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gateway.embedded.errors import Exited, StartFailed
from gateway.embedded.run import Run

_PAUSE_S: Final = 0.05
_LAST_LINES: Final = 15


class ManagedProcess:
    """One process of a run: its output goes to a log, and it never outlives its parent.

    It can be started again after it ended; the log then goes on.
    """

    def __init__(
        self,
        run: Run,
        name: str,
        command: Sequence[str | Path],
        *,
        environ: Mapping[str, str] | None = None,
        account: pwd.struct_passwd | None = None,
    ) -> None:
        """Describe the process.

        Args:
            run: The run it belongs to.
            name: What messages and its log file call it.
            command: The program and its arguments.
            environ: Its whole environment; this process's own where absent.
            account: The user to become, which needs root.
        """
        self.name = name
        self.log = run.logs / f"{name}.log"
        self._command = command
        self._options: dict[str, Any] = {"env": environ, "process_group": run.process_group}
        if account is not None:
            self._options |= {
                "user": account.pw_uid,
                "group": account.pw_gid,
                "extra_groups": (),
            }
        self._process: Process | None = None
        self._log_start = 0

    @property
    def pid(self) -> int:
        """The id of the process that was started last."""
        return self._started.pid

    @property
    def running(self) -> bool:
        """Return whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the process, and do not wait until it can be used.

        Raises:
            StartFailed: the program can't be executed.
        """
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command, stdin=DEVNULL, stdout=log, stderr=STDOUT, **self._options
                )
            except OSError as exc:
                raise StartFailed(f"{self.name} can't be started: {exc}") from exc

    async def until(
        self, check: Callable[[], Awaitable[bool]], *, within_s: float = 30.0
    ) -> None:
        """Return once ``check`` returns true.

        Raises:
            Exited: the process ended before.
            StartFailed: ``within_s`` seconds passed before.
        """
        try:
            async with asyncio.timeout(within_s):
                while self.running and not await check():  # noqa: ASYNC110  another process's
                    await asyncio.sleep(_PAUSE_S)
        except TimeoutError as exc:
            raise StartFailed(self._report(f"was not ready within {within_s:.0f} s")) from exc
        if not self.running:
            raise Exited(self._report(f"ended with code {self._started.returncode}"))

    async def logged(self, text: str) -> bool:
        """Return whether the process has written ``text`` since it was started last."""
        return text in self._output()

    async def wait(self) -> int:
        """Return the exit code once the process ended; negative is the signal that ended it."""
        return await self._started.wait()

    async def stop(
        self, sign: signal.Signals = signal.SIGTERM, *, within_s: float = 10.0
    ) -> None:
        """Ask the process to end, and kill it if it did not within ``within_s`` seconds.

        One that was not started, or ended before, is left alone.
        """
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(sign)
        try:
            async with asyncio.timeout(within_s):
                await self._process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End the process with SIGKILL, as a crash would."""
        if self.running:
            self._started.kill()
            await self._started.wait()

    @property
    def _started(self) -> Process:
        if self._process is None:
            raise StartFailed(f"{self.name} was not started")
        return self._process

    def _output(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def _report(self, what: str) -> str:
        last = self._output().splitlines()[-_LAST_LINES:]
        return "\n  ".join([f"{self.name} {what}; its log, {self.log}, ends:", *last])

"""A command that runs beside the services and writes to the terminal, but does not read it."""

import asyncio
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping, Sequence
from typing import Final

from gateway.embedded.errors import CommandFailed
from gateway.embedded.run import Run

_PATIENCE_S: Final = 20.0


async def run_command(run: Run, command: Sequence[str], variables: Mapping[str, str]) -> None:
    """Run the command to its end, with ``variables`` added to its environment.

    When this call is cancelled, the command is interrupted and, after 20 s, killed. It never
    outlives this process.

    Raises:
        CommandFailed: it ended with another exit code than 0.
    """
    assignments = [f"{name}={value}" for name, value in variables.items()]
    process = await asyncio.create_subprocess_exec(
        *("env", *assignments, *command), stdin=DEVNULL, process_group=run.process_group
    )
    try:
        exit_code = await process.wait()
    finally:
        if process.returncode is None:
            await _interrupt(process)
    if exit_code:
        said = f"{command[0]} ended with code {exit_code}; the services' logs: {run.logs}"
        raise CommandFailed(exit_code, said)


async def _interrupt(process: Process) -> None:
    process.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()

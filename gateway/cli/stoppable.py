"""Commands that start servers: a signal cancels them, so that they take everything down."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, Final

import typer

_TERMINATED: Final = 128 + signal.SIGTERM


def run_stoppable(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end; SIGTERM cancels the work, as Ctrl-C does.

    Raises:
        KeyboardInterrupt: Ctrl-C, once the work has cleaned up.
        typer.Exit: SIGTERM, once the work has cleaned up.
    """
    try:
        asyncio.run(_cancellable(work))
    except asyncio.CancelledError:
        raise typer.Exit(_TERMINATED) from None


async def _cancellable(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  called within one
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await work

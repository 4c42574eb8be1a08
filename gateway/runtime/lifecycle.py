"""The life of a role: stop signals, work that runs beside a body, and the clock."""

import asyncio
import gc
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

from gateway.config.variables import CrashPoint

_COLLECT_AFTER: Final = (100_000, 20, 100)


def collect_seldom() -> None:
    """Make Python collect cyclic garbage rarely.

    Roles hold batches of thousands of rows, none of them in a cycle. With Python's default
    thresholds they are all scanned every 700 rows, which took a fifth of the relay's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


@asynccontextmanager
async def stop_signals() -> AsyncIterator[asyncio.Event]:
    """Yield an event that SIGTERM and SIGINT set; a second signal ends the process at once."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def heard(number: signal.Signals) -> None:
        loop.remove_signal_handler(number)
        stop.set()

    numbers = (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, heard, number)
    try:
        yield stop
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


@asynccontextmanager
async def running_beside(
    work: Coroutine[Any, Any, None], *, end: Callable[[], object] | None = None
) -> AsyncIterator[None]:
    """Run ``work`` while the body runs; its failure ends the body.

    Errors of either come out as they are, not in a group.

    Args:
        end: Called when the body has ended, to end the work; by default the work is cancelled.
    """
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(work)
            yield
            (end or task.cancel)()
    except BaseExceptionGroup as errors:
        if len(errors.exceptions) > 1:
            raise
        raise errors.exceptions[0] from None


def crash_hook(point: CrashPoint | None) -> Callable[[str], None]:
    """Return a hook for the named points of the code, which may end the process there.

    It ends the process by SIGKILL, as a crash would, without cleaning up. For fault tests.
    """
    reached: Counter[str] = Counter()

    def at(name: str) -> None:
        reached[name] += 1
        if point is not None and point.name == name and point.nth == reached[name]:
            os.kill(os.getpid(), signal.SIGKILL)

    return at

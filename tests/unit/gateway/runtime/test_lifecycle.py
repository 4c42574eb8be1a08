import asyncio
import os
import signal
import sys

import pytest

from gateway.config.variables import CrashPoint
from gateway.runtime.lifecycle import crash_hook, running_beside, stop_signals
from tests.eventually import PATIENCE_S


async def test_work_beside_is_cancelled_at_the_end() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with running_beside(work()):
        await asyncio.sleep(0)
    assert ended.is_set()


async def test_work_beside_may_be_asked_to_end_itself() -> None:
    stop, finished = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await stop.wait()
        finished.set()

    async with running_beside(work(), end=stop.set):
        pass
    assert finished.is_set()


async def test_an_error_of_the_body_comes_out_as_it_is() -> None:
    with pytest.raises(KeyError):
        async with running_beside(_forever()):
            raise KeyError("x")


async def test_a_failure_beside_ends_the_body() -> None:
    async def work() -> None:
        raise LookupError("broken")

    with pytest.raises(LookupError, match="broken"):
        async with running_beside(work()):
            await asyncio.Event().wait()


async def _forever() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_says_when_to_stop(number: signal.Signals) -> None:
    async with stop_signals() as stop:
        os.kill(os.getpid(), number)
        async with asyncio.timeout(PATIENCE_S):
            await stop.wait()


CRASH = """
from gateway.runtime.lifecycle import crash_hook
from gateway.config.variables import CrashPoint
at = crash_hook(CrashPoint("here", 2))
for name in ("here", "there", "here"):
    at(name)
    print(name, flush=True)
"""


async def test_the_hook_kills_at_its_point_the_nth_time() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CRASH, stdout=asyncio.subprocess.PIPE
    )
    written, _ = await process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert written.split() == [b"here", b"there"]


def test_without_a_point_nothing_happens() -> None:
    crash_hook(None)("anywhere")
    crash_hook(CrashPoint("here"))("there")

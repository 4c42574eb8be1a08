"""Supervised processes, on real ones."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from gateway.embedded.errors import Exited, StartFailed
from gateway.embedded.managed_process import ManagedProcess
from gateway.embedded.ports import free_ports
from gateway.embedded.probe import http_ok
from gateway.embedded.run import Run, open_run

_DEAF = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
signal.pause()
"""


@pytest_asyncio.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    async with open_run(tmp_path) as opened:
        yield opened


def _python(run: Run, script: str) -> ManagedProcess:
    return ManagedProcess(run, "script", [sys.executable, "-c", script])


async def _never() -> bool:
    return False


async def test_a_line_of_its_output_tells_that_it_is_ready(run: Run) -> None:
    child = _python(run, "import signal; print('ready', flush=True); signal.pause()")
    await child.start()
    await child.until(lambda: child.logged("ready"))
    assert child.running
    await child.stop()
    assert not child.running


async def test_an_http_answer_tells_that_it_is_ready(run: Run) -> None:
    port = next(free_ports())
    url = f"http://127.0.0.1:{port}/"
    server = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    child = ManagedProcess(run, "server", server)
    assert not await http_ok(url)
    await child.start()
    await child.until(lambda: http_ok(url))
    assert not await http_ok(f"{url}absent")
    await child.stop()


async def test_only_the_output_of_the_last_start_counts(run: Run) -> None:
    once = run.data / "once"
    child = _python(run, f"import pathlib; pathlib.Path({str(once)!r}).mkdir(); print('first')")
    await child.start()
    assert await child.wait() == 0
    assert await child.logged("first")
    await child.start()
    assert await child.wait() == 1
    assert not await child.logged("first")
    assert await child.logged("FileExistsError")


async def test_an_early_end_is_reported_with_the_end_of_the_log(run: Run) -> None:
    child = _python(run, "print('no such ledger'); raise SystemExit(3)")
    await child.start()
    with pytest.raises(Exited, match=r"(?s)code 3; .*script\.log.*no such ledger"):
        await child.until(_never)


async def test_one_that_never_gets_ready_is_reported(run: Run) -> None:
    child = _python(run, "import signal; signal.pause()")
    await child.start()
    with pytest.raises(StartFailed, match="script was not ready within 0 s"):
        await child.until(_never, within_s=0.2)


async def test_a_program_that_is_missing_is_reported(run: Run) -> None:
    with pytest.raises(StartFailed, match="absent can't be started"):
        await ManagedProcess(run, "absent", ["/nonexistent/program"]).start()


async def test_one_that_does_not_listen_is_killed(run: Run) -> None:
    child = _python(run, _DEAF)
    await child.start()
    await child.until(lambda: child.logged("ready"))
    await child.stop(within_s=0.2)
    assert await child.wait() == -9


async def test_its_environment_is_the_one_given(run: Run) -> None:
    child = ManagedProcess(
        run, "env", ["/usr/bin/env"], environ={"LEDGERLANE_ENVIRONMENT": "sandbox"}
    )
    await child.start()
    await child.wait()
    assert child.log.read_text() == "LEDGERLANE_ENVIRONMENT=sandbox\n"


async def test_it_ends_with_its_run(tmp_path: Path) -> None:
    async with open_run(tmp_path) as run:
        child = _python(run, _DEAF)
        await child.start()
        await child.until(lambda: child.logged("ready"))
    await child.wait()
    assert not psutil.pid_exists(child.pid)

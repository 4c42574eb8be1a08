"""`ledgerlane up` on a machine that has nothing: every role comes up, and goes again."""

import asyncio
import json
import random
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import httpx
import pytest
from sqlalchemy.engine import make_url

from gateway.config.settings import environment
from tests.eventually import PATIENCE_S

# Below the ports that servers of other tests get, who would take one of these meanwhile.
PORTS = range(10_000, 15_000)
ROLES_AT_MOST = 10  # each role has the next port for its metrics


async def lines_until(process: Process, last: str) -> list[str]:
    assert process.stdout is not None
    found: list[str] = []
    async with asyncio.timeout(150):
        while not found or last not in found[-1]:
            line = (await process.stdout.readline()).decode()
            assert line, f"ended after {found}"
            found.append(line.strip())
    return found


def free_ports_in_a_row(count: int) -> int:
    """Return the first of them."""
    for first in random.sample(PORTS[:-count], 100):
        with ExitStack() as probes, suppress(OSError):
            for port in range(first, first + count):
                probe = probes.enter_context(closing(socket.socket()))
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
            return first
    raise AssertionError("no ports are free")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.accepts("RUN-03")
async def test_every_role_comes_up_and_goes(tmp_path: Path, sign: signal.Signals) -> None:
    first = free_ports_in_a_row(1 + ROLES_AT_MOST)
    own = {
        "LEDGERLANE_API_PORT": str(first),
        "LEDGERLANE_METRICS_PORT": str(first + 1),
        "LEDGERLANE_API_KEYS": f"test:{'k' * 40}",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "up"),
        cwd=tmp_path,
        env=environment() | own,
        stdout=PIPE,
    )
    try:
        said = await lines_until(process, "Ctrl-C")
        assert {"api: started", "relay: started", "worker intake: started"} <= set(said)
        assert {"worker qbo: not configured", "worker xero: not configured"} <= set(said)
        async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
            ready = await client.get(f"http://127.0.0.1:{own['LEDGERLANE_API_PORT']}/readyz")
        assert (ready.status_code, set(json.loads(ready.text).values())) == (200, {"ok"})
        await other_commands_work_without_a_secret_on_the_screen(said)

        process.send_signal(sign)
        await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.communicate()
    assert process.returncode == 0
    assert [path for path in _all_in(tmp_path) if path.is_file()] == []


async def other_commands_work_without_a_secret_on_the_screen(said: list[str]) -> None:
    (file,) = (line.rpartition(": ")[2] for line in said if line.startswith("For other"))
    shell = f"{file}; exec {sys.executable} -m gateway inspect --json"
    bare = {"PATH": environment()["PATH"]}
    process = await asyncio.create_subprocess_exec("sh", "-c", shell, env=bare, stdout=PIPE)
    counted, _ = await process.communicate()
    assert json.loads(counted) == {"records": [], "total": 0, "valves": []}
    settings = settings_in(Path(file.removeprefix(". ")))
    password = make_url(settings["LEDGERLANE_DATABASE_URL"]).password
    vault_key = settings["LEDGERLANE_VAULT_KEYS"].partition(":")[2]
    for secret in (str(password), vault_key, "k" * 40):
        assert secret not in "\n".join(said)


def settings_in(script: Path) -> dict[str, str]:
    assert script.stat().st_mode & 0o077 == 0, "its owner alone may read it"
    lines = script.read_text().splitlines()
    return dict(line.removeprefix("export ").split("=", 1) for line in lines)


def _all_in(folder: Path) -> list[Path]:
    return list(folder.rglob("*"))

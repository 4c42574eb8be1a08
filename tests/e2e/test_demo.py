"""The demo as a person starts it: real processes, faults, and books that agree to the cent."""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.config.settings import environment

pytestmark = pytest.mark.timeout(900)


@dataclass(frozen=True, slots=True)
class Ended:
    """A demo that is over."""

    code: int
    output: str
    errors: str


async def demo(folder: Path, *arguments: str) -> Ended:
    process = await _start(folder, arguments)
    output, errors = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, output.decode(), errors.decode())


async def _start(folder: Path, arguments: Sequence[str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "demo", *arguments),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.accepts("TST-05")
async def test_the_books_agree_to_the_cent_whatever_went_wrong(tmp_path: Path) -> None:
    ended = await demo(
        tmp_path, "--documents", "60", "--seed", "7", "--faults", "some", "--json"
    )
    assert ended.code == 0, ended.errors[-4000:]
    told: dict[str, Any] = json.loads(ended.output)
    assert (told["differences"], told["duplicates"], told["refused"]) == (0, 0, 0)
    assert told["faults"]["thrown"] > 5
    assert len(told["realms"]) == 4
    for realm in told["realms"]:
        invoices = realm["document_types"]["invoice"]
        assert [row["platform"] for row in invoices] == [row["ledger"] for row in invoices]
        assert sum(row["platform"]["count"] for row in invoices) > 0
    struck = {one["fault"] for one in told["faults"]["survived"]}
    assert "worker qbo killed by SIGKILL" in struck
    assert "answer lost after the write" in struck


async def test_many_faults_of_every_process_and_service_are_recovered_from(
    tmp_path: Path,
) -> None:
    ended = await demo(tmp_path, "--documents", "60", "--faults", "many", "--json")
    assert ended.code == 0, ended.errors[-4000:]
    told: dict[str, Any] = json.loads(ended.output)
    assert (told["agrees"], told["differences"], told["duplicates"]) == (True, 0, 0)
    faults = {one["fault"] for one in told["faults"]["survived"]}
    assert faults >= {
        "relay killed by SIGKILL",
        "worker intake killed by SIGKILL",
        "worker qbo killed by SIGKILL",
        "worker xero killed by SIGKILL",
        "Kafka restarted",
        "PostgreSQL restarted",
    }


async def test_a_demo_that_is_kept_can_be_looked_into_until_it_is_interrupted(
    tmp_path: Path,
) -> None:
    process = await _start(tmp_path, ["--documents", "60", "--faults", "none", "--keep"])
    try:
        lines = await _said(process, "Everything stays up until Ctrl-C.")
        (settings,) = (line.rpartition(": ")[2] for line in lines if "For other" in line)
        counted = await _in_its_shell(settings, "inspect --json")
        assert {row["state"] for row in counted["records"]} <= {"agreed", "skipped"}
        assert counted["total"] > 60, "one tenant has two companies"
        process.send_signal(signal.SIGINT)
        await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    assert process.returncode == 0
    assert (_files_in(tmp_path), _processes_in(tmp_path)) == ([], [])


async def _in_its_shell(settings: str, command: str) -> Any:
    """Run a command as a person does in another shell, and read the JSON that it prints."""
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", f"{settings.strip()}; exec {sys.executable} -m gateway {command}"),
        env={"PATH": environment()["PATH"]},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    return json.loads(output)


async def test_an_interrupted_demo_leaves_nothing(tmp_path: Path) -> None:
    process = await _start(tmp_path, ["--documents", "60"])
    await _said(process, "Starting relay")
    process.terminate()
    await process.communicate()
    assert process.returncode != 0
    assert (_files_in(tmp_path), _processes_in(tmp_path)) == ([], [])


async def _said(process: asyncio.subprocess.Process, text: str) -> list[str]:
    """Read what it prints until a text comes; gives the lines up to it."""
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(300):
        while line := await process.stdout.readline():
            lines.append(line.decode().rstrip())
            if text in lines[-1]:
                return lines
    pytest.fail(f"it ended before it said {text!r}")


def _files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _processes_in(folder: Path) -> list[int]:
    """Name the processes whose working directory is the folder; only the demo's are."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").readlink() == folder:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found

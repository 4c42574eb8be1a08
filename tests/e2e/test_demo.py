"""The demo as a person starts it: real processes, faults, and books that agree to the cent."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.accepts("GWY-27", "CFG-01", "TST-05")
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
        assert invoices["platform"] == invoices["ledger"]
        assert invoices["platform"]["count"] > 0
    struck = {one["fault"] for one in told["faults"]["survived"]}
    assert "worker qbo killed by SIGKILL" in struck
    assert "answer lost after the write" in struck


async def test_an_interrupted_demo_leaves_nothing(tmp_path: Path) -> None:
    process = await _start(tmp_path, ["--documents", "60"])
    await _said(process, "Starting relay")
    process.terminate()
    await process.communicate()
    assert process.returncode != 0
    assert (_files_in(tmp_path), _processes_in(tmp_path)) == ([], [])


async def _said(process: asyncio.subprocess.Process, text: str) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(120):
        while line := await process.stdout.readline():
            if text in line.decode():
                return
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

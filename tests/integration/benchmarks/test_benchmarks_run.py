"""The benchmarks that have services of their own run to their end, on loads of no meaning."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE

import orjson
import pytest

SMALL = {
    "bench_intake": ("--events", "200", "--rounds", "1"),
    "bench_latency": ("--documents", "3"),
    "bench_idle_realms": ("--realms", "20"),
    "bench_sweep": ("--connections", "20", "--records", "2", "--rounds", "1"),
}


@pytest.mark.parametrize("name", SMALL)
async def test_a_benchmark_runs_to_its_end_and_gives_figures(name: str) -> None:
    command = (sys.executable, "-m", f"tests.benchmarks.{name}", *SMALL[name], "--json")
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=DEVNULL)
    output, _ = await process.communicate()
    assert process.returncode == 0
    found = orjson.loads(output)["figures"]
    assert found
    assert all(figure["value"] is not None for figure in found)

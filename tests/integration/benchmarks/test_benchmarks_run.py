"""Four benchmarks run to their end, on loads too small for their figures to count."""

import asyncio
import sys
from asyncio.subprocess import PIPE

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
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()[-2_000:]
    found = orjson.loads(output)["figures"]
    assert found
    assert all(figure["value"] is not None for figure in found)

"""What the simulator's README shows is what runs."""

import re
from pathlib import Path
from typing import Any

import httpx

import providers.simulators.xero

README = Path(providers.simulators.xero.__file__).parent / "README.md"


async def test_the_example_makes_a_simulator() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102 - the example of our own README
    transport = httpx.ASGITransport(names["app"])
    async with httpx.AsyncClient(transport=transport, base_url="http://simulator") as client:
        assert "Maple Florist" in (await client.get("/")).text


def test_every_path_it_names_exists() -> None:
    folder = README.parent
    named = set(re.findall(r"`((?:\.\./)?[\w/]+\.py|(?:\w+/)+)`", README.read_text()))
    roots = (folder, folder.parents[2])  # benchmarks are named from the project's root
    assert named
    assert [n for n in named if not any((root / n).exists() for root in roots)] == []

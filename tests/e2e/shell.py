"""The command line, as an operator uses it."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that is over."""

    code: int
    output: str
    errors: str

    def json(self) -> Any:
        """Read what a command printed under ``--json``."""
        assert self.code == 0, self.errors
        return json.loads(self.output)


async def ledgerlane(environ: Mapping[str, str], *arguments: str) -> Ended:
    """Run one command to its end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", *arguments), env=environ, stdout=PIPE, stderr=PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, output.decode(), errors.decode())

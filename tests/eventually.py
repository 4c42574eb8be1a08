"""Waiting in tests: for a fact, never for a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

PATIENCE_S: Final = 120.0
"""Seconds after which a test that waits for something fails.

It only ends a test that fails. It is long, as a machine that is busy with other work may take
many times as long for the same.
"""


async def eventually(
    check: Callable[[], Awaitable[bool]], *, within_s: float = PATIENCE_S
) -> None:
    """Return once ``check`` returns true; raise TimeoutError after ``within_s`` seconds."""
    async with asyncio.timeout(within_s):
        while not await check():
            await asyncio.sleep(0.02)

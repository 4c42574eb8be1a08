"""Waiting in tests: for a fact, never for a time."""

import asyncio
from collections.abc import Awaitable, Callable


async def eventually(check: Callable[[], Awaitable[bool]], *, within_s: float = 30.0) -> None:
    """Return once ``check`` returns true; raise TimeoutError after ``within_s`` seconds.

    The deadline only ends a test that fails. It is long, as a machine that is busy with other
    work may take many times as long for the same.
    """
    async with asyncio.timeout(within_s):
        while not await check():
            await asyncio.sleep(0.02)

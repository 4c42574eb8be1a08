"""Waiting in tests: for a fact, never for a time."""

import asyncio
from collections.abc import Awaitable, Callable


async def eventually(check: Callable[[], Awaitable[bool]], *, within_s: float = 5.0) -> None:
    """Return once ``check`` says yes; TimeoutError after ``within_s`` seconds of no."""
    async with asyncio.timeout(within_s):
        while not await check():
            await asyncio.sleep(0.02)

"""Keeps a lease while something else is awaited."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

T = TypeVar("T")

_HEARTBEAT_S: Final = 2.0


async def keeping_lease(work: asyncio.Task[T], heartbeat: Callable[[], Awaitable[None]]) -> T:
    """Await ``work``, and call ``heartbeat`` every two seconds meanwhile; return its result."""
    while not (await asyncio.wait({work}, timeout=_HEARTBEAT_S))[0]:
        await heartbeat()
    return work.result()

"""Work that a role repeats, whatever becomes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError

log: Final = structlog.get_logger("maintenance")


async def repeat(work: Callable[[], Awaitable[None]], period: timedelta) -> None:
    """Repeat work periodically; a failure of the database is logged, and the work repeated."""
    while True:
        try:
            await work()
        except (DBAPIError, OSError) as exc:
            log.warning("maintenance.failed", work=work.__name__, error=type(exc).__name__)
        await asyncio.sleep(period.total_seconds())

"""A use case that needs nothing but the database, run for a command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.config.settings import Settings
from gateway.database.sessions import Sessions
from gateway.wiring.database import open_sessions

Answer = TypeVar("Answer")


def run_use_case(
    settings: Settings, use_case: Callable[[Sessions], Awaitable[Answer]]
) -> Answer:
    """Return what a use case returns on the settings' database, which is open meanwhile.

    Raises:
        DatabaseUnreachable: there is no answer.
        NotMigrated: the database is at another revision.
    """

    async def on_database() -> Answer:
        async with open_sessions(settings) as sessions:
            return await use_case(sessions)

    return asyncio.run(on_database())

"""A relay as a process of its own, told by its environment, without health and topic checks."""

import asyncio

from gateway.config.settings import Settings
from gateway.runtime.lifecycle import stop_signals
from gateway.wiring.relay import relays_of, run_relays


async def main() -> None:
    settings = Settings.from_environ()
    async with stop_signals() as stop:
        await run_relays(relays_of(settings), stop)


if __name__ == "__main__":
    asyncio.run(main())

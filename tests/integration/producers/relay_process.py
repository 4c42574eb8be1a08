"""A relay as a process of its own, told by its environment, without health and topic checks."""

import asyncio

from gateway.config.settings import Settings
from gateway.runtime.lifecycle import stop_signals
from gateway.wiring.relay import open_relays, run_relays


async def main() -> None:
    settings = Settings.from_environ()
    async with stop_signals() as stop, open_relays(settings) as relays:
        await run_relays(relays, stop)


if __name__ == "__main__":
    asyncio.run(main())

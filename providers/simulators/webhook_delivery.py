"""Delivery of webhooks beside a served simulator; formats and retries are the provider's."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

import httpx

_Change = TypeVar("_Change")


class WebhookSender(Protocol):
    """What delivers one simulator's changes to its webhook target."""

    async def run(self) -> None:
        """Deliver changes until cancelled."""


@asynccontextmanager
async def delivering(
    sender: Callable[[httpx.AsyncClient], WebhookSender] | None,
) -> AsyncIterator[None]:
    """Deliver webhooks for as long as the simulator is served, unless there is no sender."""
    if sender is None:
        yield
        return
    async with httpx.AsyncClient() as client, asyncio.TaskGroup() as tasks:
        delivery = tasks.create_task(sender(client).run())
        yield
        delivery.cancel()


async def next_bundle(changes: asyncio.Queue[_Change]) -> list[_Change]:
    """Return the changes that wait, as soon as there is at least one."""
    bundle = [await changes.get()]
    while not changes.empty():
        bundle.append(changes.get_nowait())
    return bundle

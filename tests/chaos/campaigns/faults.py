"""What is done to running processes; each fault is over when its function returns."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from sqlalchemy.engine import make_url

from gateway.embedded.server import Server
from tests.chaos.campaigns.clocks import Clock
from tests.chaos.campaigns.network import cut_off
from tests.chaos.process_group import ProcessGroup
from tests.fakes.served import QBO, XERO

FROZEN_S: Final = 30.0
CLOCK_STEPS_S: Final = (-60, -30, 30, 60)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault may lay hands on."""

    group: ProcessGroup
    clock: Clock
    random: Random

    def role(self) -> str:
        """Choose one of the running processes."""
        return self.random.choice(sorted(self.group.children))

    def worker(self) -> str:
        """Choose one of the provider workers."""
        workers = [role for role in self.group.children if role.startswith("worker ")]
        return self.random.choice(sorted(set(workers) - {"worker intake"}))


Fault = Callable[[Scene], Awaitable[str]]


async def kill(scene: Scene) -> str:
    """SIGKILL a process; it is started again within two seconds."""
    role = scene.role()
    await scene.group.kill(role)
    await asyncio.sleep(scene.random.uniform(0, 2))
    await scene.group.start(role)
    return role


async def freeze(scene: Scene) -> str:
    """Stop a process for half a minute, which is longer than every session and lease."""
    role = scene.role()
    child = scene.group.children[role]
    os.kill(child.pid, signal.SIGSTOP)
    await asyncio.sleep(FROZEN_S)
    os.kill(child.pid, signal.SIGCONT)
    return role


async def storm(scene: Scene) -> str:
    """Let workers come and go, so that partitions change hands again and again."""
    hit = []
    for _ in range(5):
        role = scene.worker()
        await (
            scene.group.kill(role) if scene.random.random() < 0.5 else scene.group.stop(role)
        )
        await scene.group.start(role)
        hit.append(role)
    return ", ".join(hit)


async def restart_broker(scene: Scene) -> str:
    """Restart or kill Kafka."""
    return await _restart(scene, scene.group.services.kafka)


async def restart_database(scene: Scene) -> str:
    """Restart or kill PostgreSQL."""
    return await _restart(scene, scene.group.services.postgres)


async def _restart(scene: Scene, server: Server) -> str:
    killed = scene.random.random() < 0.5
    await (server.kill() if killed else server.stop())
    await asyncio.sleep(scene.random.uniform(0, 3))
    await server.start()
    return "killed" if killed else "stopped"


async def cut(scene: Scene) -> str:
    """Cut all processes off from one service, without a word to either side."""
    services = scene.group.services
    ports = {
        "kafka": int(services.kafka.bootstrap.rpartition(":")[2]),
        "postgres": make_url(services.postgres.url).port or 5432,
        **{
            str(name): int(services.simulators[name].url.rpartition(":")[2])
            for name in (QBO, XERO)
        },
    }
    name = scene.random.choice(sorted(ports))
    seconds = scene.random.uniform(3, 15)
    async with cut_off(ports[name]):
        await asyncio.sleep(seconds)
    return f"{name} for {seconds:.0f} s"


async def step_clock(scene: Scene) -> str:
    """Step every process's wall clock, and some seconds later back."""
    seconds = scene.random.choice(CLOCK_STEPS_S)
    scene.clock.step(seconds)
    try:
        await asyncio.sleep(scene.random.uniform(3, 8))
    finally:
        scene.clock.step(0)
    return f"{seconds:+d} s"


FAULTS: Final[Mapping[str, Fault]] = {
    "kill": kill,
    "cut": cut,
    "broker": restart_broker,
    "clock": step_clock,
    "storm": storm,
    "database": restart_database,
    "freeze": freeze,
}

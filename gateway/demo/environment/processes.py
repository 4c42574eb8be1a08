"""The processes of a demo: simulators, relay, intake and workers, as they are in production."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.config.settings import PREFIX, provider_prefix
from gateway.demo.business.scenario import QBO, XERO
from gateway.demo.environment.simulators import Simulator
from gateway.embedded.managed_process import ManagedProcess
from gateway.embedded.ports import free_ports
from gateway.embedded.role_processes import RoleProcesses, command_line
from gateway.embedded.run import Run
from gateway.vault import new_key
from schemas.ids import ProviderName

_HOST: Final = "127.0.0.1"

# The apps that a simulator knows by default.
_APPS: Final = {
    QBO: ("qbo-simulator-client", "qbo-simulator-secret"),
    XERO: ("xero-simulator-app", "xero-simulator-secret"),
}
_ROLES: Final = ("relay", "worker intake", "worker qbo", "worker xero")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of the demo's databases and broker."""

    gateway_url: str
    platform_url: str
    kafka_bootstrap: str


class DemoProcesses:
    """Every process of the demo except its services."""

    def __init__(self, run: Run, addresses: Addresses) -> None:
        self._run = run
        ports = free_ports()
        self.simulators = {
            name: Simulator(name, f"http://{_HOST}:{next(ports)}") for name in _APPS
        }
        self.variables = _variables(addresses, self.simulators)
        self.roles = RoleProcesses(
            run, dict(zip(_ROLES, ports, strict=False)), environ=self.variables
        )

    async def start_simulators(self) -> None:
        """Start both simulators, and return when they answer."""
        async with asyncio.TaskGroup() as group:
            for simulator in self.simulators.values():
                group.create_task(self._start_simulator(simulator))

    async def _start_simulator(self, simulator: Simulator) -> None:
        port = simulator.address.rpartition(":")[2]
        command = command_line("simulate", simulator.provider, "--port", port)
        name = f"simulate-{simulator.provider}"
        process = ManagedProcess(self._run, name, command, environ=self.variables)
        await process.start()
        await process.until(simulator.answers)


def _variables(
    addresses: Addresses, simulators: Mapping[ProviderName, Simulator]
) -> dict[str, str]:
    """Return the whole environment of a process; no variable of this one gets in."""
    shared = {
        "PATH": os.defpath,
        f"{PREFIX}DATABASE_URL": addresses.gateway_url,
        f"{PREFIX}KAFKA_BOOTSTRAP": addresses.kafka_bootstrap,
        f"{PREFIX}VAULT_KEYS": f"demo:{new_key()}",
        f"{PREFIX}SOURCES": f"platform={addresses.platform_url}",
    }
    for name, simulator in simulators.items():
        client_id, secret = _APPS[name]
        prefix = provider_prefix(name)
        shared |= {
            f"{prefix}CLIENT_ID": client_id,
            f"{prefix}CLIENT_SECRET": secret,
            f"{prefix}REDIRECT_URI": "https://platform.example.com/callback",
            f"{prefix}API_URL": simulator.address,
            f"{prefix}AUTH_URL": simulator.address,
        }
    return shared

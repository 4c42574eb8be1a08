"""What the tests of whole processes stand on: services of their own, and both simulators.

The servers are started once for a folder of tests, because some of them restart or kill them.
Each test has databases of its own and topics that nobody has written to before.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy.engine import make_url

from gateway.config.settings import PREFIX, Settings
from gateway.database.migrate import upgrade
from gateway.embedded.kafka import Kafka, cluster
from gateway.embedded.managed_process import ManagedProcess
from gateway.embedded.ports import free_ports
from gateway.embedded.postgres import Postgres
from gateway.embedded.probe import http_ok
from gateway.embedded.role_processes import command_line
from gateway.embedded.run import Run, open_run
from gateway.embedded.services import serving
from gateway.runtime.broker import apply_topics
from gateway.vault import new_key
from providers.registry import PROVIDERS
from schemas.ids import ProviderName
from schemas.topics import catalogue
from tests.eventually import eventually
from tests.fakes.served import QBO, XERO, Simulated

TEMPLATE: Final = "migrated"
TOPICS: Final = catalogue(tuple(PROVIDERS))
_APPS: Final = {
    QBO: ("qbo-simulator-client", "qbo-simulator-secret"),
    XERO: ("xero-simulator-app", "xero-simulator-secret"),
}


@dataclass(frozen=True, slots=True)
class RunningServices:
    """Running services and simulators.

    Attributes:
        vault_key: Of every gateway that stands here, as the setting wants it.
    """

    run: Run
    postgres: Postgres
    brokers: Sequence[Kafka]
    simulators: Mapping[ProviderName, Simulated]
    vault_key: str

    @property
    def kafka(self) -> Kafka:
        """The broker, or one of them."""
        return self.brokers[0]

    @property
    def bootstrap(self) -> str:
        """The addresses of all brokers."""
        return ",".join(one.bootstrap for one in self.brokers)

    def environ(self, gateway_url: str, platform_url: str) -> dict[str, str]:
        """Return the whole environment of a process; nothing of this one's own gets in."""
        said = {
            "DATABASE_URL": gateway_url,
            "KAFKA_BOOTSTRAP": self.bootstrap,
            "VAULT_KEYS": f"chaos:{self.vault_key}",
            "SOURCES": f"platform={platform_url}",
        }
        for simulator in self.simulators.values():
            said |= simulator.variables()
        return {"PATH": os.defpath} | {PREFIX + name: value for name, value in said.items()}

    def settings(self, environ: Mapping[str, str]) -> Settings:
        """Read an environment as a process of the gateway does."""
        return Settings.from_environ(environ)


@asynccontextmanager
async def open_services(*, brokers: int = 1) -> AsyncIterator[RunningServices]:
    """Start everything; nothing of it is left afterwards."""
    async with open_run() as run:
        postgres = Postgres(run)
        nodes = [Kafka(run)] if brokers == 1 else cluster(run, brokers)
        async with serving(postgres, *nodes):
            yield await _simulated(run, postgres, nodes)


async def _simulated(run: Run, postgres: Postgres, nodes: Sequence[Kafka]) -> RunningServices:
    """Start the simulators, and make the database that others are copied from."""
    ports = free_ports()
    simulators = {
        name: Simulated(name, f"http://127.0.0.1:{next(ports)}", *app)
        for name, app in _APPS.items()
    }
    services = RunningServices(run, postgres, nodes, simulators, new_key())
    async with asyncio.TaskGroup() as starts:
        starts.create_task(_make_template(services))
        for simulator in simulators.values():
            starts.create_task(_simulate(run, simulator))
    return services


async def _make_template(services: RunningServices) -> None:
    await execute(services.postgres.url, f"CREATE DATABASE {TEMPLATE}")
    await upgrade(_named(services.postgres.url, TEMPLATE))


async def _simulate(run: Run, simulator: Simulated) -> None:
    port = simulator.url.rpartition(":")[2]
    command = command_line("simulate", simulator.name, "--port", port)
    child = ManagedProcess(
        run, f"simulate-{simulator.name}", command, environ={"PATH": os.defpath}
    )
    await child.start()

    async def answers() -> bool:
        return await http_ok(f"{simulator.url}/_simulator/clock")

    await child.until(answers)


@asynccontextmanager
async def databases(services: RunningServices) -> AsyncIterator[Sequence[str]]:
    """Have a migrated database for the gateway and an empty one for the platform."""
    end = uuid4().hex
    wanted = {f"gateway_{end}": TEMPLATE, f"platform_{end}": "template0"}
    for name, template in wanted.items():
        await execute(
            services.postgres.url,
            f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY",
        )
    try:
        yield [_named(services.postgres.url, name) for name in wanted]
    finally:
        for name in wanted:
            await execute(services.postgres.url, f"DROP DATABASE {name} WITH (FORCE)")


async def fresh_topics(bootstrap: str) -> None:
    """Delete what there is and create the catalogue; the groups' offsets go with the topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        ours = {topic.name for topic in TOPICS}

        async def gone() -> bool:
            return not ours & set(await admin.list_topics())

        if there := ours & set(await admin.list_topics()):
            await admin.delete_topics(sorted(there))
        await eventually(gone)
    finally:
        await admin.close()
    await apply_topics(bootstrap, TOPICS)


async def execute(url: str, statement: str) -> None:
    """Run one statement outside any transaction."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)

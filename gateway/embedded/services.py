"""Both services at once, embedded or somebody else's."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.embedded.kafka import Kafka
from gateway.embedded.postgres import Postgres
from gateway.embedded.run import LOGS, Run, open_run
from gateway.embedded.server import Server


@dataclass(frozen=True, slots=True)
class Services:
    """Addresses of running services, and the servers behind those that are embedded."""

    run: Run
    postgres: Postgres | None
    kafka: Kafka | None
    database_url: str
    kafka_bootstrap: str


@asynccontextmanager
async def services(
    *,
    database_url: str = "",
    kafka_bootstrap: str = "",
    durable: bool = False,
    logs: Path = LOGS,
) -> AsyncIterator[Services]:
    """Have a database and a broker: those given, and embedded ones for those that are not.

    Both start at once, and both have answered a request before the body begins. Their data
    is gone after it.

    Args:
        database_url: A database to use in place of an embedded server.
        kafka_bootstrap: A broker to use in place of an embedded node.
        durable: See :class:`Postgres`.
        logs: See :func:`open_run`.

    Raises:
        EmbeddedError: a service can't be had; the message says why, or what to install.
    """
    async with open_run(logs) as run:
        postgres = None if database_url else Postgres(run, durable=durable)
        kafka = None if kafka_bootstrap else Kafka(run)
        async with serving(*filter(None, (postgres, kafka))):
            yield Services(
                run=run,
                postgres=postgres,
                kafka=kafka,
                database_url=postgres.url if postgres else database_url,
                kafka_bootstrap=kafka.bootstrap if kafka else kafka_bootstrap,
            )


@asynccontextmanager
async def serving(*servers: Server) -> AsyncIterator[None]:
    """Have servers run, started and stopped side by side.

    Raises:
        EmbeddedError: one of them did not start.
    """
    try:
        await _start(servers)
        yield
    finally:
        async with asyncio.TaskGroup() as stops:
            for server in servers:
                stops.create_task(server.stop())


async def _start(servers: Sequence[Server]) -> None:
    try:
        async with asyncio.TaskGroup() as starts:
            for server in servers:
                starts.create_task(server.start())
    except ExceptionGroup as group:  # the first failure cancelled the other start
        raise group.exceptions[0] from None

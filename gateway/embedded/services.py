"""Both services at once, embedded or given."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.embedded.kafka import Kafka
from gateway.embedded.postgres import Postgres, package_folder
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
    """Yield a database and a broker, embedded where no address is given.

    Both start at once, and both have answered a request before the body begins. The data of
    embedded ones is removed at the end.

    Args:
        database_url: A database to use in place of an embedded server.
        kafka_bootstrap: A broker to use in place of an embedded node.
        durable: See :class:`Postgres`.
        logs: See :func:`open_run`.

    Raises:
        EmbeddedError: a service did not start; the message says why, or what to install.
    """
    if not database_url:
        package_folder()  # before anything is started
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
    """Start servers side by side, and stop them at the end.

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

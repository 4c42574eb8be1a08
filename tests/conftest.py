"""Fixtures of the whole suite: databases, the broker, and a sealed-off environment.

The suite only reads the addresses of its services. `make test` starts embedded ones and
passes them; any PostgreSQL whose user may create databases, and any Kafka, will do.
"""

import os
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from sqlalchemy.engine import make_url
from xdist.scheduler import LoadScopeScheduling

_DATABASE: Final = "LEDGERLANE_TEST_DATABASE_URL"
_KAFKA: Final = "LEDGERLANE_TEST_KAFKA_BOOTSTRAP"
_LOOPBACK: Final = ("127.", "::1", "localhost", "::ffff:127.")
_END_SLOTS: Final = """
    SELECT pg_terminate_backend(active_pid, 10000)
      FROM pg_replication_slots
     WHERE database = $1 AND active_pid IS NOT NULL"""

# How long an example takes, or is drawn, is the machine's business and not the code's.
settings.register_profile(
    "ledgerlane", deadline=None, suppress_health_check=(HealthCheck.too_slow,)
)
settings.load_profile("ledgerlane")


def _block_outgoing_sockets(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in ("socket.connect", "socket.sendto"):
        return
    address = arguments[1]
    if isinstance(address, tuple) and not str(address[0]).startswith(_LOOPBACK):
        pytest.fail(f"a test reached for {address[0]}: only this machine may be reached")


sys.addaudithook(_block_outgoing_sockets)

# Laws that are tried in a campaign: `pytest --hypothesis-profile=campaign --timeout=0 ...`.
settings.register_profile("campaign", max_examples=10_000)


class TwoLanes(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Whole processes on one worker, all else on the other; in each one test after the other.

    Tests of both wait most of the time. Within a lane they share topics that have fixed names,
    and the time that a process may take.
    """

    def _split_scope(self, nodeid: str) -> str:
        folder = Path(nodeid.partition("::")[0]).parent.name
        return "processes" if folder in ("e2e", "chaos") else "parts"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> TwoLanes | None:
    """Let `make test` run two lanes.

    The marks of xdist's own groups are not used: pytest 9.2 ignores the change of a test's id
    by which xdist 3.8 tells its groups, and so would run each test wherever there is room.
    """
    return TwoLanes(config, log) if config.getoption("dist") == "loadgroup" else None


@pytest.fixture(autouse=True)
def _scrubbed_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the settings of whoever runs the suite."""
    for name in [name for name in os.environ if name.startswith("LEDGERLANE_")]:
        if name not in (_DATABASE, _KAFKA):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def kafka_bootstrap() -> str:
    """The address of a Kafka broker, shared by all tests: use topics and groups of your own."""
    return _address(_KAFKA)


@pytest.fixture(scope="session")
def database_server() -> str:
    """The SQLAlchemy URL of a database server whose user may create databases."""
    return _address(_DATABASE)


@pytest_asyncio.fixture
async def database_url(database_server: str) -> AsyncIterator[str]:
    """The SQLAlchemy URL of an empty database, dropped after the test."""
    async with _new_database(database_server, template="template0") as url:
        yield url


@pytest_asyncio.fixture
async def migrated_database_url(database_server: str, _migrated: str) -> AsyncIterator[str]:
    """The SQLAlchemy URL of a database at the newest migration, dropped after the test."""
    async with _new_database(database_server, template=_migrated) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_database_url(database_server: str, _migrated: str) -> AsyncIterator[str]:
    """The SQLAlchemy URL of a database at the newest migration, for all tests of a module."""
    async with _new_database(database_server, template=_migrated) as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _migrated(database_server: str) -> AsyncIterator[str]:
    """The name of a database at the newest migration, to be copied."""
    from gateway.database.migrate import upgrade  # the suites of pure code need none of it

    async with _new_database(database_server, template="template0") as url:
        await upgrade(url)
        name = make_url(url).database
        assert name is not None
        yield name


@asynccontextmanager
async def _new_database(server: str, *, template: str) -> AsyncIterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    await _execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        # Who reads the log for a test that has ended may still be about to notice that; no
        # database is dropped from under a slot that is in use, not even by force.
        await _execute(server, _END_SLOTS, name)
        await _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(server: str, statement: str, *values: str) -> None:
    url = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement, *values)
    finally:
        await connection.close()


def _address(variable: str) -> str:
    address = os.environ.get(variable)
    if not address:
        pytest.fail(f"{variable} is not set: `make test` starts the services and sets it")
    return address

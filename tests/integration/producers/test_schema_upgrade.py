"""Relays on an outbox of version 1: refused, and after its upgrade nothing lost or repeated."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gateway.config.settings import Settings
from gateway.http.health import health_app
from gateway.wiring.relay import relays_of, run_relays, version_checks
from ledgerlane_outbox import install
from producers import outbox_version
from producers.errors import UnsupportedOutbox
from producers.relay import Relay
from producers.relay_policy import RelayPolicy
from producers.sources.snapshot.source import SnapshotSource
from producers.sources.source import Parked
from producers.sources.wal.source import WalSession, WalSource
from tests.contracts.source import drain, first_batch
from tests.eventually import eventually
from tests.fakes.environment import environment
from tests.fakes.publisher import MemoryPublisher
from tests.integration.outbox.earlier_versions import install_version
from tests.integration.producers.wal import commit, emit, execute, settle

_DECIDE = "UPDATE ledgerlane_outbox_parked SET verdict = 'retry' WHERE payload = 'first'"
_PARKED = "SELECT count(*) FROM ledgerlane_outbox_parked"


@pytest_asyncio.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A database with an outbox of version 1."""
    engine = create_async_engine(database_url)
    try:
        async with engine.begin() as connection:
            await install_version(connection, 1)
        yield engine
    finally:
        await engine.dispose()


@pytest.fixture(params=["table", "log"])
def source(request: pytest.FixtureRequest, database_url: str) -> SnapshotSource | WalSource:
    if request.param == "table":
        return SnapshotSource(database_url, name="test")
    return WalSource(database_url, name="test")


async def relay_on_version_1(
    engine: AsyncEngine, source: SnapshotSource | WalSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leave rows that are published, parked, decided on and pending, as a relay of then did."""
    # Between the versions no statement on rows and cursors has changed, only that on decisions.
    with monkeypatch.context() as patch:
        patch.setattr(outbox_version, "SCHEMA_VERSION", 1)
        async with source.session() as session:
            if isinstance(session, WalSession):
                await settle(session)
            await commit(engine, b"published")
            assert await drain(session, 1) == [b"published"]
            await commit(engine, b"first", b"behind", key="held")
            batch = await first_batch(session, 2)
            reasons = zip(batch.rows, ["too large", "waits behind a parked row"], strict=True)
            await batch.acknowledge(
                [Parked(row[0], why, holds_key=True) for row, why in reasons]
            )
    await execute(engine, _DECIDE)
    await commit(engine, b"pending")


@pytest.mark.accepts("CFG-07")
async def test_after_an_upgrade_nothing_is_lost_and_nothing_published_twice(
    engine: AsyncEngine,
    source: SnapshotSource | WalSource,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await relay_on_version_1(engine, source, monkeypatch)
    expected = [b"behind", b"first", b"pending"]
    if isinstance(source, WalSource):
        expected.insert(1, b"emitted")
        async with engine.begin() as connection:
            await emit(connection, b"emitted")
    async with engine.begin() as connection:
        await install(connection)
    publisher, stop = MemoryPublisher("events"), asyncio.Event()

    async def all_came() -> bool:
        is_parked = await execute(engine, _PARKED)
        return not is_parked and len(publisher.payloads("events")) >= len(expected)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Relay(source, publisher, RelayPolicy()).run(stop))
        await eventually(all_came)
        await commit(engine, b"later")
        expected.append(b"later")
        await eventually(all_came)
        stop.set()
    published = publisher.payloads("events")
    assert sorted(published) == sorted(expected)
    assert published.index(b"first") < published.index(b"behind")


async def test_a_relay_refuses_version_1_until_it_is_upgraded(
    engine: AsyncEngine, source: SnapshotSource | WalSource
) -> None:
    await commit(engine, b"pending")
    remedy = r"test: its outbox has version 1, .* upgrade it .* ledgerlane_outbox\.install"
    with pytest.raises(UnsupportedOutbox, match=remedy):
        async with source.session():
            pass
    publisher, stop = MemoryPublisher("events"), asyncio.Event()
    relay = Relay(source, publisher, RelayPolicy())

    async def refuses() -> bool:
        return "upgrade it" in relay.refusal

    async def has_published() -> bool:
        return publisher.payloads("events") == [b"pending"]

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(relay.run(stop))
        await eventually(refuses)
        assert not publisher.payloads("events")
        async with engine.begin() as connection:
            await install(connection)
        await eventually(has_published)
        assert not relay.refusal
        stop.set()


async def test_readiness_names_a_refused_outbox_and_its_remedy(
    engine: AsyncEngine, database_url: str, kafka_bootstrap: str
) -> None:
    environ = environment(DATABASE_URL=database_url, KAFKA_BOOTSTRAP=kafka_bootstrap)
    relays, stop = relays_of(Settings.from_environ(environ)), asyncio.Event()
    app = health_app(version_checks(relays))
    transport = httpx.ASGITransport(app)

    async def readiness() -> tuple[int, str]:
        async with httpx.AsyncClient(transport=transport, base_url="http://role") as role:
            answer = await role.get("/readyz")
        return answer.status_code, answer.json()["outbox_version:gateway"]

    async def is_unready() -> bool:
        status, what = await readiness()
        return status == 503 and "version 1" in what and "upgrade it" in what

    async def is_ready() -> bool:
        return await readiness() == (200, "ok")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_relays(relays, stop))
        await eventually(is_unready)
        async with engine.begin() as connection:
            await install(connection)
        await eventually(is_ready)
        stop.set()


async def test_a_relay_refuses_a_database_without_an_outbox(
    engine: AsyncEngine, source: SnapshotSource | WalSource
) -> None:
    await execute(engine, "ALTER FUNCTION ledgerlane_outbox_version() RENAME TO something_else")
    with pytest.raises(UnsupportedOutbox, match="has no outbox"):
        async with source.session():
            pass

"""Relays on an earlier outbox: refused, and after its upgrade nothing lost or repeated."""

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
from tests.integration.producers.earlier_relay import relay_as_of_version
from tests.integration.producers.events import append_as_version_2, event
from tests.integration.producers.wal import emit, execute, settle

_DECIDE = "UPDATE ledgerlane_outbox_parked SET {} = 'retry' WHERE payload = 'first'"
_DECISION = {1: "verdict", 2: "decision"}
_PARKED = "SELECT count(*) FROM ledgerlane_outbox_parked"


@pytest.fixture(params=[1, 2])
def version(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


@pytest_asyncio.fixture
async def engine(database_url: str, version: int) -> AsyncIterator[AsyncEngine]:
    """A database with an outbox of an earlier version."""
    engine = create_async_engine(database_url)
    try:
        async with engine.begin() as connection:
            await install_version(connection, version)
        yield engine
    finally:
        await engine.dispose()


async def commit(engine: AsyncEngine, *payloads: bytes, key: str = "k") -> None:
    """Append events in one transaction, as writers of then do, before an upgrade or after."""
    async with engine.begin() as connection:
        for payload in payloads:
            await append_as_version_2(connection, event(payload, key))


@pytest.fixture(params=["table", "log"])
def source(request: pytest.FixtureRequest, database_url: str) -> SnapshotSource | WalSource:
    if request.param == "table":
        return SnapshotSource(database_url, name="test")
    return WalSource(database_url, name="test")


async def relay_before(
    engine: AsyncEngine,
    source: SnapshotSource | WalSource,
    version: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Leave rows that are published, parked, decided on and pending, as a relay of then did."""
    with monkeypatch.context() as patch:
        relay_as_of_version(version, patch)
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
    await execute(engine, _DECIDE.format(_DECISION[version]))
    await commit(engine, b"pending")


@pytest.mark.accepts("CFG-07")
async def test_after_an_upgrade_nothing_is_lost_and_nothing_published_twice(
    engine: AsyncEngine,
    source: SnapshotSource | WalSource,
    version: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await relay_before(engine, source, version, monkeypatch)
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


async def test_a_relay_refuses_an_earlier_version_until_it_is_upgraded(
    engine: AsyncEngine, source: SnapshotSource | WalSource, version: int
) -> None:
    await commit(engine, b"pending")
    remedy = rf"its outbox has version {version}, .* upgrade it .* ledgerlane_outbox\.install"
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
    engine: AsyncEngine, version: int, database_url: str, kafka_bootstrap: str
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
        return status == 503 and f"version {version}" in what and "upgrade it" in what

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

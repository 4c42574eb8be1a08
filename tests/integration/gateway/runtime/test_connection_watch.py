"""The watch over connections: who is told what, once, by the rows and events that are left."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.cli.app import app
from gateway.cli.failures import run
from gateway.database.sessions import Sessions
from gateway.runtime.connection_watch import ConnectionWatch
from gateway.runtime.lifecycle import running_beside
from providers.connections import Connection, ConnectionState, ConnectionStore
from providers.reasons import GRANT_REFUSED
from schemas.connection_alert import EXPIRED, EXPIRING, ConnectionAlert
from tests.eventually import eventually
from tests.fakes.environment import environment
from tests.integration.gateway.connecting import NOW, store_connection

DAY = timedelta(days=1)
TOLD = text("SELECT type, tenant_id, payload FROM ledgerlane_outbox ORDER BY seq")
SET_ENDS = text(
    "UPDATE grants SET refresh_expires_at = :refresh, consent_expires_at = :consent"
)


class WatchedCompany:
    """One company whose consent ends, and a clock."""

    def __init__(self, engine: AsyncEngine, connection: Connection) -> None:
        self.engine = engine
        self.connection = connection
        self.now = NOW
        self.watch = ConnectionWatch(Sessions(engine), now=lambda: self.now)

    async def ends(self, refresh: datetime, consent: datetime | None = None) -> None:
        async with self.engine.begin() as database:
            await database.execute(SET_ENDS, {"refresh": refresh, "consent": consent})

    async def expire(self) -> None:
        async with self.engine.begin() as database:
            store = ConnectionStore(database)
            seen = await store.get(self.connection.id)
            assert seen is not None
            await store.expire(seen, GRANT_REFUSED.reason("invalid_grant"), now=self.now)

    async def set_state(self, state: ConnectionState) -> None:
        async with self.engine.begin() as database:
            await ConnectionStore(database).set_state(self.connection.id, state, now=self.now)

    async def look(self, now: datetime) -> None:
        self.now = now
        await self.watch.look()

    async def told(self) -> Sequence[tuple[str, ConnectionAlert]]:
        async with self.engine.connect() as database:
            rows = (await database.execute(TOLD)).all()
        return [(row.type, ConnectionAlert.model_validate_json(row.payload)) for row in rows]

    async def thresholds(self) -> list[int | None]:
        return [alert.threshold_days for _, alert in await self.told()]

    async def open_codes(self) -> list[str]:
        async with self.engine.connect() as database:
            found = await database.execute(
                text("SELECT code FROM connection_alerts WHERE closed_at IS NULL ORDER BY 1")
            )
            return list(found.scalars())


@pytest_asyncio.fixture
async def company(engine: AsyncEngine) -> AsyncIterator[WatchedCompany]:
    yield WatchedCompany(engine, await store_connection(engine, "t1", "r1"))


@pytest.mark.parametrize("consent", [False, True])
async def test_each_threshold_is_told_once_with_the_right_number(
    company: WatchedCompany, *, consent: bool
) -> None:
    """Day by day, as often as one looks, from two months before the end until after it."""
    end = NOW + 60 * DAY
    await company.ends(end, end if consent else None)
    for half_days in range(2 * 61):
        at = NOW + half_days * DAY / 2
        for _ in range(2):
            await company.look(at)
    told = await company.told()
    thresholds = [30, 14, 7, 2, 0] if consent else [14, 7, 2, 0]
    assert [alert.threshold_days for _, alert in told] == thresholds
    assert [alert.days_left for _, alert in told] == thresholds
    assert {kind for kind, _ in told} == {EXPIRING}
    assert {alert.ends_at for _, alert in told} == {end}
    code = "consent_ending" if consent else "refresh_token_ending"
    assert await company.open_codes() == [code], "one alert, whose threshold fell"


async def test_after_a_standstill_the_last_threshold_is_told_and_no_other(
    company: WatchedCompany,
) -> None:
    await company.ends(NOW + 5 * DAY)
    await company.look(NOW)
    assert await company.thresholds() == [7]
    await company.look(NOW + 5 * DAY)
    assert await company.thresholds() == [7, 0]


async def test_several_watches_at_once_tell_it_once(
    engine: AsyncEngine, company: WatchedCompany
) -> None:
    await company.ends(NOW + 14 * DAY)
    watches = [ConnectionWatch(Sessions(engine), now=lambda: NOW) for _ in range(8)]
    await asyncio.gather(*(one.look() for one in watches))
    assert await company.thresholds() == [14]


async def test_a_new_token_ends_the_alert_and_the_next_round_is_told_again(
    company: WatchedCompany,
) -> None:
    await company.ends(NOW + 7 * DAY)
    await company.look(NOW)
    await company.ends(NOW + 100 * DAY)
    await company.look(NOW + DAY)
    assert await company.open_codes() == []
    await company.look(NOW + 86 * DAY)
    assert await company.thresholds() == [7, 14]


async def test_a_consent_that_is_gone_is_told_once_and_is_over_when_connected_again(
    company: WatchedCompany,
) -> None:
    await company.ends(NOW + 2 * DAY)
    await company.look(NOW)
    await company.expire()
    for _ in range(3):
        await company.look(NOW)
    (_, ending), (kind, gone) = await company.told()
    assert ending.threshold_days == 2
    assert (kind, gone.state, gone.ends_at) == (EXPIRED, "expired", None)
    assert (gone.reason.code, gone.reason.provider_code) == ("grant_refused", "invalid_grant")
    assert await company.open_codes() == ["grant_refused"], "the warning is over"
    await company.ends(NOW + 100 * DAY)
    await company.set_state(ConnectionState.CONNECTED)
    await company.look(NOW)
    assert await company.open_codes() == []
    await company.expire()
    await company.look(NOW)
    assert len(await company.told()) == 3, "it is gone once more"


async def test_what_is_disconnected_on_request_alerts_nobody(company: WatchedCompany) -> None:
    await company.expire()
    await company.look(NOW)
    await company.set_state(ConnectionState.DISCONNECTED)
    await company.look(NOW)
    assert await company.open_codes() == []
    assert len(await company.told()) == 1


async def test_who_is_connected_again_while_the_watch_looks_is_not_alerted(
    engine: AsyncEngine, company: WatchedCompany
) -> None:
    """The watch waits for who holds the row, and tells how it stands then."""
    await company.expire()
    async with engine.connect() as admin, asyncio.TaskGroup() as group:
        await admin.execute(text("UPDATE connections SET state = 'connected', reason = NULL"))
        looking = group.create_task(company.look(NOW))

        async def waits() -> bool:
            async with engine.connect() as database:
                found = "SELECT count(*) FROM pg_locks WHERE NOT granted"
                return bool(await database.scalar(text(found)))

        await eventually(waits)
        await admin.commit()
        await looking
    assert await company.told() == []


def shown(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"provider": "qbo", **labels})


async def test_open_alerts_and_first_ends_are_metrics(
    company: WatchedCompany,
) -> None:
    await store_connection(company.engine, "t2", "r2")
    await company.ends(NOW + 14 * DAY, NOW + 90 * DAY)
    async with running_beside(company.watch.run()):

        async def counted() -> bool:
            name = "ledgerlane_connection_alerts_open"
            return shown(name, code="refresh_token_ending") == 2

        async def looked() -> bool:
            return len(await company.told()) == 2

        await eventually(looked)
        await company.watch.count()
        await eventually(counted)
    assert shown("ledgerlane_connection_days_left", end="refresh_token") == 14
    assert shown("ledgerlane_connection_days_left", end="consent") == 90


async def test_what_ends_in_weeks_is_not_told_yet(
    company: WatchedCompany,
) -> None:
    await company.ends(NOW + 50 * DAY, NOW + 500 * DAY)
    await company.look(NOW)
    assert await company.told() == []


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch, migrated_database_url: str) -> None:
    for name, value in environment(DATABASE_URL=migrated_database_url).items():
        monkeypatch.setenv(name, value)


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    capsys.readouterr()  # what the watch logs
    assert run(app, ["tokens", "alerts", "--json", *arguments]) == 0
    out = capsys.readouterr().out  # behind the line of a session over all tenants
    found: list[dict[str, Any]] = json.loads(out[out.index("[\n") :])
    return found


@pytest.mark.usefixtures("variables")
async def test_open_alerts_are_listed_for_operators_and_for_one_tenant(
    company: WatchedCompany, capsys: pytest.CaptureFixture[str]
) -> None:
    await store_connection(company.engine, "t2", "r2")
    await company.ends(NOW + 7 * DAY)
    await company.expire()
    await company.look(NOW)
    everyone = await asyncio.to_thread(listed, capsys)
    assert [(one["tenant_id"], one["code"]) for one in everyone] == [
        ("t1", "grant_refused"),
        ("t2", "refresh_token_ending"),
    ]
    own = await asyncio.to_thread(listed, capsys, "--tenant", "t2")
    assert [one["tenant_id"] for one in own] == ["t2"]
    assert await asyncio.to_thread(run, app, ["tokens", "alerts"]) == 0
    _, first, _ = capsys.readouterr().out.splitlines()
    assert "Connect the company again." in first

"""Idle grants over weeks and years: PostgreSQL, simulators over HTTP, and clocks that jump."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.config.settings import Settings
from gateway.database.sessions import Sessions
from gateway.runtime.keep_alive import KeepAlive
from gateway.runtime.lifecycle import running_beside, utc_now
from gateway.vault import AesVault
from providers.connections import Connection, ConnectionState, ConnectionStore
from providers.errors import Unauthorized, Unavailable
from providers.tokens import VaultedTokens
from schemas.ids import TenantId
from tests.eventually import eventually
from tests.fakes.served import QBO_REALMS, XERO_REALMS, Simulated
from tests.integration.gateway.connecting import connect, workers

MakeSettings = Callable[..., Settings]
REALMS = {"qbo": QBO_REALMS[0], "xero": XERO_REALMS[0]}
DAY = timedelta(days=1)
TENANT = TenantId("t1")
each_provider = pytest.mark.parametrize("name", ["qbo", "xero"])


@dataclass
class Clock:
    """The time that the gateway and a simulator share."""

    simulator: Simulated
    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    def advance(self, by: timedelta) -> None:
        self.ahead += by
        self.simulator.control("clock", {"advance_s": by.total_seconds()})


@dataclass
class Idle:
    """Companies that nobody works with, and what keeps their grants alive."""

    clock: Clock
    connections: Sequence[Connection]
    tokens: VaultedTokens
    keep_alive: KeepAlive

    def refreshes(self) -> int:
        return self.clock.simulator.token_requests() - 1  # the exchange

    async def days(self, count: int, *, step: int = 1) -> None:
        """Let days pass; the worker looks for grants that are due every so many of them."""
        for _ in range(0, count, step):
            self.clock.advance(step * DAY)
            while await self.keep_alive.use_next():
                pass

    async def until_due(self, engine: AsyncEngine) -> None:
        """Let time pass until the first grant is due."""
        async with engine.connect() as database:
            due = await database.scalar(text("SELECT min(keep_alive_at) FROM grants"))
        assert due is not None
        self.clock.advance(due - self.clock())


@pytest.fixture
def settings(make_settings: MakeSettings, qbo: Simulated, xero: Simulated) -> Settings:
    return make_settings(qbo, xero)


@asynccontextmanager
async def idle(
    settings: Settings, simulator: Simulated, engine: AsyncEngine, *realms: str
) -> AsyncIterator[Idle]:
    connections = await connect(settings, simulator, *(realms or [REALMS[simulator.name]]))
    clock = Clock(simulator)
    async with workers(settings, now=clock) as (tokens,):
        keep_alive = KeepAlive(
            simulator.name,
            tokens,
            open_session=Sessions(engine).session,
            vault=AesVault(settings.vault_keys),
            now=clock,
        )
        yield Idle(clock, connections, tokens, keep_alive)


async def state_of(engine: AsyncEngine, connection: Connection) -> ConnectionState:
    async with engine.connect() as database:
        found = await ConnectionStore(database).get(connection.id)
    assert found is not None
    return found.state


@pytest.mark.accepts("TOK-04")
@pytest.mark.parametrize(("name", "least", "most"), [("qbo", 2, 4), ("xero", 5, 6)])
async def test_an_idle_company_is_left_alone_but_for_what_keeps_its_consent(
    settings: Settings,
    engine: AsyncEngine,
    name: str,
    least: int,
    most: int,
    request: pytest.FixtureRequest,
) -> None:
    """In 200 days the refresh token of either provider would have ended, were it not used."""
    simulator: Simulated = request.getfixturevalue(name)
    async with idle(settings, simulator, engine) as company:
        await company.days(7)
        assert company.refreshes() == 0
        await company.days(193)
        assert least <= company.refreshes() <= most
        assert await company.tokens.access_token(company.connections[0].id, TENANT)
    assert await state_of(engine, company.connections[0]) is ConnectionState.CONNECTED


async def test_a_consent_that_ends_whatever_is_done_is_not_used_in_vain(
    settings: Settings, qbo: Simulated, engine: AsyncEngine
) -> None:
    """Intuit's tokens end with the consent: before that a refresh moves nothing away."""
    async with idle(settings, qbo, engine) as company:
        await company.days(5 * 365, step=5)
        async with engine.connect() as database:
            due = await database.scalar(text("SELECT keep_alive_at FROM grants"))
        assert due is None
        assert company.refreshes() <= 5 * 365 // 50 + 1


async def test_while_a_provider_is_away_a_grant_is_tried_every_hour(
    settings: Settings, qbo: Simulated, engine: AsyncEngine
) -> None:
    async with idle(settings, qbo, engine) as company:
        await company.until_due(engine)
        qbo.control("faults", {"name": "down", "kind": "unavailable", "path": "tokens/bearer"})
        with pytest.raises(Unavailable):
            await company.keep_alive.use_next()
        assert not await company.keep_alive.use_next(), "it is another's for an hour"
        qbo.lift("down")
        company.clock.advance(timedelta(hours=1))
        assert await company.keep_alive.use_next()
    assert await state_of(engine, company.connections[0]) is ConnectionState.CONNECTED


async def test_a_consent_that_was_taken_back_is_found_out_and_not_used_again(
    settings: Settings, qbo: Simulated, engine: AsyncEngine
) -> None:
    async with idle(settings, qbo, engine) as company:
        await company.until_due(engine)
        qbo.control(f"connections/{REALMS['qbo']}/disconnect", {})
        with pytest.raises(Unauthorized):
            await company.keep_alive.use_next()
        assert await state_of(engine, company.connections[0]) is ConnectionState.EXPIRED
        await company.days(3)
        assert company.refreshes() == 1


@each_provider
async def test_workers_and_keepers_refresh_once(
    settings: Settings, engine: AsyncEngine, name: str, request: pytest.FixtureRequest
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    async with (
        idle(settings, simulator, engine) as company,
        workers(settings, now=company.clock, count=3) as others,
    ):
        await company.until_due(engine)
        async with asyncio.TaskGroup() as group:
            for one in others:
                group.create_task(one.access_token(company.connections[0].id, TENANT))
            for _ in range(3):
                group.create_task(company.keep_alive.use_next())
        assert company.refreshes() == 1


async def test_a_consent_of_several_organisations_is_used_once(
    settings: Settings, xero: Simulated, engine: AsyncEngine
) -> None:
    async with idle(settings, xero, engine, *XERO_REALMS) as both:
        await both.until_due(engine)
        async with asyncio.TaskGroup() as group:
            used = [group.create_task(both.keep_alive.use_next()) for _ in range(4)]
        assert sum(one.result() for one in used) == 1
        assert both.refreshes() == 1


async def test_a_grant_that_is_due_is_used_beside_a_workers_lanes(
    settings: Settings, qbo: Simulated, engine: AsyncEngine
) -> None:
    async with idle(settings, qbo, engine) as company:
        await company.until_due(engine)
        async with running_beside(company.keep_alive.run()):

            async def used() -> bool:
                return company.refreshes() == 1

            await eventually(used)

"""Keys of the database, as the API's processes find them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.config.variables import ApiKey
from gateway.database.sessions import Sessions
from gateway.errors import NoSuchKey
from gateway.identity.authentication import REMEMBERED_S, Authenticator
from gateway.identity.principal import ALL_SCOPES, Principal, Scope
from gateway.identity.secret import new_secret
from gateway.operations.keys import create_key, list_keys, revoke_key
from schemas.ids import TenantId

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
T1, T2 = TenantId("t1"), TenantId("t2")
SCOPES = frozenset({Scope.RECORDS_READ, Scope.TASKS_READ})


@dataclass
class KeyHarness:
    """One process that authenticates, whose time the test lets pass."""

    engine: AsyncEngine
    passed: timedelta = timedelta()
    authenticator: Authenticator = field(init=False)

    def __post_init__(self) -> None:
        self.sessions = Sessions(self.engine)
        self.authenticator = Authenticator(
            self.sessions,
            (ApiKey("ops", "k" * 32),),
            now=self.now,
            monotonic_s=self.monotonic_s,
        )

    def now(self) -> datetime:
        return START + self.passed

    def monotonic_s(self) -> float:
        return self.passed.total_seconds()

    async def create(self, tenant: TenantId | None = T1, days: int = 1) -> tuple[str, str]:
        """Return the id and the secret of a new key."""
        key, secret = await create_key(
            self.sessions,
            "crm",
            tenant=tenant,
            scopes=SCOPES,
            lasts=timedelta(days=days),
            now=self.now(),
        )
        return str(key.id), secret

    async def principal_of(self, secret: str) -> Principal | None:
        return await self.authenticator.principal_of(secret)


@pytest.fixture
def harness(engine: AsyncEngine) -> KeyHarness:
    return KeyHarness(engine)


async def test_a_key_opens_what_it_was_made_for(harness: KeyHarness) -> None:
    key, secret = await harness.create()
    found = await harness.principal_of(secret)
    assert found is not None
    assert (found.id, found.name, found.tenant, found.scopes) == (
        f"key:{key}",
        "crm",
        T1,
        SCOPES,
    )
    assert await harness.principal_of(new_secret()) is None
    assert await harness.principal_of(secret.upper()) is None


async def test_a_key_of_the_settings_may_do_everything_also_without_a_database(
    harness: KeyHarness,
) -> None:
    await harness.engine.dispose()
    found = await harness.principal_of("k" * 32)
    assert found is not None
    assert (found.id, found.tenant, found.scopes) == ("settings:ops", None, ALL_SCOPES)


async def test_the_database_holds_no_secret(harness: KeyHarness) -> None:
    _, secret = await harness.create()
    async with harness.engine.begin() as database:
        row = (await database.execute(text("SELECT k::text FROM api_keys AS k"))).scalar_one()
    assert secret[:12] in row
    assert secret[12:] not in row


async def test_a_revoked_key_is_refused_within_seconds_and_at_once_elsewhere(
    harness: KeyHarness,
) -> None:
    key, secret = await harness.create()
    assert await harness.principal_of(secret)
    revoked = await revoke_key(harness.sessions, UUID(key), now=harness.now())
    assert revoked.revoked_at == START
    assert await KeyHarness(harness.engine).principal_of(secret) is None
    harness.passed += timedelta(seconds=REMEMBERED_S)
    assert await harness.principal_of(secret) is None
    again = await revoke_key(harness.sessions, UUID(key), now=harness.now())
    assert again.revoked_at == START


async def test_an_expired_key_is_refused_to_the_second(harness: KeyHarness) -> None:
    _, secret = await harness.create(days=1)
    harness.passed = timedelta(days=1, seconds=-1)
    assert await harness.principal_of(secret)
    harness.passed = timedelta(days=1)
    assert await harness.principal_of(secret) is None


async def test_a_busy_key_is_looked_up_once_in_five_seconds(harness: KeyHarness) -> None:
    _, secret = await harness.create()
    assert await harness.principal_of(secret)
    async with harness.engine.begin() as database:
        await database.execute(text("DELETE FROM api_keys"))
    harness.passed += timedelta(seconds=REMEMBERED_S - 0.1)
    assert await harness.principal_of(secret)
    harness.passed += timedelta(seconds=0.1)
    assert await harness.principal_of(secret) is None


async def last_use(harness: KeyHarness) -> datetime | None:
    (key,) = await list_keys(harness.sessions, T1)
    return key.last_used_at


async def test_the_last_use_is_stored_once_a_minute(harness: KeyHarness) -> None:
    _, secret = await harness.create()
    assert await last_use(harness) is None
    for seconds, stored in ((0, 0), (50, 0), (60, 60), (70, 60)):
        harness.passed = timedelta(seconds=seconds)
        assert await harness.principal_of(secret)
        assert await last_use(harness) == START + timedelta(seconds=stored)


async def test_a_tenants_keys_are_listed_alone_and_all_where_none_is_named(
    harness: KeyHarness,
) -> None:
    for tenant in (T1, T2, None):
        await harness.create(tenant)
    assert [one.tenant_id for one in await list_keys(harness.sessions, T2)] == [T2]
    assert {one.tenant_id for one in await list_keys(harness.sessions, None)} == {T1, T2, None}


async def test_a_scope_that_this_program_does_not_know_is_left_out(
    harness: KeyHarness,
) -> None:
    _, secret = await harness.create()
    async with harness.engine.begin() as database:
        await database.execute(text("UPDATE api_keys SET scopes = scopes || '{new:one}'"))
    found = await harness.principal_of(secret)
    assert found is not None
    assert found.scopes == SCOPES


async def test_a_key_that_is_not_there_is_not_revoked(harness: KeyHarness) -> None:
    with pytest.raises(NoSuchKey, match="ledgerlane keys list"):
        await revoke_key(harness.sessions, UUID(int=1), now=START)

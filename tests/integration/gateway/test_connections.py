"""Connections in PostgreSQL, and the laws that the database itself keeps."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.vault import AesVault, new_key, read_keys
from providers.base import Profile
from providers.connections import (
    Company,
    Connection,
    ConnectionState,
    ConnectionStore,
    RealmTaken,
)
from providers.grants import CannotOpen, GrantStore, Vault
from providers.oauth import Token
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
QBO = ProviderName("qbo")
ACCESS, REFRESH = "canary-access-token", "canary-refresh-token"


def token() -> Token:
    return Token(ACCESS, REFRESH, NOW + timedelta(hours=1), NOW + timedelta(days=100), ("a",))


def vault() -> AesVault:
    return AesVault(read_keys(f"k1:{new_key()}"))


async def store(
    engine: AsyncEngine, tenant: str, realm: str, sealing: Vault | None = None
) -> ConnectionId:
    profile = Profile(f"Company {realm}", "US", "USD", {"rates": ["8.25"]})
    company = Company(
        ConnectionId(uuid4()), TenantId(tenant), QBO, RealmId(realm), "sandbox", profile
    )
    async with engine.begin() as database:
        grants = GrantStore(database, sealing or vault())
        grant = await grants.add(company.tenant_id, QBO, token(), consent_life=None, now=NOW)
        return await ConnectionStore(database).save_connected(company, grant, now=NOW)


async def of_tenant(engine: AsyncEngine, tenant: str) -> Sequence[Connection]:
    async with engine.connect() as database:
        return await ConnectionStore(database).of_tenant(TenantId(tenant))


async def default_realm(engine: AsyncEngine, tenant: str) -> str | None:
    async with engine.connect() as database:
        found = await ConnectionStore(database).default_for(TenantId(tenant), QBO)
    return found.realm_id if found else None


async def test_what_is_stored_is_read(engine: AsyncEngine) -> None:
    connection_id = await store(engine, "t1", "r1")
    async with engine.connect() as database:
        found = await ConnectionStore(database).get(connection_id)
    assert found is not None
    assert (found.tenant_id, found.realm_id, found.state) == ("t1", "r1", "connected")
    assert found.realm.profile == {"rates": ["8.25"]}
    assert found.token_expires_at == NOW + timedelta(hours=1)
    assert found.scopes == ("a",)


async def test_a_realm_never_belongs_to_two_tenants(engine: AsyncEngine) -> None:
    await store(engine, "t1", "r1")
    with pytest.raises(RealmTaken):
        await store(engine, "t2", "r1")
    assert not await of_tenant(engine, "t2")
    with pytest.raises(IntegrityError):
        async with engine.begin() as database:
            await database.execute(
                text("""
                    INSERT INTO connections (id, tenant_id, provider, realm_id, environment,
                        state, company_name, country, currency, profile, is_default,
                        connected_at, updated_at)
                    SELECT gen_random_uuid(), 't2', provider, realm_id, environment,
                        'disconnected', company_name, country, currency, profile, false,
                        connected_at, updated_at FROM connections
                """)
            )


@pytest.mark.accepts("CON-12")
async def test_the_first_connection_is_the_default_until_another_is_chosen(
    engine: AsyncEngine,
) -> None:
    for tenant, realm in (("t1", "r1"), ("t1", "r2"), ("t2", "r3")):
        await store(engine, tenant, realm)
    assert await default_realm(engine, "t1") == "r1"
    second = (await of_tenant(engine, "t1"))[1]
    async with engine.begin() as database:
        await ConnectionStore(database).make_default(second.id, now=NOW)
    assert await default_realm(engine, "t1") == "r2"
    assert await default_realm(engine, "t2") == "r3"


async def test_the_database_knows_one_default_alone(engine: AsyncEngine) -> None:
    await store(engine, "t1", "r1")
    await store(engine, "t1", "r2")
    with pytest.raises(IntegrityError, match="connections_default"):
        async with engine.begin() as database:
            await database.execute(text("UPDATE connections SET is_default = true"))


async def test_first_connections_at_once_leave_one_default(engine: AsyncEngine) -> None:
    async with asyncio.TaskGroup() as group:
        for n in range(8):
            group.create_task(store(engine, "t1", f"r{n}"))
    defaults = [one for one in await of_tenant(engine, "t1") if one.is_default]
    assert len(defaults) == 1


async def test_connecting_again_keeps_id_settings_and_default(engine: AsyncEngine) -> None:
    first = await store(engine, "t1", "r1")
    async with engine.begin() as database:
        await database.execute(text("""UPDATE connections SET settings = '{"a": 1.50}'"""))
        await ConnectionStore(database).set_state(first, ConnectionState.EXPIRED, now=NOW)
    assert await store(engine, "t1", "r1") == first
    (found,) = await of_tenant(engine, "t1")
    assert (found.state, found.is_default) == (ConnectionState.CONNECTED, True)
    assert str(found.settings["a"]) == "1.50", "numbers stay exact"


async def test_a_disconnected_connection_gives_up_its_token(engine: AsyncEngine) -> None:
    connection_id = await store(engine, "t1", "r1")
    async with engine.begin() as database:
        connections = ConnectionStore(database)
        await connections.set_state(connection_id, ConnectionState.DISCONNECTED, now=NOW)
        await GrantStore(database, vault()).drop_unused(TenantId("t1"), QBO)
        assert not await connections.authorised([connection_id])
        assert await database.scalar(text("SELECT count(*) FROM grants")) == 0


async def dump(engine: AsyncEngine) -> str:
    """Write out every row of every table; bytes as hex, as `pg_dump` does."""
    async with engine.connect() as database:
        tables = await database.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        )
        rows: list[str] = []
        for table in list(tables):
            rows += await database.scalars(text(f"SELECT t::text FROM {table} t"))  # noqa: S608
    return "\n".join(rows)


@pytest.mark.accepts("TOK-06")
async def test_a_dump_holds_no_token_and_names_the_key(engine: AsyncEngine) -> None:
    await store(engine, "t1", "r1")
    dumped = await dump(engine)
    assert ",k1," in dumped
    for secret in (ACCESS, REFRESH, "canary"):
        assert secret not in dumped
        assert secret.encode().hex() not in dumped


@pytest.mark.accepts("TOK-06")
async def test_a_seal_moved_to_another_row_does_not_open(engine: AsyncEngine) -> None:
    sealing = vault()
    first = await store(engine, "t1", "r1", sealing)
    second = await store(engine, "t2", "r2", sealing)
    async with engine.begin() as database:
        await database.execute(
            text(
                "UPDATE grants SET sealed = (SELECT sealed FROM grants WHERE tenant_id = 't1')"
            )
        )
        grants = GrantStore(database, sealing)
        assert (await grants.of(first)) is not None
        with pytest.raises(CannotOpen):
            await grants.of(second)


@pytest.mark.accepts("TOK-06")
async def test_a_flipped_bit_in_the_row_fails_closed(engine: AsyncEngine) -> None:
    sealing = vault()
    connection_id = await store(engine, "t1", "r1", sealing)
    async with engine.begin() as database:
        await database.execute(
            text("UPDATE grants SET sealed = set_bit(sealed, 100, 1 - get_bit(sealed, 100))")
        )
        with pytest.raises(CannotOpen):
            await GrantStore(database, sealing).of(connection_id)


@pytest.mark.accepts("TOK-06")
async def test_the_rekey_job_rewrites_every_row(engine: AsyncEngine) -> None:
    old, new = new_key(), new_key()
    rows = 250
    for n in range(rows):
        await store(engine, "t1", f"r{n}", AesVault(read_keys(f"old:{old}")))
    both = AesVault(read_keys(f"new:{new},old:{old}"))
    sealed: list[int] = []
    while not sealed or sealed[-1]:
        async with engine.begin() as database:
            sealed.append(await GrantStore(database, both).rekey())
    assert sum(sealed) == rows
    only_new = AesVault(read_keys(f"new:{new}"))
    async with engine.connect() as database:
        grants = GrantStore(database, only_new)
        for connection in await of_tenant(engine, "t1"):
            found = await grants.of(connection.id)
            assert found is not None
            assert found.token.refresh == REFRESH

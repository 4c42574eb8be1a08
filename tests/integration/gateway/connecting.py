"""Connecting companies in tests, and asking for tokens as several workers would."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.config.settings import Settings
from gateway.database.engine import open_database
from gateway.database.sessions import Sessions
from gateway.operations.connect import Consent
from gateway.runtime.lifecycle import utc_now
from gateway.vault import AesVault, new_key, read_keys
from gateway.wiring.connect import open_connector
from gateway.wiring.providers import open_registrations
from providers.base import Profile
from providers.connections import Company, Connection, ConnectionState, ConnectionStore
from providers.grants import GrantStore
from providers.http import ApiCall, Audit
from providers.oauth import Token
from providers.tokens import VaultedTokens
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId
from tests.fakes.served import Simulated

NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
SCOPES: Final = ("accounting",)
"""What the consent of a stored connection covers."""


async def connect(
    settings: Settings,
    simulator: Simulated,
    *realms: str,
    tenant: str = "t1",
    make_default: bool = False,
) -> Sequence[Connection]:
    """Consent as an admin does and connect the companies."""
    code = simulator.consent(settings, *realms)
    consent = Consent(
        TenantId(tenant), code, [RealmId(one) for one in realms], make_default=make_default
    )
    async with open_connector(settings, simulator.provider) as connector:
        return await connector.connect(consent)


def unheard(call: ApiCall) -> None:
    """Take no note of a call."""


def later(minutes: float) -> Callable[[], datetime]:
    """Return a clock that is ahead."""
    return lambda: utc_now() + timedelta(minutes=minutes)


@asynccontextmanager
async def workers(
    settings: Settings,
    *,
    count: int = 1,
    now: Callable[[], datetime] = utc_now,
    audit: Audit = unheard,
) -> AsyncIterator[Sequence[VaultedTokens]]:
    """Yield token sources that share only the database, as processes do."""
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(count):
            engine = await stack.enter_async_context(open_database(settings.database_url))
            registrations = await stack.enter_async_context(
                open_registrations(settings, audit=audit)
            )
            vault = AesVault(settings.vault_keys)
            found.append(VaultedTokens(Sessions(engine).session, vault, registrations, now=now))
        yield found


async def store_connection(
    engine: AsyncEngine,
    tenant: str,
    realm: str,
    state: ConnectionState = ConnectionState.CONNECTED,
    *,
    provider: str = "qbo",
) -> Connection:
    """Store a connection as a consent leaves it, in another state where one is named."""
    token = Token(
        "access", "refresh", NOW + timedelta(hours=1), NOW + timedelta(days=100), SCOPES
    )
    owner, name = TenantId(tenant), ProviderName(provider)
    profile = Profile(f"Company {realm}", "US", "USD", {})
    company = Company(ConnectionId(uuid4()), owner, name, RealmId(realm), "sandbox", profile)
    async with engine.begin() as database:
        vault = AesVault(read_keys(f"k1:{new_key()}"))
        grant = await GrantStore(database, vault).add(owner, name, token, now=NOW)
        store = ConnectionStore(database)
        saved = await store.save_connected(company, grant, now=NOW)
        if state is not ConnectionState.CONNECTED:
            await store.set_state(saved, state, now=NOW)
        found = await store.get(saved)
    assert found is not None
    return found

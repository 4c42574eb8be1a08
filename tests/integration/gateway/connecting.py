"""Connecting companies in tests, and asking for tokens as several workers would."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

from gateway.config.settings import Settings
from gateway.database.engine import open_database
from gateway.operations.connect import Consent
from gateway.runtime.lifecycle import utc_now
from gateway.vault import AesVault
from gateway.wiring.connect import open_connector
from gateway.wiring.providers import open_registrations
from providers.connections import Connection
from providers.http import ApiCall, Audit
from providers.tokens import VaultedTokens
from schemas.ids import RealmId, TenantId
from tests.fakes.served import Simulated


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
    """Give a clock that is ahead."""
    return lambda: utc_now() + timedelta(minutes=minutes)


@asynccontextmanager
async def workers(
    settings: Settings,
    *,
    count: int = 1,
    now: Callable[[], datetime] = utc_now,
    audit: Audit = unheard,
) -> AsyncIterator[Sequence[VaultedTokens]]:
    """Have token sources that share nothing but the database, as processes do."""
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(count):
            engine = await stack.enter_async_context(open_database(settings.database_url))
            registrations = await stack.enter_async_context(
                open_registrations(settings, audit=audit)
            )
            vault = AesVault(settings.vault_keys)
            found.append(VaultedTokens(engine, vault, registrations, now=now))
        yield found

"""Connecting companies and disconnecting them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.audit import open_audit
from gateway.connect import Connector
from gateway.db import open_database
from gateway.disconnect import Disconnector
from gateway.migrate import check_migrated
from gateway.running import utc_now
from gateway.settings import Settings
from gateway.vault import AesVault
from gateway.wiring.providers import oauth_app, open_registrations
from providers.base import Provider


@asynccontextmanager
async def open_connector(settings: Settings, provider: Provider) -> AsyncIterator[Connector]:
    """Have what connects companies of one provider.

    Raises:
        NotConfigured: we are not registered there.
        NotMigrated: the database is at another revision.
    """
    oauth_app(provider, settings)  # says what is missing before anything is opened
    async with (
        open_database(settings.database_url) as engine,
        open_registrations(settings) as registrations,
        open_audit(engine, now=utc_now) as audit,
    ):
        await check_migrated(engine)
        yield Connector(
            provider,
            registrations[provider.name],
            engine=engine,
            vault=AesVault(settings.vault_keys),
            audit=audit,
            environment=settings.environment.value,
            now=utc_now,
        )


@asynccontextmanager
async def open_disconnector(
    settings: Settings, provider: Provider
) -> AsyncIterator[Disconnector]:
    """Have what disconnects companies of one provider.

    Raises:
        NotConfigured: we are not registered there.
        NotMigrated: the database is at another revision.
    """
    oauth_app(provider, settings)  # says what is missing before anything is opened
    async with (
        open_database(settings.database_url) as engine,
        open_registrations(settings) as registrations,
    ):
        await check_migrated(engine)
        yield Disconnector(
            provider.name,
            registrations[provider.name],
            engine=engine,
            vault=AesVault(settings.vault_keys),
            now=utc_now,
        )

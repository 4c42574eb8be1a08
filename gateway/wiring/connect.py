"""Connecting companies and disconnecting them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.config.settings import Settings
from gateway.database.engine import open_database
from gateway.database.migrate import check_migrated
from gateway.operations.connect import Connector
from gateway.operations.disconnect import Disconnector
from gateway.runtime.audit import open_audit
from gateway.runtime.lifecycle import utc_now
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
        open_audit(engine, now=utc_now) as audit,
        open_registrations(settings, audit=audit) as registrations,
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
        open_audit(engine, now=utc_now) as audit,
        open_registrations(settings, audit=audit) as registrations,
    ):
        await check_migrated(engine)
        yield Disconnector(
            provider.name,
            registrations[provider.name],
            engine=engine,
            vault=AesVault(settings.vault_keys),
            now=utc_now,
        )

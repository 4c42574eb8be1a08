"""Connecting companies and disconnecting them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.config.settings import Settings
from gateway.operations.connect import Connector
from gateway.operations.disconnect import Disconnector
from gateway.runtime.audit import open_audit
from gateway.runtime.lifecycle import utc_now
from gateway.vault import AesVault
from gateway.wiring.database import open_sessions
from gateway.wiring.providers import oauth_app, open_registrations
from providers.base import Provider


@asynccontextmanager
async def open_connector(settings: Settings, provider: Provider) -> AsyncIterator[Connector]:
    """Yield what connects companies of one provider.

    Raises:
        NotConfigured: we are not registered there.
        NotMigrated: the database is at another revision.
    """
    oauth_app(provider, settings)  # raises before anything is opened
    async with (
        open_sessions(settings) as sessions,
        open_audit(sessions, now=utc_now) as audit,
        open_registrations(settings, audit=audit) as registrations,
    ):
        yield Connector(
            provider,
            registrations[provider.name],
            sessions=sessions,
            vault=AesVault(settings.vault_keys),
            audit=audit,
            environment=settings.environment.value,
            now=utc_now,
        )


@asynccontextmanager
async def open_disconnector(
    settings: Settings, provider: Provider
) -> AsyncIterator[Disconnector]:
    """Yield what disconnects companies of one provider.

    Raises:
        NotConfigured: we are not registered there.
        NotMigrated: the database is at another revision.
    """
    oauth_app(provider, settings)  # raises before anything is opened
    async with (
        open_sessions(settings) as sessions,
        open_audit(sessions, now=utc_now) as audit,
        open_registrations(settings, audit=audit) as registrations,
    ):
        yield Disconnector(
            provider.name,
            registrations[provider.name],
            sessions=sessions,
            vault=AesVault(settings.vault_keys),
            now=utc_now,
        )

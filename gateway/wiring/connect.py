"""Connecting companies and disconnecting them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.config.settings import Settings
from gateway.database.sessions import Sessions
from gateway.operations.connect import Connector
from gateway.operations.disconnect import Disconnector
from gateway.runtime.audit import open_audit
from gateway.runtime.lifecycle import utc_now
from gateway.wiring.database import open_sessions
from gateway.wiring.providers import oauth_app, open_registrations, vaulted_tokens
from gateway.wiring.vaults import open_vault
from providers.base import Provider
from providers.http import Audit
from providers.tokens import Registration, VaultedTokens


@asynccontextmanager
async def open_connector(settings: Settings, provider: Provider) -> AsyncIterator[Connector]:
    """Yield what connects companies of one provider.

    Raises:
        NotConfigured: we are not registered there.
        NotMigrated: the database is at another revision.
    """
    async with _opened(settings, provider) as ours:
        yield Connector(
            provider,
            ours.registration,
            sessions=ours.sessions,
            vault=open_vault(settings),
            audit=ours.audit,
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
    async with _opened(settings, provider) as ours:
        yield Disconnector(
            provider.name,
            ours.registration,
            sessions=ours.sessions,
            vault=open_vault(settings),
            now=utc_now,
        )


@asynccontextmanager
async def open_token_renewal(
    settings: Settings, provider: Provider
) -> AsyncIterator[tuple[Sessions, VaultedTokens]]:
    """Yield the database, and what refreshes the tokens of one provider.

    Raises:
        NotConfigured: we are not registered there.
        NotMigrated: the database is at another revision.
    """
    async with _opened(settings, provider) as ours:
        registrations = {provider.name: ours.registration}
        yield ours.sessions, vaulted_tokens(settings, ours.sessions, registrations)


@dataclass(frozen=True, slots=True)
class _Opened:
    """What it takes to call one provider about consents, and to store what comes of it.

    Attributes:
        sessions: The gateway's database.
        audit: Where each call leaves its row.
        registration: Our app at the provider, with a client that calls it.
    """

    sessions: Sessions
    audit: Audit
    registration: Registration


@asynccontextmanager
async def _opened(settings: Settings, provider: Provider) -> AsyncIterator[_Opened]:
    """Open database, audit and clients, and close them at the end.

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
        yield _Opened(sessions, audit, registrations[provider.name])

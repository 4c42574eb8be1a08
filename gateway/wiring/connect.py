"""Connecting companies and disconnecting them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.config.settings import CompaniesPerProvider, Settings
from gateway.database.sessions import Sessions
from gateway.http.dependencies import Connecting
from gateway.operations.connect import Connector
from gateway.operations.connect_sessions import ConnectSessions
from gateway.operations.consent_steps import ConsentSteps
from gateway.operations.disconnect import Disconnector
from gateway.operations.probe import ConnectionProbe
from gateway.runtime.audit import open_audit
from gateway.runtime.lifecycle import utc_now
from gateway.wiring.database import open_sessions
from gateway.wiring.providers import oauth_app, open_registrations, vaulted_tokens
from gateway.wiring.vaults import open_vault
from providers.base import Provider
from providers.http import Audit
from providers.registry import PROVIDERS
from providers.tokens import Registration, VaultedTokens
from schemas.ids import ProviderName


@asynccontextmanager
async def open_connector(settings: Settings, provider: Provider) -> AsyncIterator[Connector]:
    """Yield what connects companies of one provider.

    Raises:
        NotConfigured: we are not registered there.
        NotMigrated: the database is at another revision.
    """
    async with _opened(settings, provider) as ours:
        yield _connector(settings, provider, ours)


@asynccontextmanager
async def open_providers(
    settings: Settings, sessions: Sessions
) -> AsyncIterator[Mapping[ProviderName, "ConnectedProvider"]]:
    """Yield what it takes to call each provider that is configured."""
    async with (
        open_audit(sessions, now=utc_now) as audit,
        open_registrations(settings, audit=audit) as registrations,
    ):
        yield {
            name: ConnectedProvider(sessions, audit, ours)
            for name, ours in registrations.items()
        }


@asynccontextmanager
async def open_connecting(settings: Settings) -> AsyncIterator[Connecting]:
    """Yield what it takes to connect companies in a browser, for a command.

    Raises:
        NotMigrated: the database is at another revision.
    """
    async with (
        open_sessions(settings) as sessions,
        open_providers(settings, sessions) as opened,
    ):
        yield connecting(settings, sessions, opened)


def connecting(
    settings: Settings,
    sessions: Sessions,
    opened: Mapping[ProviderName, "ConnectedProvider"],
) -> Connecting:
    """Return what it takes to connect companies in a browser, and to disconnect them."""
    vault = open_vault(settings)
    found = ConnectSessions(
        {name: _connector(settings, PROVIDERS[name], ours) for name, ours in opened.items()},
        sessions=sessions,
        vault=vault,
        return_urls=settings.return_urls,
        now=utc_now,
    )
    configured = [one for name, one in PROVIDERS.items() if settings.providers[name].configured]
    pages = {urlsplit(oauth_app(one, settings).authorize_url) for one in configured}
    return Connecting(
        found=found,
        probes=_probes(settings, sessions, opened),
        steps=ConsentSteps(found, sessions=sessions, vault=vault, now=utc_now),
        disconnectors={
            name: _disconnector(settings, name, ours) for name, ours in opened.items()
        },
        public_url=settings.public_url,
        environment=settings.environment.value,
        titles={one.name: one.title for one in configured},
        consent_origins=sorted({f"{page.scheme}://{page.netloc}" for page in pages}),
    )


def _disconnector(
    settings: Settings, name: ProviderName, ours: "ConnectedProvider"
) -> Disconnector:
    return Disconnector(
        name,
        ours.registration,
        sessions=ours.sessions,
        vault=open_vault(settings),
        now=utc_now,
    )


def _probes(
    settings: Settings,
    sessions: Sessions,
    opened: Mapping[ProviderName, "ConnectedProvider"],
) -> Mapping[ProviderName, ConnectionProbe]:
    registrations = {name: ours.registration for name, ours in opened.items()}
    tokens = vaulted_tokens(settings, sessions, registrations)
    return {
        name: ConnectionProbe(
            PROVIDERS[name],
            ours.registration,
            sessions=sessions,
            tokens=tokens,
            audit=ours.audit,
            now=utc_now,
        )
        for name, ours in opened.items()
    }


def _connector(settings: Settings, provider: Provider, ours: "ConnectedProvider") -> Connector:
    return Connector(
        provider,
        ours.registration,
        sessions=ours.sessions,
        vault=open_vault(settings),
        audit=ours.audit,
        environment=settings.environment.value,
        now=utc_now,
        single=settings.companies_per_provider is CompaniesPerProvider.SINGLE,
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
        yield _disconnector(settings, provider.name, ours)


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
class ConnectedProvider:
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
async def _opened(settings: Settings, provider: Provider) -> AsyncIterator[ConnectedProvider]:
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
        yield ConnectedProvider(sessions, audit, registrations[provider.name])

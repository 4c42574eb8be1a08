"""What calls of a provider need: our registration there, an HTTP client, tokens."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

from gateway.config.settings import Environment, ProviderSettings, Settings, provider_prefix
from gateway.database.sessions import Sessions
from gateway.errors import NotConfigured
from gateway.runtime.lifecycle import crash_hook, utc_now
from gateway.vault import AesVault
from providers.base import Provider
from providers.http import Audit
from providers.oauth import OAuthApp
from providers.oauth_audit import AuditedClient
from providers.registry import PROVIDERS
from providers.tokens import Registration, VaultedTokens
from schemas.ids import ProviderName


def oauth_app(provider: Provider, settings: Settings) -> OAuthApp:
    """Return our app at a provider, in the environment of the settings.

    Raises:
        NotConfigured: the settings have no client id, secret and redirect URI for it.
    """
    ours = settings.providers[provider.name]
    if not ours.configured:
        prefix = provider_prefix(provider.name)
        raise NotConfigured(
            f"{provider.title} is not configured: set {prefix}CLIENT_ID, "
            f"{prefix}CLIENT_SECRET and {prefix}REDIRECT_URI"
        )
    in_production = settings.environment is Environment.PRODUCTION
    found = provider.oauth.production if in_production else provider.oauth.sandbox
    return OAuthApp(
        client_id=ours.client_id,
        client_secret=ours.client_secret,
        redirect_uri=ours.redirect_uri,
        authorize_url=_elsewhere(found.authorize_url, ours),
        token_url=_elsewhere(found.token_url, ours),
        revoke_url=_elsewhere(found.revoke_url, ours),
        api_url=ours.api_url or found.api_url,
    )


def _elsewhere(url: str, ours: ProviderSettings) -> str:
    """Return the URL with the settings' scheme and host, if they name any."""
    return ours.auth_url + urlsplit(url).path if ours.auth_url else url


@asynccontextmanager
async def open_registrations(
    settings: Settings, *, audit: Audit
) -> AsyncIterator[Mapping[ProviderName, Registration]]:
    """Open an HTTP client for every provider that is configured, and close them at the end.

    Args:
        audit: Where the calls of OAuth leave their rows.
    """
    async with AsyncExitStack() as stack:
        found = {}
        for name, provider in PROVIDERS.items():
            if settings.providers[name].configured:
                app = oauth_app(provider, settings)
                trace_id = provider.dialect.trace_id
                client = AuditedClient(name, audit, trace_id=trace_id, base_url=app.api_url)
                await stack.enter_async_context(client)
                found[name] = Registration(app, provider.oauth, client)
        yield found


def vaulted_tokens(
    settings: Settings,
    sessions: Sessions,
    registrations: Mapping[ProviderName, Registration],
) -> VaultedTokens:
    """Return the source of access tokens, for all providers."""
    return VaultedTokens(
        sessions.session,
        AesVault(settings.vault_keys),
        registrations,
        now=utc_now,
        reached=crash_hook(settings.crash_point),
    )

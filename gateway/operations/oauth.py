"""OAuth for integrators: tokens issued and revoked, as the protocol decides."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database.sessions import Sessions
from gateway.identity import oauth_clients, oauth_tokens
from gateway.identity.oauth_clients import StoredClient
from gateway.identity.oauth_server import (
    TOKEN_LASTS,
    OAuthAnswer,
    OAuthRequest,
    answer_revocation,
    answer_token_request,
)
from gateway.identity.oauth_tokens import StoredToken
from gateway.identity.secret import digest_of


async def issue_token(
    sessions: Sessions, request: OAuthRequest, *, now: datetime
) -> OAuthAnswer:
    """Return the answer to a request for a token; a new one is stored, as a digest."""
    async with _session(sessions, request) as database:
        answer = answer_token_request(request, await _client(database, request))
        if answer.issued is not None and answer.client is not None:
            text, scopes = answer.issued
            token = StoredToken(
                client_id=answer.client.id,
                client_name=answer.client.name,
                tenant_id=answer.client.tenant_id,
                scopes=scopes,
                issued_at=now,
                expires_at=now + TOKEN_LASTS,
            )
            await oauth_tokens.add(database, token, digest=digest_of(text))
    return answer


async def revoke_token(
    sessions: Sessions, request: OAuthRequest, *, now: datetime
) -> OAuthAnswer:
    """Return the answer to a request to revoke a token, which is refused within seconds."""
    digest = digest_of(request.form.get("token", ""))
    async with _session(sessions, request) as database:
        client = await _client(database, request)
        token = await oauth_tokens.find(database, digest)
        answer = answer_revocation(request, client, token)
        if answer.revokes:
            await oauth_tokens.revoke(database, digest, now=now)
    return answer


@asynccontextmanager
async def _session(sessions: Sessions, request: OAuthRequest) -> AsyncIterator[AsyncConnection]:
    """Yield a session that sees the rows of the named client's tenant; of none without one."""
    client_id = _client_id(request)
    async with sessions.system_session() as database:
        owner = client_id and await oauth_clients.owner_of(database, client_id)
    async with sessions.session(*([owner] if owner else [])) as database:
        yield database


async def _client(database: AsyncConnection, request: OAuthRequest) -> StoredClient | None:
    client_id = _client_id(request)
    return None if client_id is None else await oauth_clients.find(database, client_id)


def _client_id(request: OAuthRequest) -> UUID | None:
    try:
        return UUID(request.client_id)
    except ValueError:
        return None

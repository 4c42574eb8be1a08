"""API keys: made, listed, and revoked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from gateway.database.sessions import Sessions
from gateway.errors import NoSuchKey
from gateway.identity import api_keys
from gateway.identity.api_keys import StoredKey
from gateway.identity.principal import Scope
from gateway.identity.secret import digest_of, new_secret, shown_prefix
from schemas.ids import TenantId


async def create_key(
    sessions: Sessions,
    name: str,
    *,
    tenant: TenantId | None,
    scopes: frozenset[Scope],
    lasts: timedelta,
    now: datetime,
) -> tuple[StoredKey, str]:
    """Store a new key; return it with its secret, which is nowhere else and can't be had again.

    Args:
        tenant: The one tenant whose rows it sees; ``None`` for all tenants.
    """
    secret = new_secret()
    key = StoredKey(
        id=uuid4(),
        name=name,
        prefix=shown_prefix(secret),
        tenant_id=tenant,
        scopes=scopes,
        created_at=now,
        expires_at=now + lasts,
    )
    async with sessions.session(*([tenant] if tenant else [])) as database:
        await api_keys.add(database, key, digest=digest_of(secret))
    return key, secret


async def list_keys(sessions: Sessions, tenant: TenantId | None) -> Sequence[StoredKey]:
    """Return all keys, or those of one tenant, the newest first; revoked ones too."""
    async with sessions.session_of(tenant, purpose="keys of the API") as database:
        return await api_keys.search(database, tenant)


async def revoke_key(sessions: Sessions, key: UUID, *, now: datetime) -> StoredKey:
    """Revoke a key: within seconds every process refuses it. To repeat it changes nothing.

    Raises:
        NoSuchKey: there is none with this id.
    """
    async with sessions.system_session() as database:
        owner = await api_keys.owner_of(database, key)
    if owner is None:
        raise NoSuchKey(f"no key {key}: `ledgerlane keys list` shows those there are")
    async with sessions.session(*owner) as database:
        return await api_keys.revoke(database, key, now=now)

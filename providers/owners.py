"""Whose a realm or a connection is, asked of functions that see the rows of all tenants."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId

_OF_REALM: Final = text("SELECT ledgerlane_owner_of_realm(:provider, :realm)")
_OF: Final = text("SELECT ledgerlane_owners_of(ARRAY[CAST(:connection AS uuid)])")


async def owner_of_realm(
    database: AsyncConnection, provider: ProviderName, realm: RealmId
) -> TenantId | None:
    """Return the tenant whom a realm belongs to, named or not; ``None`` if nobody has it."""
    found = await database.execute(_OF_REALM, {"provider": provider, "realm": realm})
    owner = found.scalar_one()
    return None if owner is None else TenantId(owner)


async def owner_of(database: AsyncConnection, connection: ConnectionId) -> TenantId | None:
    """Return the tenant who owns a connection, named or not; ``None`` if there is none."""
    owner = (await database.execute(_OF, {"connection": connection})).scalar_one_or_none()
    return None if owner is None else TenantId(owner)

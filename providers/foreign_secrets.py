"""A secret that was asked for on behalf of a tenant whom it does not belong to."""

from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from providers.metrics import SECURITY_EVENTS
from providers.owners import owner_of
from schemas.ids import ConnectionId, TenantId

log: Final = structlog.get_logger("security")


async def report_foreign(
    database: AsyncConnection, connection: ConnectionId, tenant: TenantId
) -> None:
    """Write a security event if a connection that a tenant can't see is another tenant's.

    To be called where nothing was found: there may be no such connection, or no consent.
    """
    owner = await owner_of(database, connection)
    if owner is not None and owner != tenant:
        SECURITY_EVENTS.labels("foreign_secret").inc()
        log.error(
            "security.foreign_secret", connection=str(connection), tenant=tenant, owner=owner
        )

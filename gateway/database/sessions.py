"""Sessions on the gateway's database, each for the tenants that it names.

These are the only ways in which the product opens a transaction, so row-level security holds
for all of it: each takes on a role that the policies bind, for that transaction alone. A house
rule's test holds everything else to them. Why is in `docs/adr/0023-row-level-security.md`.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database.engine import check_database
from gateway.database.tenancy import APP_ROLE, BEGIN, BEGIN_FOR_OWNERS, read_all_tenants
from schemas.ids import ConnectionId, TenantId

log: Final = structlog.get_logger("sessions")


class Sessions:
    """Opens sessions; each is one transaction, committed at the end of the body.

    An error in the body rolls it back and goes on to the caller.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def session(
        self, *tenants: TenantId, owners_of: Collection[ConnectionId] = ()
    ) -> AsyncIterator[AsyncConnection]:
        """Yield a session that sees and changes the rows of these tenants only.

        Where none is named it sees no row of any: such a session is for tables without
        tenants, and for the functions that tell whose rows there are to be worked on.

        Args:
            owners_of: Connections whose owners are meant in place of ``tenants``.
        """
        async with self._engine.begin() as connection:
            if owners_of:
                owners = {"role": APP_ROLE, "connections": list(owners_of)}
                await connection.execute(BEGIN_FOR_OWNERS, owners)
            else:
                named = {"role": APP_ROLE, "tenants": list(tenants)}
                await connection.execute(BEGIN, named)
            yield connection

    def tenant_session(self, tenant: TenantId) -> AbstractAsyncContextManager[AsyncConnection]:
        """Return a session that works for one tenant."""
        return self.session(tenant)

    def system_session(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Return a session that names no tenant, and so sees no tenant's row."""
        return self.session()

    @asynccontextmanager
    async def all_tenants(self, purpose: str) -> AsyncIterator[AsyncConnection]:
        """Yield a session that reads the rows of all tenants, and can change none.

        For the questions of an operator that concern all. No secret can be read in it.

        Args:
            purpose: What is asked; a line of the log names it, at level info.
        """
        log.info("sessions.all_tenants", purpose=purpose)
        async with self._engine.begin() as connection:
            await read_all_tenants(connection)
            yield connection

    def session_of(
        self, tenant: TenantId | None, *, purpose: str
    ) -> AbstractAsyncContextManager[AsyncConnection]:
        """Return a session for one tenant, or one that reads all of them for ``None``.

        For a question that an operator may ask about either.
        """
        return self.all_tenants(purpose) if tenant is None else self.tenant_session(tenant)

    async def check(self) -> None:
        """Check that the database answers.

        Raises:
            DatabaseUnreachable: there is none.
        """
        await check_database(self._engine)

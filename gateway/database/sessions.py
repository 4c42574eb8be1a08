"""Sessions on the gateway's database: one for a tenant, one for work over all tenants.

These two are the only ways in which the product opens a transaction, so that row-level
security can be switched on here. A house rule's test holds everything else to them.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database.engine import check_database
from schemas.ids import TenantId

TENANT_SETTING: Final = "ledgerlane.tenant"

# Local to the transaction: the pool hands the connection to another tenant afterwards.
_SET_TENANT: Final = text("SELECT set_config(:setting, :tenant, true)")


class Sessions:
    """Opens sessions; each is one transaction, committed at the end of the body.

    An error in the body rolls it back and goes on to the caller.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def tenant_session(self, tenant: TenantId) -> AsyncIterator[AsyncConnection]:
        """Yield a session that works for one tenant.

        The tenant is set for this transaction, as the database's policies will read it.
        """
        async with self._engine.begin() as connection:
            await connection.execute(_SET_TENANT, {"setting": TENANT_SETTING, "tenant": tenant})
            yield connection

    @asynccontextmanager
    async def system_session(self) -> AsyncIterator[AsyncConnection]:
        """Yield a session over all tenants.

        For work that has no tenant or many: a batch of events, the lanes of many realms, the
        audit, maintenance, and an operator's questions about all tenants.
        """
        async with self._engine.begin() as connection:
            yield connection

    def session_of(
        self, tenant: TenantId | None
    ) -> AbstractAsyncContextManager[AsyncConnection]:
        """Return a session for one tenant, or over all of them for ``None``.

        For a question that an operator may ask about either.
        """
        return self.system_session() if tenant is None else self.tenant_session(tenant)

    async def check(self) -> None:
        """Check that the database answers.

        Raises:
            DatabaseUnreachable: there is none.
        """
        await check_database(self._engine)

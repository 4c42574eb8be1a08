"""Sessions on the gateway's database, each for the tenants that it names.

These are the only ways in which the product opens a transaction, so row-level security holds
for all of it: each takes on a role that the policies bind, for that transaction alone. A house
rule's test holds everything else to them. Why is in `docs/adr/0023-row-level-security.md`.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database.engine import check_database
from gateway.database.tenancy import APP_ROLE, BEGIN, LOOKUP_ROLE
from schemas.ids import TenantId

log: Final = structlog.get_logger("sessions")


class Sessions:
    """Opens sessions; each is one transaction, committed at the end of the body.

    An error in the body rolls it back and goes on to the caller.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def session(self, *tenants: TenantId) -> AsyncIterator[AsyncConnection]:
        """Yield a session that sees and changes the rows of these tenants only.

        Where none is named it sees no row of any: such a session is for tables without
        tenants, and for the functions that tell whose rows there are to be worked on.
        """
        async with self._opened(APP_ROLE, tenants) as connection:
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
            purpose: What is asked, for the log, in which each use leaves a line.
        """
        log.info("sessions.all_tenants", purpose=purpose)
        async with self._opened(LOOKUP_ROLE, ()) as connection:
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

    @asynccontextmanager
    async def _opened(
        self, role: str, tenants: tuple[TenantId, ...]
    ) -> AsyncIterator[AsyncConnection]:
        async with self._engine.begin() as connection:
            await connection.execute(BEGIN, {"role": role, "tenants": list(tenants)})
            yield connection

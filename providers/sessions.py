"""What providers and consumers need of the gateway's database: a way to open a session."""

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import ConnectionId, TenantId


class OpenSession(Protocol):
    """Opens a transaction, committed at the end of the body and rolled back by an error in it.

    The gateway's `database/sessions.py` is what it opens.
    """

    def __call__(self, *tenants: TenantId) -> AbstractAsyncContextManager[AsyncConnection]:
        """Return a session that sees and changes the rows of these tenants only."""


_NAME_OWNERS: Final = text("""
    SELECT set_config('ledgerlane.tenants', CAST(ARRAY(
               SELECT ledgerlane_owners_of(CAST(:connections AS uuid[]))) AS text), true)
""")


async def name_owners(database: AsyncConnection, connections: Collection[ConnectionId]) -> None:
    """Name the tenants who own these connections, in a session that named none.

    For work that knows a connection alone, as the lanes do.
    """
    await database.execute(_NAME_OWNERS, {"connections": list(connections)})

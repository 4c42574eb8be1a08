"""What providers and consumers need of the gateway's database: a way to open a session."""

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import ConnectionId, TenantId


class OpenSession(Protocol):
    """Opens a transaction, committed at the end of the body and rolled back by an error in it.

    The gateway's `database/sessions.py` is what it opens.
    """

    def __call__(
        self, *tenants: TenantId, owners_of: Collection[ConnectionId] = ()
    ) -> AbstractAsyncContextManager[AsyncConnection]:
        """Return a session that sees and changes the rows of these tenants only.

        Args:
            owners_of: Connections whose owners are meant in place of ``tenants``, for work
                that knows a connection alone, as the lanes do.
        """

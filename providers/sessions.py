"""What providers and consumers need of the gateway's database: a way to open a session."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from sqlalchemy.ext.asyncio import AsyncConnection

# One transaction over all tenants, committed at the end of the body and rolled back by an
# error in it. The gateway's `database/sessions.py` is what it opens.
OpenSession = Callable[[], AbstractAsyncContextManager[AsyncConnection]]

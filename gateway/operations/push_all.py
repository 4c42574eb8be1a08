"""Push everything: reopen a connection's records and signal those that are pending."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.kafka.signal_producer import SignalPublisher
from consumers.store.reopen import pending_of, reopen_connection
from providers.connections import Connection
from schemas.signal import Priority, Signal
from schemas.topics import work_topic

# More than this stay rows for now: the lane reads them when it has done these.
MOST_SIGNALS: Final = 10_000


class SignalledPushAll:
    """See :class:`gateway.http.ports.PushAll`."""

    def __init__(
        self, engine: AsyncEngine, signals: SignalPublisher, *, now: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._signals = signals
        self._now = now

    async def __call__(self, connection: Connection, /) -> int:
        """See :class:`gateway.http.ports.PushAll`."""
        async with self._engine.begin() as database:
            await reopen_connection(database, connection.id, now=self._now())
            pending = await pending_of(
                database, connection.provider, connection.id, limit=MOST_SIGNALS
            )
        topic = work_topic(connection.provider)
        await self._signals.send(
            [
                (
                    topic,
                    Signal(
                        record_id=record,
                        connection_id=connection.id,
                        tenant_id=connection.tenant_id,
                        realm_id=connection.realm_id,
                        document_type=document_type,
                        version=version,
                        priority=Priority.IMPORT,
                    ),
                )
                for record, document_type, version in pending
            ]
        )
        return len(pending)

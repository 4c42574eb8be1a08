"""Push all of a tenant's records: reopen them, and signal those that are pending."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from consumers.store.reopen import (
    has_records,
    pending_of,
    reopen_connection,
    signal_about,
)
from gateway.database.sessions import Sessions
from gateway.operations.connections import usable_connections
from gateway.operations.signals import SignalSender
from providers.connections import Connection, ConnectionStore
from schemas.errors import Reason
from schemas.ids import ProviderName, RealmId, TenantId
from schemas.reasons import NO_RECORDS
from schemas.signal import Priority
from schemas.topics import work_topic

# More than this stay rows for now: the lane reads them when it has done these.
MOST_SIGNALS: Final = 10_000


@dataclass(frozen=True, slots=True)
class PushedRealm:
    """A company whose records were set going.

    Attributes:
        realm_id: The company at the provider.
        signalled: The number of its records that were signalled now, up to ``MOST_SIGNALS``.
        reason: Why nothing was found to be signalled; ``None`` if the company has any record.
    """

    realm_id: RealmId
    signalled: int
    reason: Reason | None = None


async def push_all(
    tenant: TenantId,
    provider: ProviderName,
    *,
    sessions: Sessions,
    signals: SignalSender,
    now: Callable[[], datetime],
) -> Sequence[PushedRealm]:
    """Signal every record of a tenant's companies that is not in agreement.

    The companies are read again before anything is written to them. Returns once the signals
    are stored; the workers push.

    Raises:
        ConnectionRequired: the tenant has no usable connection at the provider.
    """
    connected = await usable_connections(sessions, tenant, provider)
    return [await _pushed(one, sessions, signals, now=now()) for one in connected]


async def _pushed(
    connection: Connection, sessions: Sessions, signals: SignalSender, *, now: datetime
) -> PushedRealm:
    signalled = await push_connection(connection, sessions, signals, now=now)
    async with sessions.tenant_session(connection.tenant_id) as database:
        reason = None if await has_records(database, connection.id) else nothing_of(connection)
    return PushedRealm(connection.realm_id, signalled, reason)


def nothing_of(connection: Connection) -> Reason:
    """Return that nothing was announced for a company."""
    return NO_RECORDS.reason(
        tenant=connection.tenant_id, to=f"{connection.provider} {connection.realm_id}"
    )


async def push_connection(
    connection: Connection, sessions: Sessions, signals: SignalSender, *, now: datetime
) -> int:
    """Signal every record of one connection that is not in agreement; return their number."""
    async with sessions.tenant_session(connection.tenant_id) as database:
        # Records before their connection, as a task that is solved locks them.
        await reopen_connection(database, connection.id, now=now)
        await ConnectionStore(database).read_again([connection.id])
        pending = await pending_of(
            database, connection.provider, connection.id, limit=MOST_SIGNALS
        )
    topic = work_topic(connection.provider)
    await signals.send(
        [
            (
                topic,
                signal_about(
                    {
                        "record_id": one.record_id,
                        "connection_id": connection.id,
                        "tenant_id": connection.tenant_id,
                        "realm_id": connection.realm_id,
                        "document_type": one.document_type,
                    },
                    version=one.version,
                    revision=one.revision,
                    priority=Priority.IMPORT,
                ),
            )
            for one in pending
        ]
    )
    return len(pending)

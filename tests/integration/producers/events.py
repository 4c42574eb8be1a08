"""Events for the tests of the relay."""

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ledgerlane_outbox import OutboxMessage
from ledgerlane_outbox.tables import outbox


def event(payload: bytes, key: str = "k", *, topic: str = "events") -> OutboxMessage:
    return OutboxMessage(
        type="thing.happened.v1",
        source="/test",
        tenant_id="t",
        topic=topic,
        partition_key=key,
        payload=payload,
    )


async def append_unmeasured(connection: AsyncConnection, *messages: OutboxMessage) -> None:
    """Append events of any size, as releases of the package did before there were limits."""
    for message in messages:
        payload = message.payload
        assert isinstance(payload, bytes)
        await append_as_version_2(connection, message, payload)


async def append_as_version_2(
    connection: AsyncConnection, message: OutboxMessage, payload: bytes | None = None
) -> None:
    """Append an event as releases did before its attributes had columns: all in headers."""
    await connection.execute(
        insert(outbox).values(
            event_id=message.event_id,
            topic=message.topic,
            partition_key=message.partition_key,
            headers=message.headers(),
            payload=message.encoded_payload() if payload is None else payload,
        )
    )

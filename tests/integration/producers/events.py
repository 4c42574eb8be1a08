"""Events for the tests of the relay."""

from ledgerlane_outbox import OutboxMessage


def event(payload: bytes, key: str = "k", *, topic: str = "events") -> OutboxMessage:
    return OutboxMessage(
        type="thing.happened.v1",
        source="/test",
        tenant_id="t",
        topic=topic,
        partition_key=key,
        payload=payload,
    )

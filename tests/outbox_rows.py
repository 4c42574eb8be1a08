"""Rows of an outbox as a poll returns them."""

from uuid import UUID

from ledgerlane_outbox.store import OutboxRow

AN_EVENT_ID = UUID("7d7c5f3e-52a6-4a58-9d2c-0b1f2e9c4a11")


def a_row(
    *,
    seq: int = 1,
    topic: str = "events",
    key: str = "k",
    headers: str | None = None,
    payload: bytes = b"{}",
    event_id: UUID = AN_EVENT_ID,
    type: str | None = "thing.happened.v1",
    source: str = "/test",
    tenant_id: str = "t",
    subject: str | None = None,
    entity_version: int | None = None,
    time: int = 0,
) -> OutboxRow:
    """Return a row whose attributes are in columns, or in its headers if ``type`` is None.

    Args:
        time: Microseconds from the beginning of 2000 in UTC.
    """
    row = (seq, topic, key, headers, payload, event_id)
    if type is None:
        return (*row, None, None, None, None, None, None)
    return (*row, type, source, tenant_id, subject, entity_version, time)

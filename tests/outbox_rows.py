"""Rows of an outbox as a poll returns them."""

from typing import Final
from uuid import UUID

from ledgerlane_outbox.store import ROW_COLUMNS, OutboxRow

_POLLED: Final = ROW_COLUMNS.replace("headers", "headers::text").replace(
    '"time"', '((extract(epoch FROM "time") - 946684800) * 1000000)::bigint'
)
_SELECT: Final = "SELECT {columns} FROM ledgerlane_outbox"
_PARK: Final = """
    INSERT INTO ledgerlane_outbox_parked ({columns}, created_at, reason, holds_key)
    SELECT {columns}, created_at, :reason, true FROM ledgerlane_outbox
"""

POLLED_ROWS: Final = _SELECT.format(columns=_POLLED)
"""A statement, for any driver, that returns the rows with the values that a poll returns."""

PARK_ROWS: Final = _PARK.format(columns=ROW_COLUMNS)
"""A statement that parks rows for a reason, and holds their keys."""

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

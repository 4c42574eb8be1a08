"""Makes rows of what the log has of the outbox's table; pure."""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, Final, TypeAlias
from uuid import UUID

from ledgerlane_outbox.store import OutboxRow
from producers.sources.wal.logical_messages import NO_ATTRIBUTES
from producers.sources.wal.pgoutput import ProtocolViolation

_EARLIER_COLUMNS: Final = ("xid", "seq", "topic", "partition_key", "headers", "payload")
_LATER_COLUMNS: Final = (
    *("event_id", "type", "source", "tenant_id"),
    *("subject", "entity_version", "time"),
)
_ABSENT: Final = (None,) * len(_LATER_COLUMNS)

COLUMNS: Final = (*_EARLIER_COLUMNS, *_LATER_COLUMNS)
"""The columns of the outbox that the publication has to include."""

Values: TypeAlias = Sequence[bytes | None]
"""The values of a row in PostgreSQL's binary form; None for NULL."""


def picker(columns: Sequence[str]) -> Callable[[Values], tuple[Any, ...]]:
    """Return a function that puts the values of a row into the order of :data:`COLUMNS`.

    Log of before the upgrade of an outbox to version 3 has the columns of that time. The others
    are None then.

    Raises:
        ProtocolViolation: a column is missing.
    """
    is_earlier = not set(_LATER_COLUMNS) & set(columns)
    wanted = _EARLIER_COLUMNS if is_earlier else COLUMNS
    if missing := set(wanted) - set(columns):
        raise ProtocolViolation(f"the publication leaves out {sorted(missing)}")
    pick = itemgetter(*map(columns.index, wanted))
    return (lambda values: (*pick(values), *_ABSENT)) if is_earlier else pick


def table_row(picked: tuple[Any, ...]) -> OutboxRow:
    """Return the row whose values are in the order of :data:`COLUMNS`.

    Raises:
        ProtocolViolation: it has neither attributes nor headers, so that it can't be published.
    """
    _, seq, topic, key, headers, payload, event_id, *attributes = picked
    row = (
        int.from_bytes(seq, signed=True),
        topic.decode(),
        key.decode(),
        None if headers is None else headers.decode(),
        payload,
        None if event_id is None else UUID(bytes=event_id),
    )
    type_, source, tenant_id, subject, version, time = attributes
    if type_ is not None:
        return (
            *row,
            type_.decode(),
            source.decode(),
            tenant_id.decode(),
            None if subject is None else subject.decode(),
            None if version is None else int.from_bytes(version, signed=True),
            int.from_bytes(time, signed=True),
        )
    if headers is None:
        raise ProtocolViolation(f"row {row[0]} of the log has neither attributes nor headers")
    return (*row, *NO_ATTRIBUTES)

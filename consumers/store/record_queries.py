"""Sync records for people: state, reason, tries made, the next one, when trouble ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.store.tables import sync_records

_RECORDS: Final = sync_records.c

# The API has its own names for the two counts: `attempts` are the failed tries of this version,
# `tries` those of all versions.
_COLUMNS: Final = (
    _RECORDS.record_id,
    _RECORDS.connection_id,
    _RECORDS.tenant_id,
    _RECORDS.provider,
    _RECORDS.realm_id,
    _RECORDS.document_type,
    _RECORDS.document_id,
    _RECORDS.desired_version,
    _RECORDS.base_version,
    _RECORDS.refused_version,
    _RECORDS.external_id,
    _RECORDS.state,
    _RECORDS.reason,
    _RECORDS.remarks,
    _RECORDS.attempts_this_version.label("attempts"),
    _RECORDS.attempts_total.label("tries"),
    _RECORDS.next_attempt_at,
    _RECORDS.synced_at,
    _RECORDS.resolved_at,
    _RECORDS.updated_at,
)
_ORDER: Final = (_RECORDS.connection_id, _RECORDS.document_type, _RECORDS.document_id)


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records of some connections are meant; ``None`` is any.

    Attributes:
        connections: The connections whose records are meant.
        document_type: The kind of the documents.
        document_id: The platform's id of the document.
        state: The state of the records.
    """

    connections: Sequence[UUID]
    document_type: str | None = None
    document_id: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """Where a record stands in the order of all.

    Attributes:
        connection_id: The connection, which comes first in the order.
        document_type: The kind of the document, which comes second.
        document_id: The platform's id of the document, which comes last.
    """

    connection_id: UUID
    document_type: str
    document_id: str


async def search(
    connection: AsyncConnection,
    wanted: RecordFilter,
    *,
    limit: int,
    after: RecordPlace | None = None,
) -> list[Mapping[str, Any]]:
    """Return records in the order of their places.

    Args:
        after: The place that those which are wanted come behind.
    """
    found = select(*_COLUMNS).where(*_conditions(wanted)).order_by(*_ORDER).limit(limit)
    if after is not None:
        place = (after.connection_id, after.document_type, after.document_id)
        found = found.where(tuple_(*_ORDER) > place)
    return [dict(row) for row in (await connection.execute(found)).mappings()]


def _conditions(wanted: RecordFilter) -> list[ColumnElement[bool]]:
    found = [
        column == value
        for column, value in (
            (_RECORDS.document_type, wanted.document_type),
            (_RECORDS.document_id, wanted.document_id),
            (_RECORDS.state, wanted.state),
        )
        if value is not None
    ]
    return [_RECORDS.connection_id.in_(wanted.connections), *found]


async def records_by_id(
    connection: AsyncConnection, record_ids: Sequence[UUID]
) -> dict[UUID, Mapping[str, Any]]:
    """Return these records by their ids; one that does not exist is left out."""
    wanted = select(*_COLUMNS).where(_RECORDS.record_id.in_(record_ids))
    found = await connection.execute(wanted)
    return {row["record_id"]: dict(row) for row in found.mappings()}

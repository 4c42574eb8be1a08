"""Dead letters: what was given up, with all that a person needs to judge and replay it.

A dead letter is a row here and a record on a ``dead`` topic, both from one transaction: the
record leaves through the gateway's own outbox.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.position import Position
from consumers.store.tables import dead_letters
from ledgerlane_outbox import OutboxMessage, append
from schemas.errors import Reason
from schemas.ids import RealmId, RecordId, TenantId, lane_key

SOURCE: Final = "/ledgerlane"
UNKNOWN: Final = "unknown"

ANSWER_LETTERS: Final = text("""
    UPDATE dead_letters SET replayed_at = :now
     WHERE record_id = :record_id AND replayed_at IS NULL
""")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Something that was given up.

    Attributes:
        tenant_id: Empty where the record did not say, as are the other ids.
        documents: The documents at the time, by role: ``desired``, ``base``.
        position: Where it came from.
        original_value: The record's bytes, as they came.
    """

    id: UUID
    topic: str
    tenant_id: str
    realm_id: str
    provider: str
    document_type: str
    document_id: str
    version: int
    attempts: int
    reason: Reason
    position: Position
    original_headers: Sequence[tuple[str, str]]
    original_value: bytes
    died_at: datetime
    trace_id: str = ""
    record_id: UUID | None = None
    connection_id: UUID | None = None
    documents: Mapping[str, Any] | None = None


async def bury(connection: AsyncConnection, letters: Sequence[DeadLetter]) -> None:
    """Store dead letters and send them to their topics; one that is known already is left."""
    for letter in letters:
        stored = insert(dead_letters).values(_columns(letter)).on_conflict_do_nothing()
        done = await connection.execute(stored.returning(dead_letters.c.id))
        if done.scalar_one_or_none() is not None:
            await append(connection, _message(letter))


def _columns(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "record_id": letter.record_id,
        "connection_id": letter.connection_id,
        "tenant_id": letter.tenant_id,
        "realm_id": letter.realm_id,
        "provider": letter.provider,
        "document_type": letter.document_type,
        "document_id": letter.document_id,
        "version": letter.version,
        "attempts": letter.attempts,
        "category": letter.reason.category.value,
        "code": letter.reason.code,
        "reason": letter.reason.as_dict(),
        "trace_id": letter.trace_id,
        "documents": dict(letter.documents or {}),
        "original_topic": letter.position.topic,
        "original_partition": letter.position.partition,
        "original_offset": letter.position.offset,
        "original_headers": [list(pair) for pair in letter.original_headers],
        "original_value": letter.original_value,
        "died_at": letter.died_at,
    }


def _message(letter: DeadLetter) -> OutboxMessage:
    """The record of the dead topic: where it came from in the headers, the rest in JSON."""
    tenant = letter.tenant_id or UNKNOWN
    return OutboxMessage(
        event_id=letter.id,
        type="sync.died.v1",
        source=SOURCE,
        subject=f"{letter.document_type}/{letter.document_id}",
        tenant_id=tenant,
        realm_id=letter.realm_id or None,
        entity_version=letter.version,
        partition_key=(
            lane_key(TenantId(tenant), RealmId(letter.realm_id)) if letter.realm_id else tenant
        ),
        topic=letter.topic,
        time=letter.died_at,
        extensions={
            "originaltopic": letter.position.topic,
            "originalpartition": str(letter.position.partition),
            "originaloffset": str(letter.position.offset),
            "reasoncode": letter.reason.code,
            "attempts": str(letter.attempts),
        },
        payload=orjson.dumps(
            {
                "id": str(letter.id),
                "reason": letter.reason.as_dict(),
                "attempts": letter.attempts,
                "trace_id": letter.trace_id,
                "document_type": letter.document_type,
                "document_id": letter.document_id,
                "version": letter.version,
                "documents": dict(letter.documents or {}),
                "original_headers": [list(pair) for pair in letter.original_headers],
                "original_value": base64.b64encode(letter.original_value).decode(),
            }
        ),
    )


def readable(headers: Sequence[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """Give a record's headers as text that a database stores, whatever bytes they are."""
    return [
        (_storable(name), _storable(value.decode("utf-8", "replace")))
        for name, value in headers
    ]


def _storable(text: str) -> str:
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which dead letters are meant; ``None`` is any."""

    ids: tuple[UUID, ...] | None = None
    tenant_id: str | None = None
    realm_id: str | None = None
    code: str | None = None
    replayed: bool | None = False


async def search(
    connection: AsyncConnection, wanted: Filter, *, limit: int
) -> list[Mapping[str, Any]]:
    """Read dead letters, newest first."""
    found = await connection.execute(
        select(dead_letters)
        .where(*_conditions(wanted))
        .order_by(dead_letters.c.died_at.desc(), dead_letters.c.id)
        .limit(limit)
    )
    return [dict(row) for row in found.mappings()]


async def mark_replayed(
    connection: AsyncConnection, ids: Sequence[UUID], *, now: datetime
) -> None:
    """Note that these were replayed; each can be replayed once."""
    await connection.execute(
        update(dead_letters)
        .where(dead_letters.c.id.in_(ids), dead_letters.c.replayed_at.is_(None))
        .values(replayed_at=now)
    )


async def answer_letters(
    connection: AsyncConnection, record_id: RecordId, *, now: datetime
) -> None:
    """Record that a record's dead letters were replayed: it is tried again."""
    await connection.execute(ANSWER_LETTERS, {"record_id": record_id, "now": now})


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    columns = dead_letters.c
    found = [
        column == value
        for column, value in (
            (columns.tenant_id, wanted.tenant_id),
            (columns.realm_id, wanted.realm_id),
            (columns.code, wanted.code),
        )
        if value is not None
    ]
    if wanted.ids is not None:
        found.append(columns.id.in_(wanted.ids))
    if wanted.replayed is not None:
        known = columns.replayed_at.is_not(None)
        found.append(known if wanted.replayed else ~known)
    return found

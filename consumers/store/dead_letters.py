"""The table ``dead_letters``: what was given up, with all that a person needs to judge it.

A dead letter is a row here and a record on a ``dead`` topic, both from one transaction: the
record leaves through the gateway's own outbox. The row keeps the whole; the record names it,
and carries what fits.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.position import Position
from consumers.store.fitting import fitted, shortened
from consumers.store.tables import dead_letters
from ledgerlane_outbox import OutboxMessage, append
from schemas.errors import Reason
from schemas.ids import RealmId, RecordId, TenantId, lane_key

SOURCE: Final = "/ledgerlane"
UNKNOWN: Final = "unknown"

# All but the documents and the original, which may be as large as an event.
_KEPT: Final = frozenset(
    {
        *("id", "stored", "reason", "attempts", "trace_id"),
        *("document_type", "document_id", "version"),
    }
)

MARK_ALL_REPLAYED: Final = text("""
    UPDATE dead_letters SET replayed_at = :now
     WHERE record_id = :record_id AND replayed_at IS NULL
""")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Something that was given up.

    Attributes:
        id: The letter's id; the same for each repeat of the transaction that stores it.
        topic: The dead topic that the letter is sent to.
        tenant_id: The tenant; empty where the record did not say.
        realm_id: The company at the provider; empty where the record did not say.
        provider: The ledger's provider; empty for an event that was refused by intake.
        document_type: The kind of the document; empty where the record did not say.
        document_id: The platform's id of the document; empty where the record did not say.
        version: The platform's version of the document; 0 where the record did not say.
        attempts: How many tries of this version were made, from 1.
        reason: Why it was given up, and what to do about it.
        position: Where the record that was given up came from.
        original_headers: The headers of that record, as text.
        original_value: The bytes of that record, as they came.
        died_at: When it was given up, UTC.
        trace_id: The provider's name for the last call; empty without one.
        record_id: The sync record; ``None`` for what never became one.
        connection_id: The connection of the sync record.
        documents: The documents at that time, by role: ``desired``, ``base``.
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


class PostgresDeadLetters:
    """The statements on ``dead_letters`` that belong to a worker's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def store(self, letters: Sequence[DeadLetter]) -> set[UUID]:
        """Store dead letters and send them to their topics; return the ids of the new ones."""
        new: set[UUID] = set()
        for letter in letters:
            stored = insert(dead_letters).values(_columns(letter)).on_conflict_do_nothing()
            done = await self._connection.execute(stored.returning(dead_letters.c.id))
            if done.scalar_one_or_none() is not None:
                await append(self._connection, letter_message(letter))
                new.add(letter.id)
        return new


def _columns(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "record_id": letter.record_id,
        "connection_id": letter.connection_id,
        # Both are in an index, which takes no text of any length.
        "tenant_id": shortened(letter.tenant_id),
        "realm_id": shortened(letter.realm_id),
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


def letter_message(letter: DeadLetter) -> OutboxMessage:
    """Return the record of the dead topic: its origin in the headers, the rest in JSON.

    It fits the outbox, whatever the letter is about: the platform's events may come from
    producers that know no limits, and what can't be appended here would be tried for ever.
    """
    tenant = shortened(letter.tenant_id or UNKNOWN)
    key = lane_key(TenantId(tenant), RealmId(letter.realm_id)) if letter.realm_id else tenant
    return OutboxMessage(
        event_id=letter.id,
        type="sync.died.v1",
        source=SOURCE,
        subject=shortened(f"{letter.document_type}/{letter.document_id}"),
        tenant_id=tenant,
        realm_id=shortened(letter.realm_id) or None,
        entity_version=letter.version,
        partition_key=shortened(key),
        topic=letter.topic,
        time=letter.died_at,
        extensions={
            "originaltopic": letter.position.topic,
            "originalpartition": str(letter.position.partition),
            "originaloffset": str(letter.position.offset),
            "reasoncode": letter.reason.code,
            "attempts": str(letter.attempts),
        },
        payload=fitted(
            {
                "id": str(letter.id),
                "stored": f"{dead_letters.name}/{letter.id}",
                "reason": letter.reason.as_dict(),
                "attempts": letter.attempts,
                "trace_id": letter.trace_id,
                "document_type": shortened(letter.document_type),
                "document_id": shortened(letter.document_id),
                "version": letter.version,
                "documents": dict(letter.documents or {}),
                "original_headers": [list(pair) for pair in letter.original_headers],
                "original_value": base64.b64encode(letter.original_value).decode(),
            },
            keep=_KEPT,
        ),
    )


def readable(headers: Sequence[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """Return a record's headers as text that a database stores, whatever bytes they are."""
    return [
        (_storable(name), _storable(value.decode("utf-8", "replace")))
        for name, value in headers
    ]


def _storable(text: str) -> str:
    # PostgreSQL keeps every character in a text but this one.
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


@dataclass(frozen=True, slots=True)
class DeadLetterFilter:
    """Which dead letters are meant; ``None`` is any.

    Attributes:
        ids: The ids of the letters.
        tenant_id: The tenant whose letters are meant.
        realm_id: The company whose letters are meant.
        code: The code of the reason.
        replayed: Whether those that were replayed are meant, or those that were not.
    """

    ids: tuple[UUID, ...] | None = None
    tenant_id: str | None = None
    realm_id: str | None = None
    code: str | None = None
    replayed: bool | None = False


async def search(
    connection: AsyncConnection, wanted: DeadLetterFilter, *, limit: int
) -> list[Mapping[str, Any]]:
    """Return dead letters, newest first."""
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
    """Record that these were replayed; each can be replayed once."""
    await connection.execute(
        update(dead_letters)
        .where(dead_letters.c.id.in_(ids), dead_letters.c.replayed_at.is_(None))
        .values(replayed_at=now)
    )


async def mark_all_replayed(
    connection: AsyncConnection, record_id: RecordId, *, now: datetime
) -> None:
    """Record that all dead letters of a record were replayed, as it is tried again."""
    await connection.execute(MARK_ALL_REPLAYED, {"record_id": record_id, "now": now})


def _conditions(wanted: DeadLetterFilter) -> list[ColumnElement[bool]]:
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

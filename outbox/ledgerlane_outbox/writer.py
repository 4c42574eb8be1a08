"""Appends events to the outbox, inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Insert, insert

from ledgerlane_outbox.message import OutboxMessage
from ledgerlane_outbox.tables import outbox

if TYPE_CHECKING:  # importing it needs greenlet, which synchronous services need not have
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
    from sqlalchemy.orm import Session


async def append(session: AsyncSession | AsyncConnection, *messages: OutboxMessage) -> None:
    """Add events to the outbox; they are published only if this transaction commits.

    It never commits and never connects to Kafka. Publication is at least once, in the order of
    the appends for each partition key whose writers lock the entity first. An ``event_id`` is
    not checked to be new: an event that is appended twice is published twice with one id.

    Raises:
        ValueError: a payload can't be written as JSON, or is too large; nothing was added.
    """
    if messages:
        await session.execute(_insert(messages))


def append_sync(session: Session | Connection, *messages: OutboxMessage) -> None:
    """Do what :func:`append` does, for synchronous SQLAlchemy."""
    if messages:
        session.execute(_insert(messages))


def _insert(messages: tuple[OutboxMessage, ...]) -> Insert:
    return insert(outbox).values([_row(message) for message in messages])


def _row(message: OutboxMessage) -> dict[str, Any]:
    return {
        "event_id": message.event_id,
        "topic": message.topic,
        "partition_key": message.partition_key,
        "headers": message.headers(),
        "payload": message.encoded_payload(),
    }

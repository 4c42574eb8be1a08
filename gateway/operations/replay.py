"""Replay dead letters. A replay sends a signal or the event again, never a state.

So it can't write an old state: a record is planned from its newest documents, and an event
that is older than the known version changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.store.dead_letters import DeadLetterFilter, mark_replayed, search
from consumers.store.reopen import agreed_versions, reopen, signal_about
from gateway.database.sessions import Sessions
from gateway.operations.dead_letters import tenant_of
from gateway.operations.signals import EventRepeater, SignalSender
from providers.connections import ConnectionStore
from schemas.ids import TenantId
from schemas.signal import Priority
from schemas.topics import work_topic


class Effect(StrEnum):
    """What the replay of a dead letter does."""

    PUSH = "push"  # its record is not in agreement, and is tried again
    SUPERSEDED = "superseded"  # its record has agreed since, on this version or a newer one
    EVENT = "event"  # the event goes through intake again
    LOST = "lost"  # a record that was no signal: there is nothing to bring back


@dataclass(frozen=True, slots=True)
class Replay:
    """One dead letter and the effect of its replay.

    Attributes:
        letter: The dead letter as it is stored.
    """

    letter: Mapping[str, Any]
    effect: Effect


async def plan_replays(
    sessions: Sessions, wanted: DeadLetterFilter, *, limit: int
) -> Sequence[Replay]:
    """Return what a replay of these dead letters would do, newest first; changes nothing."""
    async with sessions.session_of(tenant_of(wanted), purpose="replays") as database:
        letters = await search(database, wanted, limit=limit)
        ids = [letter["record_id"] for letter in letters if letter["record_id"]]
        agreed = await agreed_versions(database, ids)
    return [Replay(letter, effect_of(letter, agreed)) for letter in letters]


def effect_of(letter: Mapping[str, Any], agreed: Mapping[UUID, int | None]) -> Effect:
    """Return what the replay of a dead letter does.

    Args:
        agreed: The version on which each record last agreed; ``None`` for never.
    """
    record = letter["record_id"]
    if record is None:
        return Effect.LOST if letter["provider"] else Effect.EVENT
    version = agreed.get(record)
    if version is not None and version >= letter["version"]:
        return Effect.SUPERSEDED
    return Effect.PUSH


async def replay(
    replays: Sequence[Replay],
    *,
    sessions: Sessions,
    signals: SignalSender,
    events: EventRepeater,
    now: datetime,
) -> None:
    """Carry out what :func:`plan_replays` returned: events first, then the table, then signals.

    A crash in between repeats a replay or leaves it to the workers' next look at the table;
    either does no harm.
    """
    for one in replays:
        if one.effect is Effect.EVENT:
            await events.repeat(one.letter)
    pushed = [one.letter for one in replays if one.effect is Effect.PUSH]
    tenants = sorted({TenantId(one.letter["tenant_id"]) for one in replays})
    async with sessions.session(*tenants) as database:
        await _reopen_and_mark(database, pushed, replays, now=now)
        await ConnectionStore(database).read_again(
            [letter["connection_id"] for letter in pushed]
        )
    await signals.send(
        [
            (
                work_topic(letter["provider"]),
                signal_about(letter, version=letter["version"], priority=Priority.IMPORT),
            )
            for letter in pushed
        ]
    )


async def _reopen_and_mark(
    database: AsyncConnection,
    pushed: Sequence[Mapping[str, Any]],
    replays: Sequence[Replay],
    *,
    now: datetime,
) -> None:
    await reopen(database, [letter["record_id"] for letter in pushed], now=now)
    gone_through = [one.letter["id"] for one in replays if one.effect is not Effect.LOST]
    await mark_replayed(database, gone_through, now=now)

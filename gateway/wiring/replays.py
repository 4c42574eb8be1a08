"""Replaying dead letters and solving tasks: the table first, then Kafka."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaProducer
from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.kafka.signal_producer import SignalPublisher
from consumers.store.dead_letters import DeadLetterFilter, mark_replayed, search
from consumers.store.reopen import reopen
from consumers.store.replay import Effect, Replay, plan_replays, signal_for
from gateway.config.settings import Settings
from gateway.database.engine import open_database
from gateway.database.migrate import check_migrated
from gateway.operations.tasks import SolvableTasks
from gateway.runtime.broker import check_broker
from gateway.runtime.lifecycle import utc_now
from schemas.topics import PLATFORM_EVENTS, work_topic


async def replay_letters(
    settings: Settings, wanted: DeadLetterFilter, *, limit: int, dry_run: bool
) -> Sequence[Replay]:
    """Replay the dead letters that are wanted, newest first; say what each replay does.

    A crash in between repeats a replay or leaves it to the workers' next look at the table;
    either does no harm.

    Raises:
        Refusal: the database or the broker is not usable.
    """
    async with open_database(settings.database_url) as engine:
        await check_migrated(engine)
        async with engine.connect() as connection:
            letters = await search(connection, wanted, limit=limit)
            replays = await plan_replays(connection, letters)
        if not dry_run:
            async with _producing(settings) as producer:
                await _carry_out(engine, producer, replays, now=utc_now())
    return replays


async def solve_task(settings: Settings, task_id: UUID, *, note: str) -> Mapping[str, Any]:
    """Let a task's record be tried again; gives the task.

    Raises:
        Refusal: the database or the broker is not usable.
        NoSuchTask: there is none.
        TaskClosed: it is closed already.
    """
    async with open_database(settings.database_url) as engine:
        await check_migrated(engine)
        async with _producing(settings) as producer:
            tasks = SolvableTasks(engine, SignalPublisher(producer), now=utc_now)
            return await tasks.solve(task_id, note=note)


@asynccontextmanager
async def _producing(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """Have a producer on a broker that has answered.

    Raises:
        BrokerUnreachable: there is no answer.
    """
    await check_broker(settings.kafka_bootstrap)
    async with AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap, acks="all", enable_idempotence=True
    ) as producer:
        yield producer


async def _carry_out(
    engine: AsyncEngine, producer: AIOKafkaProducer, replays: Sequence[Replay], *, now: datetime
) -> None:
    for one in replays:
        if one.effect is Effect.EVENT:
            letter = one.letter
            await _repeat_event(
                producer,
                letter["tenant_id"],
                letter["original_headers"],
                letter["original_value"],
            )
    pushed = [one.letter for one in replays if one.effect is Effect.PUSH]
    async with engine.begin() as connection:
        await reopen(connection, [letter["record_id"] for letter in pushed], now=now)
        gone_through = [one.letter["id"] for one in replays if one.effect is not Effect.LOST]
        await mark_replayed(connection, gone_through, now=now)
    await SignalPublisher(producer).send(
        [(work_topic(letter["provider"]), signal_for(letter)) for letter in pushed]
    )


async def _repeat_event(
    producer: AIOKafkaProducer, tenant: str, headers: Sequence[Sequence[str]], value: bytes
) -> None:
    """Put an event on the platform's topic again, as it came.

    Raises:
        KafkaError: it may or may not be there; a repeat does no harm.
    """
    await producer.send_and_wait(
        PLATFORM_EVENTS,
        value,
        key=tenant.encode(),
        headers=[(name, text.encode()) for name, text in headers],
    )

"""The workers: intake, and the lanes of one provider."""

import asyncio
import os
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import httpx
import structlog

from consumers.intake.events import Received
from consumers.intake.malformed import malformed_signal
from consumers.intake.platform_events import Intake
from consumers.kafka.intake_consumer import IntakeConsumer
from consumers.kafka.lane_consumer import LaneConsumer
from consumers.kafka.membership import Membership
from consumers.kafka.signal_producer import RetryTopics, partition_of
from consumers.lanes.engine import Engine
from consumers.lanes.policy import LanePolicy
from consumers.lanes.ports import CallHistory, RetryPublisher, ValveStore
from consumers.store.postgres import PostgresStore
from consumers.store.protocols import RecordStore
from consumers.store.valves import PostgresValves
from consumers.sync.push import Push
from consumers.sync.realm_lanes import RealmQuotas, realm_lanes
from consumers.sync.reconciler import OpenLedger, Reconciler
from consumers.sync.retry_policy import RetryPolicy
from gateway.config.settings import Settings
from gateway.database.sessions import Sessions
from gateway.runtime.audit import AuditedCalls, open_audit
from gateway.runtime.lifecycle import crash_hook, running_beside, utc_now
from gateway.wiring.database import open_sessions
from gateway.wiring.providers import oauth_app, open_registrations, vaulted_tokens
from gateway.wiring.signals import broker_needed, open_signals
from providers.base import Ledger, Provider
from providers.http import Audit, Pace, Realm, RealmSession, TokenSource
from schemas.ids import TenantId

log = structlog.get_logger("worker")


async def run_intake(settings: Settings, stop: asyncio.Event) -> None:
    """Take platform events in until ``stop`` is set.

    Raises:
        Refusal: the database or the broker is not usable.
    """
    async with open_sessions(settings) as sessions, open_signals(settings) as signals:
        consumer = IntakeConsumer(
            _membership(settings, "ledgerlane.intake"),
            Intake(
                PostgresStore(sessions.session),
                now=utc_now,
                strict_sources=frozenset(settings.strict_sources),
            ),
            signals,
            crash_point=crash_hook(settings.crash_point),
        )
        log.info("worker.started", role="intake")
        # A broker may go away between the start of the producer and that of the consumer.
        with broker_needed(settings):
            await consumer.run(stop)


async def run_lanes(settings: Settings, provider: Provider, stop: asyncio.Event) -> None:
    """Bring the records of one provider's realms into agreement until ``stop`` is set.

    Raises:
        Refusal: the provider is not configured, or the database or broker not usable.
    """
    async with (
        open_sessions(settings, pool=20) as sessions,
        open_signals(settings) as signals,
        open_audit(sessions, now=utc_now) as audit,
        _open_provider(settings, provider, sessions, audit) as open_ledger,
    ):
        store = PostgresStore(sessions.session)
        leases = Leases(store, provider)
        engine = make_engine(
            settings,
            provider,
            history=AuditedCalls(sessions, audit, now=utc_now),
            valves=PostgresValves(sessions.session, now=utc_now),
            retries=RetryTopics(realm_lanes(provider), signals),
            open_ledger=open_ledger,
            leases=leases,
        )

        async def store_malformed(received: Received, why: str) -> None:
            letter = malformed_signal(received, why, provider=provider.name, now=utc_now())
            async with store.transaction(TenantId(letter.tenant_id)) as tx:
                await tx.dead_letters.store([letter])

        consumer = LaneConsumer(
            _membership(settings, f"ledgerlane.{provider.name}"),
            realm_lanes(provider),
            engine,
            assigned=leases.take,
            malformed=store_malformed,
        )
        log.info("worker.started", role=provider.name)
        async with running_beside(engine.run(), end=engine.stop):
            with broker_needed(settings):
                await consumer.run(stop)


@dataclass(slots=True)
class Leases:
    """The epochs of the partitions that this process owns."""

    store: RecordStore
    provider: Provider
    epochs: dict[int, int] = field(default_factory=dict)

    async def take(self, partitions: frozenset[int]) -> None:
        """Raise the epochs of newly owned partitions."""
        async with self.store.transaction() as tx:
            self.epochs |= await tx.leases.take(
                self.provider.name,
                sorted(partitions),
                owner=f"{socket.gethostname()}/{os.getpid()}",
                now=utc_now(),
            )


def make_engine(
    settings: Settings,
    provider: Provider,
    *,
    history: CallHistory,
    valves: ValveStore,
    retries: RetryPublisher,
    open_ledger: OpenLedger,
    leases: Leases,
) -> Engine:
    """Return the engine of one provider's lanes, as a worker runs it."""
    push = Push(
        leases.store,
        RetryPolicy(),
        batch_limit=provider.batch_limit,
        now=utc_now,
        chance=random.random,
        crash_point=crash_hook(settings.crash_point),
    )
    reconciler = Reconciler(
        leases.store,
        provider,
        push,
        open_ledger=open_ledger,
        epoch_of=leases.epochs.__getitem__,
        now=utc_now,
    )
    family = realm_lanes(provider)
    return Engine(
        family,
        reconciler,
        retries,
        history,
        valves=valves,
        quotas=RealmQuotas(provider.quota),
        policy=LanePolicy(
            resident_limit=settings.lanes.resident_limit, max_tasks=settings.lanes.in_flight
        ),
        partition_of=partial(partition_of, partitions=family.partitions),
        now=utc_now,
    )


@asynccontextmanager
async def _open_provider(
    settings: Settings, provider: Provider, sessions: Sessions, audit: Audit
) -> AsyncIterator[OpenLedger]:
    """Yield a function that opens a realm's ledger."""
    oauth_app(provider, settings)
    async with open_registrations(settings, audit=audit) as registrations:
        tokens = vaulted_tokens(settings, sessions, registrations)
        yield ledger_opener(provider, registrations[provider.name].client, tokens, audit)


def ledger_opener(
    provider: Provider, client: httpx.AsyncClient, tokens: TokenSource, audit: Audit
) -> OpenLedger:
    """Return a function that opens a realm's ledger, with a token of its own for each call."""

    def open_ledger(realm: Realm, pace: Pace) -> Ledger:
        session = RealmSession(
            client, realm, tokens=tokens, pace=pace, dialect=provider.dialect, audit=audit
        )
        return provider.open_ledger(session)

    return open_ledger


def _membership(settings: Settings, group: str) -> Membership:
    instance = f"{group}.{settings.worker_name}" if settings.worker_name else ""
    return Membership(settings.kafka_bootstrap, group, instance)

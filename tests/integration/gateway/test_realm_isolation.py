"""10,000 random writes of two tenants in five companies: intake, lanes, push, ledgers."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.intake.events import Received
from consumers.intake.platform_events import Intake
from consumers.lanes.work import LaneSignal
from consumers.position import Position
from consumers.store.postgres import PostgresStore
from consumers.store.valves import PostgresValves
from gateway.config.settings import Settings
from gateway.database.sessions import Sessions
from gateway.demo.verification.ledger_books import records_of
from gateway.runtime.audit import AuditedCalls, open_audit
from gateway.runtime.lifecycle import running_beside, utc_now
from gateway.wiring.providers import open_registrations, vaulted_tokens
from gateway.wiring.worker import Leases, ledger_opener, make_engine
from providers.base import Provider
from providers.simulators.xero.config import XeroQuotas
from schemas.documents.catalogue import encode
from schemas.documents.customer import Customer
from schemas.documents.document import DocumentType
from schemas.envelope import Envelope
from schemas.ids import RealmId, TenantId
from schemas.topics import PROVIDER_PARTITIONS
from tests.eventually import eventually
from tests.fakes.served import (
    QBO_REALMS,
    XERO_REALMS,
    Simulated,
    simulated_qbo,
    simulated_xero,
)
from tests.integration.gateway.connecting import connect, unheard

MakeSettings = Callable[..., Settings]

WRITES = 10_000
BATCH = 500
R1, R2, R3 = QBO_REALMS
X1, X2 = XERO_REALMS
T1, T2 = TenantId("t1"), TenantId("t2")
REALMS = {T1: (R1, R2, X1), T2: (R3, X2)}
UNLIMITED = XeroQuotas(
    in_flight=100,
    calls_per_minute=100_000,
    calls_per_day=1_000_000,
    app_calls_per_minute=100_000,
)


@dataclass
class Traffic:
    """Random customers for random owners, and the realms that each must arrive in.

    Attributes:
        defaults: The realms in which a document arrives that names none, by tenant.
    """

    defaults: dict[TenantId, tuple[str, ...]]
    chance: random.Random = field(default_factory=lambda: random.Random(12))  # noqa: S311
    expected: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    offset: int = 0

    @property
    def writes(self) -> int:
        return sum(len(names) for names in self.expected.values())

    def until(self, writes: int) -> Iterator[Received]:
        """Yield events until they make so many writes."""
        while self.writes < writes:
            tenant = self.chance.choice(list(REALMS))
            realm = self.chance.choice(["", *REALMS[tenant]])
            name = f"c{self.offset}"
            for one in (realm,) if realm else self.defaults[tenant]:
                self.expected[one].append(name)
            yield self._event(tenant, realm, name)

    def _event(self, tenant: TenantId, realm: str, name: str) -> Received:
        envelope = Envelope(
            id=str(uuid4()),
            source="/test",
            type="customer.changed.v1",
            tenant_id=tenant,
            entity_version=1,
            realm_id=RealmId(realm) if realm else None,
        )
        self.offset += 1
        position = Position("platform.events", 0, self.offset)
        return Received(position, envelope.headers(), encode(Customer(id=name, name=name)))


class NoRetries:
    """A writer of retry topics that must not be used."""

    async def publish(self, signals: Sequence[LaneSignal]) -> None:
        raise AssertionError(f"tried again: {signals}")


@pytest.mark.timeout(900)
@pytest.mark.accepts("CON-12")
async def test_10000_random_writes_all_land_in_their_own_realm(
    make_settings: MakeSettings, engine: AsyncEngine
) -> None:
    with ExitStack() as stack:
        qbo = stack.enter_context(simulated_qbo())
        xero = stack.enter_context(simulated_xero(quotas=UNLIMITED))
        settings = make_settings(qbo, xero)
        await connect(settings, qbo, R1, tenant=T1, make_default=True)
        await connect(settings, qbo, R2, tenant=T1)
        await connect(settings, qbo, R3, tenant=T2)
        await connect(settings, xero, X1, tenant=T1)
        await connect(settings, xero, X2, tenant=T2)
        traffic = Traffic({T1: (R1, X1), T2: (R3, X2)})
        await push(settings, engine, traffic.until(WRITES // 2), qbo, xero)
        await connect(settings, qbo, R2, tenant=T1, make_default=True)
        traffic.defaults[T1] = (R2, X1)
        await push(settings, engine, traffic.until(WRITES), qbo, xero)
        assert traffic.writes >= WRITES
        for simulator, realms in ((qbo, QBO_REALMS), (xero, XERO_REALMS)):
            for realm in realms:
                assert landed(simulator, realm) == Counter(traffic.expected[realm]), realm


async def push(
    settings: Settings, engine: AsyncEngine, events: Iterator[Received], *simulators: Simulated
) -> None:
    """Take the events in, and let the workers of both providers bring them to the ledgers."""
    sessions = Sessions(engine)
    intake = Intake(PostgresStore(sessions.session), now=utc_now)
    waiting = list(events)
    for start in range(0, len(waiting), BATCH):
        await intake.accept(waiting[start : start + BATCH])
    async with asyncio.TaskGroup() as workers:
        for simulator in simulators:
            workers.create_task(_work(settings, sessions, _unlimited(simulator.provider)))


def _unlimited(provider: Provider) -> Provider:
    quota = replace(
        provider.quota,
        per_minute=100_000,
        per_second=None,
        per_day=None,
        app_per_minute=None,
        in_flight=8,
    )
    return replace(provider, quota=quota)


async def _work(settings: Settings, sessions: Sessions, provider: Provider) -> None:
    """Run the lanes of one provider, wired as in production, until everything agrees."""
    store = PostgresStore(sessions.session)
    leases = Leases(store, provider)
    async with (
        open_registrations(settings, audit=unheard) as registrations,
        open_audit(sessions, now=utc_now) as audit,
    ):
        tokens = vaulted_tokens(settings, sessions, registrations)
        client = registrations[provider.name].client
        lanes = make_engine(
            settings,
            provider,
            history=AuditedCalls(sessions, audit, now=utc_now),
            valves=PostgresValves(sessions.session, now=utc_now),
            retries=NoRetries(),
            open_ledger=ledger_opener(provider, client, tokens, audit),
            leases=leases,
        )
        partitions = frozenset(range(PROVIDER_PARTITIONS))
        await leases.take(partitions)
        await lanes.assign(partitions)

        async def everything_agrees() -> bool:
            async with sessions.all_tenants("the test") as database:
                return not await database.scalar(_OPEN, {"provider": provider.name})

        async with running_beside(lanes.run(), end=lanes.stop):
            await eventually(everything_agrees, within_s=600)


_OPEN = text(
    "SELECT count(*) FROM sync_records WHERE provider = :provider AND state <> 'agreed'"
)


def landed(simulator: Simulated, realm: str) -> Counter[str]:
    """Count the customers of the test in a company's books, by name."""
    held = records_of(simulator.name, simulator.control(f"ledger/{realm}"))
    names = [one.key for one in held if one.type is DocumentType.CUSTOMER]
    return Counter(name for name in names if name[:1] == "c" and name[1:].isdigit())

"""A whole demo: open the environment, run, read both books, and return the result."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Final

from gateway.database.tenancy import read_all_tenants
from gateway.demo.business.actions import Action
from gateway.demo.business.scenario import TENANTS
from gateway.demo.business.traffic import traffic
from gateway.demo.environment.environment import (
    ConnectedCompany,
    DemoEnvironment,
    GivenServices,
    open_environment,
)
from gateway.demo.faults.fault_plan import SERVICES, FaultLevel, Target, plan_faults
from gateway.demo.platform.platform_books import read_books
from gateway.demo.progress import SETTLED, RealmProgress
from gateway.demo.reporter import Reporter
from gateway.demo.run import DemoRun
from gateway.demo.verification.comparison import compare
from gateway.demo.verification.entry import Entry
from gateway.demo.verification.ledger_books import key_of
from gateway.demo.verification.recovery_report import read_evidence, recovery_report
from gateway.demo.verification.result import DemoResult, RealmResult
from gateway.runtime.lifecycle import utc_now

# Retries wait from 30 s on, and a document may need several; above that, what the quotas let
# through: QuickBooks 500 calls a minute, one for each document.
_LEAST_S: Final = 1200.0  # a document that fails three times is due again after 12.5 minutes
_EACH_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a demo."""

    documents: int = 400
    seed: int = 1
    faults: FaultLevel = FaultLevel.SOME

    @property
    def deadline_s(self) -> float:
        """Seconds within which everything has to settle."""
        return _LEAST_S + _EACH_S * self.documents


@dataclass(frozen=True, slots=True)
class FinishedDemo:
    """A demo that has ended, with its environment still open."""

    environment: DemoEnvironment
    result: DemoResult


@asynccontextmanager
async def run_demo(
    options: Options, given: GivenServices, reporter: Reporter
) -> AsyncIterator[FinishedDemo]:
    """Run a demo, and yield its result with the environment open; close it at the end.

    Raises:
        EmbeddedError: a service or process could not be started, or ended.
        Refusal: the given services can't be used.
    """
    began = monotonic()
    actions = traffic(
        TENANTS, documents=options.documents, seed=options.seed, today=utc_now().date()
    )
    async with open_environment(given, reporter) as environment:
        demo_run = DemoRun(
            environment,
            actions,
            plan_faults(options.faults, embedded=_embedded(environment)),
            reporter=reporter,
            expected=_expected(actions),
        )
        await demo_run.run(deadline_s=options.deadline_s)
        reporter.say("Reading both books")
        yield FinishedDemo(
            environment, await _result(environment, demo_run, options, monotonic() - began)
        )


def _embedded(environment: DemoEnvironment) -> frozenset[Target]:
    here = {
        Target.KAFKA: environment.services.kafka,
        Target.POSTGRES: environment.services.postgres,
    }
    return frozenset(target for target in SERVICES if here[target] is not None)


def _expected(actions: Sequence[Action]) -> int:
    """Count the documents of all realms: a tenant's own, in each of its companies."""
    ids = {(a.tenant_id, change.document.id) for a in actions for change in a.changes}
    of_tenant = Counter(tenant for tenant, _ in ids)
    return sum(of_tenant[tenant.id] * len(tenant.companies) for tenant in TENANTS)


async def _result(
    environment: DemoEnvironment, demo_run: DemoRun, options: Options, seconds: float
) -> DemoResult:
    async with environment.platform.connect() as connection:
        books = await read_books(connection)
    async with environment.gateway.connect() as connection:
        await read_all_tenants(connection)
        evidence = await read_evidence(connection)
    counts = [
        count
        for one in environment.processes.simulators.values()
        for count in await one.fault_counts()
    ]
    progress = {realm.connection.id: realm for realm in demo_run.progress.realms}
    async with asyncio.TaskGroup() as group:
        realms = [
            group.create_task(
                _realm_result(
                    environment,
                    connected,
                    books.get(connected.tenant.id, []),
                    progress[connected.connection.id],
                )
            )
            for connected in environment.companies
        ]
    return DemoResult(
        realms=tuple(realm.result() for realm in realms),
        recovery_report=recovery_report(
            counts,
            demo_run.injector.injected,
            demo_run.injector.restarted,
            evidence,
            settled=demo_run.progress.settled,
        ),
        documents=options.documents,
        events=demo_run.progress.appended,
        refused=demo_run.progress.refused,
        seconds=seconds,
    )


async def _realm_result(
    environment: DemoEnvironment,
    connected: ConnectedCompany,
    entries: Sequence[Entry],
    progress: RealmProgress,
) -> RealmResult:
    connection = connected.connection
    simulator = environment.processes.simulators[connected.company.provider]
    return RealmResult(
        tenant=connection.tenant_id,
        provider=connection.provider,
        realm=connection.realm_id,
        company=connected.company.name,
        currency=connected.tenant.currency,
        comparison=compare(
            entries,
            await simulator.records(connection.realm_id),
            key_of=partial(key_of, connected.company.provider),
            seeded=connected.seeded,
        ),
        unsettled={
            state.value: count
            for state, count in progress.states.items()
            if count and state not in SETTLED
        },
        repeats=tuple(await simulator.repeats(connection.realm_id)),
        calls=progress.calls,
        errors=progress.errors,
    )

"""The story of a demo, from nothing to two books that agree."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Final

from gateway.demo.business.actions import Action
from gateway.demo.business.scenario import TENANTS
from gateway.demo.business.traffic import traffic
from gateway.demo.environment.environment import Given, Seat, Stage, open_stage
from gateway.demo.faults.fault_plan import SERVICES, FaultLevel, Target, plan_faults
from gateway.demo.platform.platform_books import read_books
from gateway.demo.progress import SETTLED, RealmPulse
from gateway.demo.reporter import Reporter
from gateway.demo.run import Show
from gateway.demo.verification.comparison import compare
from gateway.demo.verification.entry import Entry
from gateway.demo.verification.ledger_books import key_of
from gateway.demo.verification.recovery_report import read_evidence, report
from gateway.demo.verification.result import RealmResult, Result
from gateway.runtime.lifecycle import utc_now

# Retries wait from 30 s on, and a document may need several; above that, what the quotas let
# through: QuickBooks 500 calls a minute, one for each document.
_LEAST_S: Final = 1200.0  # a document that fails three times is due again after 12.5 minutes
_EACH_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class Options:
    """What a demo is to be like."""

    documents: int = 400
    seed: int = 1
    faults: FaultLevel = FaultLevel.SOME

    @property
    def deadline_s(self) -> float:
        """How long everything may take to settle."""
        return _LEAST_S + _EACH_S * self.documents


@dataclass(frozen=True, slots=True)
class Played:
    """A demo that is over, on a stage that still stands."""

    stage: Stage
    result: Result


@asynccontextmanager
async def played(options: Options, given: Given, reporter: Reporter) -> AsyncIterator[Played]:
    """Play a demo, and let everything stand while the body runs.

    Raises:
        EmbeddedError: a service or process could not be started, or ended.
        Refusal: the given services can't be used.
    """
    began = monotonic()
    actions = traffic(
        TENANTS, documents=options.documents, seed=options.seed, today=utc_now().date()
    )
    async with open_stage(given, reporter) as stage:
        show = Show(
            stage,
            actions,
            plan_faults(options.faults, embedded=_embedded(stage)),
            reporter=reporter,
            expected=_expected(actions),
        )
        await show.run(deadline_s=options.deadline_s)
        reporter.say("Reading both books, each for itself")
        yield Played(stage, await _result(stage, show, options, monotonic() - began))


def _embedded(stage: Stage) -> frozenset[Target]:
    here = {Target.KAFKA: stage.services.kafka, Target.POSTGRES: stage.services.postgres}
    return frozenset(target for target in SERVICES if here[target] is not None)


def _expected(actions: Sequence[Action]) -> int:
    """Count the documents of all realms: a tenant's own, in each of its companies."""
    ids = {(a.tenant_id, change.document.id) for a in actions for change in a.changes}
    of_tenant = Counter(tenant for tenant, _ in ids)
    return sum(of_tenant[tenant.id] * len(tenant.companies) for tenant in TENANTS)


async def _result(stage: Stage, show: Show, options: Options, seconds: float) -> Result:
    async with stage.platform.connect() as connection:
        books = await read_books(connection)
    async with stage.gateway.connect() as connection:
        evidence = await read_evidence(connection)
    thrown = [t for one in stage.cast.simulators.values() for t in await one.thrown()]
    stood = {realm.connection.id: realm for realm in show.pulse.realms}
    async with asyncio.TaskGroup() as group:
        realms = [
            group.create_task(
                _realm_result(
                    stage, seat, books.get(seat.tenant.id, []), stood[seat.connection.id]
                )
            )
            for seat in stage.seats
        ]
    return Result(
        realms=tuple(realm.result() for realm in realms),
        report=report(
            thrown,
            show.blows.struck,
            show.blows.returned,
            evidence,
            settled=show.pulse.settled,
        ),
        documents=options.documents,
        events=show.pulse.appended,
        refused=show.pulse.refused,
        seconds=seconds,
    )


async def _realm_result(
    stage: Stage, seat: Seat, entries: Sequence[Entry], stood: RealmPulse
) -> RealmResult:
    connection = seat.connection
    simulator = stage.cast.simulators[seat.company.provider]
    return RealmResult(
        tenant=connection.tenant_id,
        provider=connection.provider,
        realm=connection.realm_id,
        company=seat.company.name,
        currency=seat.tenant.currency,
        comparison=compare(
            entries,
            await simulator.records(connection.realm_id),
            key_of=partial(key_of, seat.company.provider),
            seeded=seat.seeded,
        ),
        unsettled={
            state.value: count
            for state, count in stood.states.items()
            if count and state not in SETTLED
        },
        repeats=tuple(await simulator.repeats(connection.realm_id)),
        calls=stood.calls,
        errors=stood.errors,
    )

"""How much of its quota one realm with a deep backlog uses.

A real worker process on real time, against the simulator with the provider's own limits,
strictly sliding. The steady rate is taken over whole minutes' worth of calls: from the first
call after the first quota was used up, to the same place in the last one that was.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import httpx
from starlette.types import ASGIApp

from consumers.intake.events import Received
from consumers.intake.platform_events import Intake
from consumers.position import Position
from consumers.store.postgres import PostgresStore
from gateway.database.sessions import Sessions
from gateway.demo.business.scenario import Company
from gateway.runtime.lifecycle import utc_now
from providers.registry import PROVIDERS
from providers.simulators.qbo import app as qbo_app
from providers.simulators.qbo.config import QboSimulatorConfig
from providers.simulators.xero import app as xero_app
from providers.simulators.xero.config import XeroSimulatorConfig
from schemas.documents.document import Document, DocumentType
from schemas.ids import ProviderName, RealmId
from tests.benchmarks.arrivals import received
from tests.benchmarks.documents import (
    INVOICES_A_CUSTOMER,
    announcement,
    customer,
    invoice,
)
from tests.benchmarks.figures import Figure, load_average, parser, show
from tests.benchmarks.stage import QBO, XERO, Stage, open_stage

TENANT = "larkspur"
BATCH = 1000
XERO_LATENCY = timedelta(milliseconds=110)  # as long as the other simulator takes by itself


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured at one provider.

    Attributes:
        depth: Documents that wait; more than three minutes can write.
        batch: The most documents of one call.
    """

    company: Company
    currency: str
    depth: int
    batch: int


CASES: Mapping[ProviderName, Case] = {
    QBO: Case(Company(QBO, "Larkspur Supply Co", "US"), "USD", depth=2_400, batch=1),
    XERO: Case(Company(XERO, "Kowhai Garden Centre", "NZ"), "NZD", depth=14_000, batch=50),
}


def simulator(provider: ProviderName) -> ASGIApp:
    """Make the provider's stand-in, with its own limits."""
    if provider == QBO:
        return qbo_app.create_app(QboSimulatorConfig())
    return xero_app.create_app(XeroSimulatorConfig(latency=XERO_LATENCY))


def backlog(depth: int, currency: str) -> list[tuple[DocumentType, Document]]:
    """Return customers, and behind them their invoices."""
    customers = depth // (INVOICES_A_CUSTOMER + 1)
    return [
        *((DocumentType.CUSTOMER, customer(number)) for number in range(customers)),
        *(
            (DocumentType.INVOICE, invoice(n, n % customers, currency=currency))
            for n in range(depth - customers)
        ),
    ]


async def take_in(stage: Stage, documents: Sequence[tuple[DocumentType, Document]]) -> None:
    """Store the documents through intake, oldest first; nobody is signalled."""
    intake = Intake(PostgresStore(Sessions(stage.gateway).session), now=utc_now)
    offsets = count()
    for first in range(0, len(documents), BATCH):
        sent = [announcement(*one, TENANT) for one in documents[first : first + BATCH]]
        events = [
            Received(
                Position("bench", 0, next(offsets)),
                [(name, value.encode()) for name, value in one.headers().items()],
                one.encoded_payload(),
            )
            for one in sent
        ]
        await intake.accept(events)


def steady_per_minute(calls: Sequence[float], quota: int) -> float:
    """Return the calls a minute, over as many whole quotas as came after the first.

    Raises:
        ValueError: not even two quotas and a call were used up.
    """
    whole = (len(calls) - 1) // quota - 1
    if whole < 1:
        msg = (
            f"{len(calls)} calls are too few for a steady rate at {quota} a minute: run longer"
        )
        raise ValueError(msg)
    return whole * quota * 60 / (calls[(whole + 1) * quota] - calls[quota])


async def throttled(address: str, realm: RealmId) -> int:
    """Ask the simulator how many calls it refused."""
    async with httpx.AsyncClient(base_url=address) as client:
        told = (await client.get("/_simulator/stats")).json()
    return int(_of_realm(told, realm)["throttled"])


def _of_realm(
    told: Mapping[str, Mapping[str, dict[str, int]]], realm: RealmId
) -> dict[str, int]:
    return next(part[realm] for part in told.values() if realm in part)


async def measured(name: ProviderName, seconds: float, depth: int) -> list[Figure]:
    """Run a worker on the backlog for so long."""
    case = CASES[name]
    async with (
        received(simulator(name)) as (arrivals, address),
        open_stage({name: address}) as stage,
    ):
        connection = await stage.connect(name, case.company, TENANT)
        await take_in(stage, backlog(depth or case.depth, case.currency))
        arrivals.clear()
        worker = await stage.start(f"worker {name}")
        await asyncio.sleep(seconds)
        calls = arrivals.calls
        agreed = await stage.value("SELECT count(*) FROM sync_records WHERE state = 'agreed'")
        await worker.child.stop()
        refused = await throttled(address, connection.realm_id)
    return figures(name, calls, agreed=agreed, refused=refused)


def figures(
    name: ProviderName, calls: Sequence[float], *, agreed: int, refused: int
) -> list[Figure]:
    """Return what was found."""
    title, quota = PROVIDERS[name].title, PROVIDERS[name].quota.per_minute
    rate = steady_per_minute(calls, quota)
    per_call = agreed / len(calls)
    allowed = f"the {quota} calls allowed"
    return [
        Figure(
            f"{title}: calls in a steady minute",
            rate,
            "calls",
            aim="0.95",
            baseline=allowed,
            ratio=rate / quota,
        ),
        Figure(
            f"{title}: documents a call",
            per_call,
            "documents",
            baseline=f"the {CASES[name].batch} that one call may carry",
            ratio=per_call / CASES[name].batch,
        ),
        Figure(f"{title}: documents in a steady minute", rate * per_call, "documents"),
        Figure(f"{title}: calls refused for the quota", refused, "calls", aim="0"),
    ]


def main() -> None:
    """Run as the command line says."""
    options = parser(__doc__)
    options.add_argument("--provider", choices=sorted(CASES), required=True)
    options.add_argument("--seconds", type=float, default=200.0)
    options.add_argument("--documents", type=int, default=0, help="depth of the backlog")
    chosen = options.parse_args()
    load = load_average()
    name = ProviderName(chosen.provider)
    found = asyncio.run(measured(name, chosen.seconds, chosen.documents))
    show(found, as_json=chosen.json, load_before=load)


if __name__ == "__main__":
    main()

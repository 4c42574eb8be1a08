"""The simulation's ledger passes the contract of the real ones, on virtual time."""

from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import pytest

from providers.base import Ledger
from providers.quotas import Quota
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId
from tests.contracts.ledger_harness import Trouble
from tests.contracts.ledger_writes import LedgerWritesContract
from tests.fakes.unpaced import Unpaced
from tests.simulation.books import RealmBooks, Rules
from tests.simulation.faults import Weather
from tests.simulation.ledger import Realm, SimulatedLedger
from tests.simulation.process import Process
from tests.simulation.trace import Trace

QUOTA = Quota(per_minute=1_000, in_flight=10)


class FailingOnce(Weather):
    """Weather that is calm but for one call, whose answer is lost."""

    loses_next = False

    def fails_call(self) -> bool:
        found, self.loses_next = self.loses_next, False
        return found

    @property
    def troubled(self) -> bool:
        return False


class AfterTheWork(Random):
    """Random numbers by which a call that fails does so after its work."""

    def random(self) -> float:
        return 0.9


@dataclass
class SimulatedCompany:
    rules: Rules
    currency: str = "USD"
    tax_rate: str = "0"
    unknown_id: str = "987654"
    provider: Any = None  # nothing here asks for it
    immutable: frozenset[DocumentType] = frozenset()
    voids_paid: bool = False
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        random = AfterTheWork(1)
        self.books = RealmBooks(ConnectionId(UUID(int=1)), self.rules)
        self._weather = FailingOnce(random)
        self.ledger = SimulatedLedger(
            Process("worker", random, Trace(), slow=0.0, step_s=0.01),
            Realm(self.books, QUOTA),
            Unpaced(),
            self._weather,
            violated=_fail,
            before=lambda *_: None,
            after=lambda: None,
        )

    @property
    def has_versions(self) -> bool:
        return self.rules.sync_tokens

    async def strike(self, trouble: Trouble, *, times: int = 1) -> None:
        assert (trouble, times) == (Trouble.ANSWER_LOST, 1)
        self._weather.loses_next = True

    async def count(self, document_type: DocumentType) -> int:
        return sum(page.kind is document_type for page in self.books.pages.values())

    async def classes(self, document_type: DocumentType, record_id: str) -> list[str]:
        raise NotImplementedError


class TestSimulatedLedger(LedgerWritesContract):
    @pytest.fixture(params=[True, False], ids=["with versions", "without versions"])
    def company(self, request: pytest.FixtureRequest) -> SimulatedCompany:
        rules = Rules(
            remembers_s=1e9,
            unique_numbers=True,
            sync_tokens=request.param,
            batch=1,
            quota=QUOTA,
        )
        return SimulatedCompany(rules)


def _fail(what: str) -> None:
    raise AssertionError(what)

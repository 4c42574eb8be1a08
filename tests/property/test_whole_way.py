"""A business through intake, workers and a ledger: nothing is lost, and the books are equal.

The traffic is the demo's: yen and dinars, tax rounded in every way, texts as people write them.
`make integration` sends some two hundred documents to each ledger, `make laws` 10,000.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date
from functools import partial
from itertools import islice
from typing import Final

import pytest
import pytest_asyncio
from hypothesis import settings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.intake.events import Received
from consumers.intake.platform_events import Intake
from consumers.position import Position
from consumers.store.postgres import PostgresStore
from gateway.database.engine import open_database
from gateway.database.sessions import Sessions
from gateway.demo.business.actions import Action
from gateway.demo.business.scenario import TENANTS
from gateway.demo.business.traffic import traffic
from gateway.demo.platform.platform import Platform, create_tables
from gateway.demo.platform.platform_books import read_books
from gateway.demo.verification.comparison import compare
from gateway.demo.verification.ledger_books import key_of
from producers.record_headers import headers_of
from tests.fakes.served import QBO, XERO, Simulated, simulated_qbo, simulated_xero
from tests.integration.cases.harbour import HARBOUR, UNLIMITED, Branch, open_branches
from tests.outbox_rows import POLLED_ROWS

DAY: Final = date(2026, 11, 21)
BATCH: Final = 300
DOCUMENTS: Final = max(200, settings().max_examples)


@pytest_asyncio.fixture
async def platform(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with open_database(database_url) as engine:
        async with engine.begin() as connection:
            await create_tables(connection)
        yield engine


@pytest.fixture(params=[QBO, XERO])
def simulated(request: pytest.FixtureRequest) -> Iterator[Simulated]:
    opened = simulated_qbo() if request.param == QBO else simulated_xero(quotas=UNLIMITED)
    with opened as simulator:
        yield simulator


async def announced(platform: AsyncEngine, *, after: int) -> list[Received]:
    """Return the events behind a position of the outbox, as the relay publishes them."""
    async with platform.connect() as database:
        rows = await database.execute(_BEHIND, {"after": after})
        return [
            Received(
                Position("platform.events", 0, row[0]),
                [(name, str(value).encode()) for name, value in headers_of(row).items()],
                bytes(row[4]),
            )
            for row in rows
        ]


_BEHIND: Final = text(f"{POLLED_ROWS} WHERE seq > :after ORDER BY seq")


async def carry_through(
    platform: AsyncEngine, branch: Branch, actions: Sequence[Action]
) -> None:
    """Let the service act, and everything come to rest every few hundred actions."""
    service, sync = Platform(platform), branch.sync
    intake = Intake(PostgresStore(Sessions(sync.database).session), now=sync.now)
    after, left = 0, iter(actions)
    while batch := list(islice(left, BATCH)):
        for action in batch:
            await service.carry_out(action)
        events = await announced(platform, after=after)
        after = events[-1].position.offset
        await intake.accept(events)
        await sync.work()


@pytest.mark.accepts("DRV-24", "DRV-25")
async def test_a_business_arrives_whole_and_equal_to_the_smallest_amount(
    platform: AsyncEngine, migrated_database_url: str, simulated: Simulated
) -> None:
    tenants = [tenant for tenant in TENANTS if tenant.id == HARBOUR]
    actions = traffic(tenants, documents=DOCUMENTS, seed=9, today=DAY)
    async with open_branches(migrated_database_url, [simulated]) as (branch,):
        seeded = {one.id for one in branch.ledger()}
        await carry_through(platform, branch, actions)
        stopped = await branch.sync.rows(
            "SELECT document_id, state, reason->>'cause' AS cause FROM sync_records"
            " WHERE state NOT IN ('agreed', 'skipped')"
        )
        assert stopped == []
        async with platform.connect() as database:
            entries = (await read_books(database))[HARBOUR]
        found = compare(
            entries, branch.ledger(), key_of=partial(key_of, branch.name), seeded=seeded
        )
        assert (found.differences, found.duplicates, found.strangers) == ((), (), ())
        assert found.agrees
        assert branch.repeats() == []
        assert len(entries) == DOCUMENTS

"""Many companies at once: nothing of one ever gets into the books of another."""

import asyncio
import random
from collections.abc import Sequence

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from schemas.documents.document import Document
from tests.chaos.platform import Owner, business, edits
from tests.chaos.process_group import ROLES, ProcessGroup
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

TENANTS = 5
INTERLEAVINGS = 3
CUSTOMERS, INVOICES = 2, 4


def documents(owner: int, wave: int) -> list[Document]:
    """Return documents with everybody's ids, names and numbers, and prices of nobody else."""
    price = str(1000 + 100 * owner + wave)
    first = wave == 0
    return (business if first else edits)(CUSTOMERS, INVOICES, price=price)


@pytest_asyncio.fixture(loop_scope="session")
async def owners(group: ProcessGroup) -> Sequence[Owner]:
    """Connect twenty companies, and start every role; yields whose documents each holds."""
    found = []
    for n in range(TENANTS):
        for provider in (QBO, XERO):
            await group.connect(provider, f"t{n}")
            other = await group.connect(provider, f"t{n}", default=False)
            found.append(Owner(f"t{n}", other.realm))
        found.append(Owner(f"t{n}"))
    assert len(group.books) == 20
    await group.start(*ROLES)
    return found


@pytest.mark.accepts("SEC-15", "SEC-07", "CON-12")
@given(seed=st.integers(0, 2**32 - 1))
@settings(
    max_examples=INTERLEAVINGS,
    phases=(Phase.explicit, Phase.generate),  # to shrink would take hours
    suppress_health_check=(HealthCheck.function_scoped_fixture, HealthCheck.too_slow),
)
async def test_random_traffic_of_twenty_companies_never_gets_mixed_up(
    group: ProcessGroup, owners: Sequence[Owner], seed: int
) -> None:
    """Each interleaving changes what the one before it has left in the same books."""
    chance = random.Random(seed)  # noqa: S311 - a dice, not a secret
    todo = [
        (number, wave, index)
        for number in range(len(owners))
        for wave in range(3)
        for index in range(len(documents(number, wave)))
    ]
    for number, wave, index in interleaved(todo, chance):
        await group.platform.announce(owners[number], documents(number, wave)[index])
        await asyncio.sleep(0)
    await group.agree(within_s=60)


def interleaved(
    todo: list[tuple[int, int, int]], chance: random.Random
) -> list[tuple[int, int, int]]:
    """Shuffle, but leave the order within each owner as it is."""
    order = [number for number, _, _ in todo]
    chance.shuffle(order)
    rest = {number: iter([one for one in todo if one[0] == number]) for number in set(order)}
    return [next(rest[number]) for number in order]

"""The provider does its work and the answer is lost."""

from typing import Any

import pytest

from tests.chaos.platform import Owner, business, edits
from tests.chaos.process_group import ROLES, ProcessGroup
from tests.fakes.served import QBO, XERO, Simulated

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Writes of QuickBooks are its POSTs. Xero's name `summarizeErrors`, and being batches are few.
_LOST: dict[str, dict[str, Any]] = {
    QBO: {"method": "POST", "path": "/v3/company", "every": 8, "at_most": 6},
    XERO: {"path": "summarizeErrors", "every": 2, "at_most": 2},
}

RETRIED_S = 75.0  # where the look-up's repeat is lost too, the next try is half a minute later


def lose_answers(simulator: Simulated) -> None:
    rule = {"name": "lost", "kind": "drop_after_commit", **_LOST[simulator.name]}
    simulator.control("faults", rule)


def lost(simulator: Simulated) -> int:
    faults: dict[str, Any] = simulator.control("faults")
    return sum(rule["thrown"] for rule in faults.values())


@pytest.mark.accepts("GWY-20", "ERR-14")
@pytest.mark.parametrize("idempotency", ["on", "off"])
async def test_a_write_whose_answer_is_lost_is_not_written_again(
    group: ProcessGroup, idempotency: str
) -> None:
    simulators = group.services.simulators
    simulators[QBO].control("switches", {"idempotency_mode": idempotency})
    for provider in (QBO, XERO):
        await group.connect(provider, "t1")
        lose_answers(simulators[provider])
    await group.start(*ROLES)
    await group.platform.announce(Owner("t1"), *business(4, 20))
    await group.agree(within_s=RETRIED_S)
    await group.platform.announce(Owner("t1"), *edits(4, 20))
    await group.agree(within_s=RETRIED_S)
    assert lost(simulators[QBO]) >= 5
    assert lost(simulators[XERO]) >= 2

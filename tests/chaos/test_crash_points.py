"""Processes killed at named points, between two steps that belong together."""

import pytest

from tests.chaos.platform import Owner, business, customer, edits
from tests.chaos.process_group import INTAKE, RELAY, WORKERS, ProcessGroup
from tests.e2e.topics import records
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

T1 = Owner("t1")
POINTS = ("after_poll_before_publish", "after_publish_before_cursor", "after_cursor")
INTAKE_POINTS = (
    "after_poll_before_accept",
    "after_accept_before_send",
    "after_send_before_commit",
)


@pytest.mark.accepts("GWY-20", "ERR-14", "RUN-09")
@pytest.mark.parametrize("point", ["after_intent_before_call", "after_call_before_settle"])
async def test_a_worker_killed_around_a_provider_call_writes_nothing_twice(
    group: ProcessGroup, point: str
) -> None:
    for provider in (QBO, XERO):
        await group.connect(provider, "t1")
    await group.start(RELAY, INTAKE)
    await group.platform.announce(T1, *business(3, 10))
    await group.crash(*WORKERS, at=f"{point}:2")
    assert await group.count("intents") >= 2, "each worker left a write of unknown outcome"
    await group.platform.announce(T1, *edits(3, 10))
    await group.crash(*WORKERS, at=f"{point}:2")
    await group.start(*WORKERS)
    await group.agree()


@pytest.mark.accepts("GWY-01", "RUN-02")
async def test_a_relay_killed_between_two_steps_loses_and_doubles_nothing(
    group: ProcessGroup,
) -> None:
    await group.connect(XERO, "t1")
    await group.start(INTAKE, *WORKERS)
    await group.platform.announce(T1, *business(3, 10))
    for n, point in enumerate(POINTS):
        await group.platform.announce(T1, *edits(3, 10, price=f"{n + 2}00"))
        await group.platform.roll_back(T1, customer(90 + n))
        await group.crash(RELAY, at=point)
    await group.start(RELAY)
    await group.agree()
    published = await records(group.services.kafka.bootstrap, "platform.events")
    assert len(published) > group.platform.announced, "some were published twice"


@pytest.mark.accepts("RUN-02")
async def test_intake_killed_between_two_steps_loses_no_event(group: ProcessGroup) -> None:
    """Each time other documents: a newer event of the same ones would hide a lost one."""
    await group.connect(XERO, "t1")
    await group.start(RELAY, *WORKERS)
    for n, point in enumerate(INTAKE_POINTS):
        await group.platform.announce(T1, *(customer(10 * n + m) for m in range(10)))
        await group.crash(INTAKE, at=point)
    assert await group.count("sync_records") > 0, "it died behind the table, too"
    await group.start(INTAKE)
    await group.agree()
    assert await group.count("sync_records") == 10 * len(INTAKE_POINTS)

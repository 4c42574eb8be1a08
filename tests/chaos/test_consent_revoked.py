"""A customer takes the consent back at the provider, and gives it again."""

import pytest

from tests.chaos.platform import Owner, business, edits
from tests.chaos.process_group import ROLES, WORKERS, ProcessGroup
from tests.eventually import eventually
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

T1 = Owner("t1")


@pytest.mark.accepts("GWY-19")
async def test_work_waits_for_a_new_consent_and_then_drains_by_itself(
    group: ProcessGroup,
) -> None:
    for provider in (QBO, XERO):
        await group.connect(provider, "t1")
    await group.start(*ROLES)
    await group.platform.announce(T1, *business(3, 10))
    await group.agree()
    for books in group.books:
        books.simulator.control(f"connections/{books.realm}/disconnect", {})
    await group.platform.announce(T1, *edits(3, 10))
    await eventually(lambda: _all_expired(group))

    async def none_under_way() -> bool:
        return not any([await group.tries_in_progress(worker) for worker in WORKERS])

    # A try that had begun when the consent was found to be gone may still make its call.
    await eventually(none_under_way)
    calls = [books.calls() for books in group.books]
    await group.platform.announce(T1, *edits(3, 10, price="300"))
    await eventually(lambda: _taken_in(group))
    assert [books.calls() for books in group.books] == calls, "nobody knocks in vain"
    assert await group.count("sync_records", "state IN ('dead', 'held')") == 0
    for books in group.books:
        await group.consent(books)
    await group.agree()


async def _all_expired(group: ProcessGroup) -> bool:
    return await group.count("connections", "state = 'expired'") == len(group.books)


async def _taken_in(group: ProcessGroup) -> bool:
    newest = max(group.platform.versions.values())
    wanted = sum(version == newest for version in group.platform.versions.values())
    taken = await group.count("sync_records", f"desired_version = {newest}")
    return taken == wanted * len(group.books)

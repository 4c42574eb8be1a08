"""A customer takes the consent back at the provider, and gives it again."""

from datetime import timedelta

import pytest

from schemas.connection_alert import EXPIRED
from schemas.topics import SYNC_RESULTS
from tests.chaos.platform import Owner, business, edits
from tests.chaos.process_group import ROLES, WORKERS, ProcessGroup
from tests.e2e.topics import Record, records
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


async def test_people_are_told_of_a_lost_consent_and_it_is_over_with_a_new_one(
    group: ProcessGroup,
) -> None:
    """A refresh is refused with `invalid_grant`: the platform is told, and no work is lost."""
    books = await group.connect(QBO, "t1")
    await group.start(*ROLES)
    await group.start_api()
    await group.platform.announce(T1, *business(2, 4))
    await group.agree()
    books.simulator.control(f"connections/{books.realm}/disconnect", {})
    await group.platform.announce(T1, *edits(2, 4))
    await eventually(lambda: _told(group))
    (alert,) = await group.rows("SELECT * FROM connection_alerts")
    (found,) = await group.rows("SELECT updated_at FROM connections WHERE state = 'expired'")
    assert (alert["code"], alert["tenant_id"]) == ("grant_refused", "t1")
    assert alert["told_at"] - found["updated_at"] < timedelta(minutes=1)
    assert await group.count("sync_records", "state IN ('dead', 'held')") == 0
    await group.consent(books)
    await group.agree()
    await eventually(lambda: _closed(group))
    assert len(await _events(group)) == 1


async def _told(group: ProcessGroup) -> bool:
    return [one.header("ce_tenantid") for one in await _events(group)] == ["t1"]


async def _events(group: ProcessGroup) -> list[Record]:
    found = await records(group.services.kafka.bootstrap, SYNC_RESULTS)
    return [one for one in found if one.header("ce_type") == EXPIRED]


async def _closed(group: ProcessGroup) -> bool:
    return await group.count("connection_alerts", "closed_at IS NULL") == 0

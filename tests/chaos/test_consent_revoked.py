"""A customer takes the consent back at the provider, and gives it again."""

import pytest

from tests.chaos.cast import ROLES, Cast
from tests.chaos.platform import Owner, business, edits
from tests.eventually import eventually
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

T1 = Owner("t1")


async def test_work_waits_for_a_new_consent_and_then_drains_by_itself(cast: Cast) -> None:
    for provider in (QBO, XERO):
        await cast.connect(provider, "t1")
    before = await _unaudited(cast)
    await cast.start(*ROLES)
    await cast.platform.announce(T1, *business(3, 10))
    await cast.agree()
    for books in cast.books:
        books.simulator.control(f"connections/{books.realm}/disconnect", {})
    await cast.platform.announce(T1, *edits(3, 10))
    await eventually(lambda: _all_expired(cast), within_s=20)

    async def none_under_way() -> bool:
        return await _unaudited(cast) == before

    await eventually(none_under_way, within_s=20)
    calls = [books.calls() for books in cast.books]
    await cast.platform.announce(T1, *edits(3, 10, price="300"))
    await eventually(lambda: _taken_in(cast), within_s=20)
    assert [books.calls() for books in cast.books] == calls, "nobody knocks in vain"
    assert await cast.count("sync_records", "state IN ('dead', 'held')") == 0
    for books in cast.books:
        await cast.consent(books)
    await cast.agree()


async def _all_expired(cast: Cast) -> bool:
    return await cast.count("connections", "state = 'expired'") == len(cast.books)


async def _unaudited(cast: Cast) -> list[int]:
    """Count the calls of each company that no audit tells of; those under way are of them."""
    found = []
    for books in cast.books:
        audited = await cast.count("api_calls", f"realm_id = '{books.realm}'")
        found.append(books.calls() - audited)
    return found


async def _taken_in(cast: Cast) -> bool:
    newest = max(cast.platform.versions.values())
    wanted = sum(version == newest for version in cast.platform.versions.values())
    taken = await cast.count("sync_records", f"desired_version = {newest}")
    return taken == wanted * len(cast.books)

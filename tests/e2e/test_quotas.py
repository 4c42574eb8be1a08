"""A burst of work, and providers that count calls more strictly than they say they do."""

import pytest

from schemas.documents.account import Account
from tests.chaos.books import Books
from tests.chaos.platform import Owner
from tests.chaos.process_group import ROLES, ProcessGroup
from tests.eventually import eventually
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

BURST = 700


def account(n: int) -> Account:
    """Return what both providers take one of a call."""
    return Account.model_validate(
        {"id": f"a{n}", "code": f"9{n:04}", "name": f"Cost centre {n}", "kind": "expense"}
    )


@pytest.mark.accepts("SEC-09")
async def test_a_burst_fills_the_quota_of_a_minute_and_never_exceeds_it(
    group: ProcessGroup,
) -> None:
    """That QuickBooks' 500 are filled to 97 % and more is shown on virtual time, in
    `tests/unit/consumers/lanes/test_fairness.py`: at a load of 23 a machine made 477.
    """
    qbo, xero = [await group.connect(provider, "t1") for provider in (QBO, XERO)]
    await group.start(*ROLES)
    await group.platform.announce(Owner("t1"), *(account(n) for n in range(BURST)))

    async def a_minute_is_over() -> bool:
        return all(_went_on_after_a_full_minute(books) for books in (qbo, xero))

    await eventually(a_minute_is_over, within_s=100)
    assert qbo.traffic()["throttled"] == 0
    assert xero.traffic()["throttled"] == 0
    assert 400 <= qbo.traffic()["max_in_any_minute"] <= 500
    assert 58 <= xero.traffic()["max_in_any_minute"] <= 60
    assert qbo.traffic()["max_in_any_second"] <= 10
    assert qbo.traffic()["max_in_flight"] <= 10
    assert xero.traffic()["max_in_flight"] <= 5


def _went_on_after_a_full_minute(books: Books) -> bool:
    """Whether more calls were made than any minute has seen: the window has moved on."""
    seen = books.traffic()
    return seen.get("requests", 0) > seen.get("max_in_any_minute", 0) + 5

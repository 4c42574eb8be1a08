"""A QuickBooks company of which nothing is known, since it was never read."""

import httpx
import pytest

from providers.qbo.reasons import calls
from tests.unit.advice.as_told import as_told
from tests.unit.advice.books import CUSTOMER, qbo
from tests.unit.advice.followed import follows

pytestmark = pytest.mark.accepts("DRV-31")


@follows(calls.PROFILE_MISSING)
async def test_a_company_that_was_never_read_is_read_without_anyone() -> None:
    async with qbo() as world:
        world.change(profile={})
        id_ = await world.announce(CUSTOMER)
        await world.work()
        world.goes_on(id_)


def refused_reading(request: httpx.Request) -> httpx.Response | None:
    if "companyinfo" not in request.url.path:
        return None
    entry = {"Message": "said", "Detail": "no", "code": "5020", "element": ""}
    return httpx.Response(400, json={"Fault": {"Error": [entry], "type": "F"}})


@follows(calls.PROFILE_MISSING)
async def test_a_company_that_could_not_be_read_is_read_when_its_task_is_solved() -> None:
    async with qbo() as world:
        world.change(profile={})
        world.edge.answer = refused_reading
        id_ = await world.announce(CUSTOMER)
        await world.work()

        async def put_right() -> None:
            world.edge.answer = lambda _: None
            await world.later(minutes=1)

        await as_told(world, id_, calls.PROFILE_MISSING, put_right=put_right)

"""A vendor whose account number another contact has: its record says so as long as it is so."""

import pytest

from schemas.remarks import Remark
from tests.unit.advice.books import VENDOR, stocked, xero

pytestmark = pytest.mark.accepts("DRV-26")

LEFT_OUT = Remark("left_out", "account_number", "1001", "")


async def test_the_remark_stays_until_the_vendor_has_a_number() -> None:
    async with xero() as world:
        await stocked(world)
        first = await world.announce(VENDOR, id="v1", name="Avocet", account_number="1001")
        await world.work()
        fields = {"id": "v2", "name": "Godwit", "account_number": "1001"}
        second = await world.announce(VENDOR, **fields)
        await world.work()
        assert world.record(first).remarks == ()
        assert world.record(second).remarks == (LEFT_OUT,)
        await world.announce(VENDOR, **fields, phone="555 0101")
        await world.work()
        world.goes_on(second)
        assert world.record(second).remarks == (LEFT_OUT,)
        await world.announce(VENDOR, **{**fields, "account_number": "1002"})
        await world.work()
        world.goes_on(second)
        assert world.record(second).remarks == ()

"""Settings of names and numbers that nobody can read, corrected as their advice says."""

from typing import Any

import pytest

from providers.reasons import NAMING_UNREADABLE
from tests.unit.advice.as_told import as_told
from tests.unit.advice.books import INVOICE, qbo, stocked, xero
from tests.unit.advice.followed import follows

pytestmark = pytest.mark.accepts("DRV-31")


@follows(NAMING_UNREADABLE)
@pytest.mark.parametrize("opened", [qbo, xero])
async def test_a_document_goes_on_when_the_setting_of_its_number_is_corrected(
    opened: Any,
) -> None:
    async with opened() as world:
        await stocked(world)
        world.change(settings={**world.settings, "numbers": {"on_clash": "guess"}})
        id_ = await world.announce(INVOICE)
        await world.work()

        async def put_right() -> None:
            suffix = {"on_clash": "suffix"}
            world.change(settings={**world.settings, "numbers": suffix})

        await as_told(world, id_, NAMING_UNREADABLE, put_right=put_right)

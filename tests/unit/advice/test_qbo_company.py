"""What stops a document at a QuickBooks company, and goes on when it is put right there."""

from decimal import Decimal
from typing import Any, Final

import httpx
import pytest

from providers.qbo.reasons import calls, documents, settings
from providers.simulators.qbo.books import seed
from schemas.ids import RecordId
from schemas.result import SyncState
from tests.unit.advice.as_told import as_told
from tests.unit.advice.books import (
    ACCOUNT,
    CUSTOMER,
    INVOICE,
    ITEM,
    QboWorld,
    line,
    qbo,
    stocked,
)
from tests.unit.advice.followed import follows

pytestmark = pytest.mark.accepts("DRV-31")

HOSPITALITY: Final = seed.TaxCodeSeed("Hospitality", (("Hospitality", "12.5"),))
SUPPER: Final[dict[str, Any]] = {
    "tax_mode": "exclusive",
    "lines": [line(tax_code="HOSPITALITY", tax_rate="12.5")],
}


def classed(*classes: str) -> dict[str, Any]:
    """Return lines of these classes."""
    return {"lines": [line(id=str(n), class_code=one) for n, one in enumerate(classes)]}


def add_tax_code(world: QboWorld) -> str:
    """Add a tax code of 12.5 % in QuickBooks, and return its id."""
    seed.seed_tax_code(world.books, "90", HOSPITALITY, first_rate=90)
    return "90"


async def read_calls(world: QboWorld) -> int:
    """Return how often the company was read."""
    return sum("companyinfo" in str(one.url) for one in world.edge.requests)


@follows(settings.ACCOUNT_UNMAPPED)
async def test_an_item_without_an_account_goes_on_with_a_default_one() -> None:
    async with qbo() as world:
        world.change(settings={**world.settings, "accounts": {}})
        id_ = await world.announce(ITEM)
        await world.work()

        async def put_right() -> None:
            world.change(settings=world.settings)

        await as_told(world, id_, settings.ACCOUNT_UNMAPPED, put_right=put_right)


@follows(settings.TAX_CODE_UNMAPPED)
@pytest.mark.parametrize("mapped", [True, False])
async def test_a_tax_code_goes_on_when_it_is_added_or_mapped(*, mapped: bool) -> None:
    async with qbo(country="GB") as world:
        await stocked(world)
        if mapped:
            codes = {"tax_codes": {"HOSPITALITY": "90"}}
            world.change(settings={**world.settings, **codes})
        id_ = await world.announce(INVOICE, **SUPPER)
        await world.work()

        async def put_right() -> None:
            add_tax_code(world)

        await as_told(world, id_, settings.TAX_CODE_UNMAPPED, put_right=put_right)


@pytest.mark.parametrize("mapped", [True, False])
async def test_a_tax_code_that_was_added_after_connecting_is_found_at_once(
    *, mapped: bool
) -> None:
    """Case 30."""
    async with qbo(country="GB") as world:
        await stocked(world)
        if mapped:
            codes = {"tax_codes": {"HOSPITALITY": "90"}}
            world.change(settings={**world.settings, **codes})
        add_tax_code(world)
        before = await read_calls(world)
        id_ = await world.announce(INVOICE, **SUPPER)
        await world.work()
        world.goes_on(id_)
        assert await read_calls(world) == before + 1


async def test_a_wrong_mapping_has_the_company_read_once_for_all_that_need_it() -> None:
    async with qbo(country="GB") as world:
        await stocked(world)
        before = await read_calls(world)
        wrong = [await announce(world, n) for n in range(10)]
        await world.work()
        for n in range(10, 20):
            wrong.append(await announce(world, n))
            await world.later(seconds=30)
        for id_ in wrong:
            world.stopped(id_, settings.TAX_CODE_UNMAPPED)
        assert await read_calls(world) == before + 1
        await world.later(minutes=20)
        wrong.append(await announce(world, 20))
        await world.work()
        assert await read_calls(world) == before + 2


async def announce(world: QboWorld, n: int) -> RecordId:
    return await world.announce(INVOICE, id=f"i{n}", number=f"INV-{n}", **SUPPER)


async def test_a_company_is_read_again_when_it_was_read_a_day_ago() -> None:
    async with qbo(country="GB") as world:
        await stocked(world)
        before = await read_calls(world)
        await world.later(hours=23)
        await world.announce(CUSTOMER, phone="555 0101")
        await world.work()
        assert await read_calls(world) == before
        await world.later(hours=1)
        await world.announce(CUSTOMER, phone="555 0102")
        await world.work()
        assert await read_calls(world) == before + 1
        assert world.connection.profile_read_at == world.now


async def test_who_asks_while_a_company_is_read_has_it_read_once_more() -> None:
    async with qbo(country="GB") as world:
        await stocked(world)
        first, second = [await announce(world, n) for n in range(2)]
        await world.work()
        for id_ in (first, second):
            world.stopped(id_, settings.TAX_CODE_UNMAPPED)

        def put_right(request: httpx.Request) -> None:
            """Add the code when those there were have just been read."""
            if "TaxRate" in request.url.params.get("query", "") and not codes:
                codes.append(add_tax_code(world))
                world.reopen(second)

        codes: list[str] = []
        before = await read_calls(world)
        world.edge.answer = put_right
        await world.solve(first)
        world.goes_on(second)
        world.goes_on(first)
        assert await read_calls(world) == before + 2


async def test_a_company_that_can_t_be_read_stops_no_document() -> None:
    async with qbo() as world:
        world.edge.answer = no_reading
        await world.later(days=2)
        id_ = await world.announce(CUSTOMER)
        await world.work()
        world.goes_on(id_)
        assert world.connection.profile_read_at != world.now
        tried = len(world.edge.requests)
        await world.announce(CUSTOMER, phone="555 0101")
        await world.work()
        assert len(world.edge.requests) == tried + 1, "not tried for each document"


@pytest.mark.parametrize("solved", [True, False])
async def test_what_may_be_there_is_tried_again_while_the_company_can_t_be_read(
    *, solved: bool
) -> None:
    """Held, it would ask for what was done already."""
    async with qbo(country="GB") as world:
        await stocked(world)
        id_ = await world.announce(INVOICE, **SUPPER)
        if solved:
            await world.work()
            world.stopped(id_, settings.TAX_CODE_UNMAPPED)
        add_tax_code(world)
        world.edge.answer = no_reading
        if solved:
            await world.solve(id_)
        else:
            await world.work()
        assert world.record(id_).state is SyncState.RETRYING
        world.edge.answer = lambda _: None
        await world.later(seconds=31)
        world.goes_on(id_)


def no_reading(request: httpx.Request) -> httpx.Response | None:
    return httpx.Response(503) if "companyinfo" in request.url.path else None


@follows(settings.TAX_RATE_DIFFERS)
async def test_a_tax_code_of_another_rate_goes_on_when_it_is_mapped_rightly() -> None:
    async with qbo(country="GB") as world:
        await stocked(world)
        add_tax_code(world)
        wrong = {**world.settings, "tax_codes": {"HOSPITALITY": "2"}}
        world.change(settings=wrong)
        id_ = await world.announce(INVOICE, **SUPPER)
        await world.work()

        async def put_right() -> None:
            world.change(settings={**wrong, "tax_codes": {"HOSPITALITY": "90"}})

        await as_told(world, id_, settings.TAX_RATE_DIFFERS, put_right=put_right)


@follows(settings.CLASS_UNMAPPED)
@pytest.mark.parametrize("left_out", [True, False])
async def test_a_class_goes_on_when_it_is_mapped_or_left_out(*, left_out: bool) -> None:
    async with qbo() as world:
        await stocked(world)
        id_ = await world.announce(INVOICE, **classed("north"))
        await world.work()

        async def put_right() -> None:
            made = {} if left_out else await world.person("Class", {"Name": "North"})
            world.change(settings={**world.settings, "classes": {"north": made.get("Id", "")}})

        await as_told(world, id_, settings.CLASS_UNMAPPED, put_right=put_right)


async def with_classes(world: QboWorld) -> None:
    """Map two classes."""
    await stocked(world)
    made = [await world.person("Class", {"Name": name}) for name in ("North", "South")]
    mapped = {"north": made[0]["Id"], "south": made[1]["Id"]}
    world.change(settings={**world.settings, "classes": mapped})


@follows(settings.CLASSES_OFF)
async def test_a_class_goes_on_when_classes_are_switched_on() -> None:
    async with qbo() as world:
        await with_classes(world)
        world.respec(class_tracking="off")
        await world.connect()
        id_ = await world.announce(INVOICE, **classed("north"))
        await world.work()

        async def put_right() -> None:
            world.respec(class_tracking="line")

        await as_told(world, id_, settings.CLASSES_OFF, put_right=put_right)


@follows(settings.CLASSES_DIFFER)
async def test_two_classes_go_on_when_each_line_may_have_its_own() -> None:
    async with qbo() as world:
        await with_classes(world)
        world.respec(class_tracking="transaction")
        await world.connect()
        id_ = await world.announce(INVOICE, **classed("north", "south"))
        await world.work()

        async def put_right() -> None:
            world.respec(class_tracking="line")

        await as_told(world, id_, settings.CLASSES_DIFFER, put_right=put_right)


@follows(settings.SALES_TAX_OFF)
async def test_tax_goes_on_when_sales_tax_was_set_up() -> None:
    async with qbo() as world:
        await stocked(world)
        shown = dict(world.books.record("Preferences", "1").body)
        off = {**shown, "TaxPrefs": {"UsingSalesTax": False}}
        answer = httpx.Response(200, json={"Preferences": plain(off), "time": "now"})
        world.edge.answer = lambda one: answer if "preferences" in one.url.path else None
        await world.connect()
        taxed = [line(tax_rate="8")]
        id_ = await world.announce(INVOICE, tax_mode="exclusive", lines=taxed)
        await world.work()

        async def put_right() -> None:
            world.edge.answer = lambda _: None

        await as_told(world, id_, settings.SALES_TAX_OFF, put_right=put_right)


def plain(value: Any) -> Any:
    """Return a record as JSON can carry it."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, Decimal) else value


@follows(settings.CURRENCY_NOT_HELD)
async def test_another_currency_goes_on_when_the_company_has_several() -> None:
    async with qbo() as world:
        id_ = await world.announce(CUSTOMER, currency="EUR")
        await world.work()

        async def put_right() -> None:
            world.respec(multicurrency=True)

        await as_told(world, id_, settings.CURRENCY_NOT_HELD, put_right=put_right)


@follows(documents.ITEM_NEEDED)
async def test_a_sale_to_an_account_goes_on_with_an_item() -> None:
    async with qbo() as world:
        await stocked(world)
        await world.announce(ACCOUNT)
        await world.work()
        bare = [{"id": "1", "unit_price": "10.00", "account_id": "a"}]
        id_ = await world.announce(INVOICE, lines=bare)
        await world.work()

        async def correct() -> None:
            await world.announce(INVOICE)

        await as_told(world, id_, documents.ITEM_NEEDED, correct=correct)


@follows(settings.PERIOD_CLOSED)
@pytest.mark.parametrize("moved", [True, False])
async def test_a_closed_period_goes_on_when_it_is_opened_or_the_date_is_moved(
    *, moved: bool
) -> None:
    async with qbo() as world:
        await stocked(world)
        await world.control(f"companies/{world.realm_id}", {"close_books": "2026-07-31"})
        id_ = await world.announce(INVOICE)
        await world.work()
        world.stopped(id_, settings.PERIOD_CLOSED)
        if moved:
            await world.announce(INVOICE, issued_on="2026-08-01")
            await world.work()
        else:
            await world.control(f"companies/{world.realm_id}", {"close_books": ""})
            await world.solve(id_)
        world.goes_on(id_)


@follows(calls.LEDGER_INACTIVE)
async def test_a_lapsed_subscription_goes_on_when_it_is_renewed() -> None:
    async with qbo() as world:
        await world.control(f"companies/{world.realm_id}", {"lapsed": True})
        id_ = await world.announce(CUSTOMER)
        await world.work()

        async def put_right() -> None:
            await world.control(f"companies/{world.realm_id}", {"lapsed": False})

        await as_told(world, id_, calls.LEDGER_INACTIVE, put_right=put_right)


@follows(settings.COMPANY_RESET)
async def test_what_a_reset_company_lost_goes_to_a_new_one() -> None:
    async with qbo() as world:
        await stocked(world)
        id_ = await world.announce(INVOICE)
        await world.work()
        entry = {"Message": "said", "Detail": "", "code": "10200", "element": ""}
        answer = httpx.Response(400, json={"Fault": {"Error": [entry], "type": "F"}})
        world.edge.answer = lambda _: answer
        await world.announce(INVOICE, due_on="2026-08-31")
        await world.work()
        world.stopped(id_, settings.COMPANY_RESET)
        world.edge.answer = lambda _: None
        await world.moved_to("9341450000000002")
        await stocked(world)
        again = await world.announce(INVOICE)
        await world.work()
        world.goes_on(again)
        assert again != id_

"""Every error code of QuickBooks: stopped by it, a record goes on as its advice says."""

from typing import Final

import httpx
import pytest

from providers.errors import Blocked, Gone, Stale
from providers.qbo.error_codes import ACCOUNT_NUMBER, REFUSED, TABLE
from providers.qbo.reasons import documents, records
from schemas.errors import ReasonCode
from schemas.ids import RecordId
from schemas.result import SyncState
from tests.unit.advice.as_told import as_told
from tests.unit.advice.books import ACCOUNT, INVOICE, QboWorld, qbo, stocked
from tests.unit.advice.followed import follows
from tests.unit.advice.world import Answer

pytestmark = pytest.mark.accepts("DRV-31")

REFUSED_NUMBER: Final = "REFUSED-1"
ON_CHANGE: Final = (Blocked, Gone, Stale)
UNKNOWN: Final = "9999"


def faulty(code: str, *methods: str, marked: str = "", about: str = "/invoice") -> Answer:
    """Answer calls about a kind with a fault; of writes those that have a mark in them."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        meant = about in request.url.path and request.method in methods
        if not meant or marked.encode() not in request.content:
            return None
        entry = {"Message": "said", "Detail": "Detail of it", "code": code, "element": ""}
        return httpx.Response(400, json={"Fault": {"Error": [entry], "type": "F"}})

    return answer


async def refused_create(world: QboWorld, code: str) -> RecordId:
    """Have an invoice refused for its number, as long as the cause is there."""
    world.edge.answer = faulty(code, "POST", marked=REFUSED_NUMBER)
    id_ = await world.announce(INVOICE, number=REFUSED_NUMBER)
    await world.work()
    return id_


async def refused_change(world: QboWorld, code: str, *methods: str) -> RecordId:
    """Have the change of an invoice refused."""
    id_ = await world.announce(INVOICE)
    await world.work()
    world.goes_on(id_)
    world.edge.answer = faulty(code, *methods)
    await world.announce(INVOICE, due_on="2026-08-31")
    await world.work()
    return id_


async def follow(world: QboWorld, id_: RecordId, entry: ReasonCode) -> None:
    """Do what the reason says: the cause is taken away, or the number is corrected."""

    async def put_right() -> None:
        world.edge.answer = lambda _: None

    async def correct() -> None:
        await world.announce(INVOICE, number="INV-1")

    await as_told(world, id_, entry, put_right=put_right, correct=correct)


@follows(*(meaning.reason for meaning in TABLE.values()))
@pytest.mark.parametrize("code", sorted(TABLE))
async def test_what_quickbooks_refuses_goes_on_as_its_advice_says(code: str) -> None:
    meaning = TABLE[code]
    async with qbo() as world:
        await stocked(world)
        if meaning.error in ON_CHANGE:
            gone = ("GET", "POST") if meaning.error is Gone else ("POST",)
            id_ = await refused_change(world, code, *gone)
        else:
            id_ = await refused_create(world, code)
        await follow(world, id_, meaning.reason)


@follows(documents.REFUSED)
async def test_what_is_refused_for_a_reason_without_a_row_goes_on_when_corrected() -> None:
    async with qbo() as world:
        await stocked(world)
        id_ = await refused_create(world, UNKNOWN)
        await follow(world, id_, REFUSED.reason)


@follows(records.CHANGED_IN_LEDGER)
async def test_what_died_as_others_keep_changing_it_goes_on_by_a_replay() -> None:
    async with qbo() as world:
        await stocked(world)
        id_ = await refused_change(world, "5010", "POST")
        await world.given_up(id_)
        world.stopped(id_, records.CHANGED_IN_LEDGER)
        world.edge.answer = lambda _: None
        await world.replay(records.CHANGED_IN_LEDGER.code)
        world.goes_on(id_)


@follows(records.LOCKED_BY_LINK)
async def test_a_void_that_is_blocked_is_tried_again_and_then_held() -> None:
    async with qbo() as world:
        await stocked(world)
        id_ = await world.announce(INVOICE)
        await world.work()
        world.edge.answer = faulty("6440", "POST")
        await world.announce(INVOICE, status="voided")
        await world.work()
        assert world.record(id_).state is SyncState.RETRYING
        world.stopped(id_, records.LOCKED_BY_LINK)
        while world.record(id_).state is SyncState.RETRYING:
            await world.later(minutes=80)
        world.stopped(id_, records.LOCKED_BY_LINK)
        world.edge.answer = lambda _: None
        await world.solve(id_)
        world.goes_on(id_)


@follows(records.ACCOUNT_NUMBER_IN_USE)
async def test_an_account_whose_number_is_in_use_goes_on_with_another() -> None:
    async with qbo() as world:
        entry = {"Message": "said", "Detail": "in use", "code": "6000", "element": "AcctNum"}
        fault = httpx.Response(400, json={"Fault": {"Error": [entry], "type": "F"}})
        world.edge.answer = lambda request: fault if b"4711" in request.content else None
        id_ = await world.announce(ACCOUNT)
        await world.work()
        world.stopped(id_, ACCOUNT_NUMBER.reason)
        await world.announce(ACCOUNT, code="4712")
        await world.work()
        world.goes_on(id_)

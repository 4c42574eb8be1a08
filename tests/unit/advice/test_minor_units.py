"""Currencies of other decimals at ledgers that keep two, and prices finer than a ledger's."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from typing import Any, Final

import pytest

from providers.simulators.xero.config import OrganisationSpec
from schemas.documents.document import DocumentType
from schemas.ids import RecordId
from schemas.reasons import TOTAL_MISMATCH
from schemas.remarks import Remark
from schemas.result import SyncState
from tests.integration.providers import xero_organisation
from tests.unit.advice.books import (
    BILL,
    CUSTOMER,
    INVOICE,
    ITEM,
    VENDOR,
    QboWorld,
    XeroWorld,
    external,
    line,
    qbo,
    stocked,
    xero,
)
from tests.unit.advice.followed import follows

TRADING: Final = OrganisationSpec(
    name="Maple Florist",
    tenant_id=xero_organisation.ORGANISATION,
    foreign_currencies={"JPY": Decimal(90), "KWD": Decimal("0.2")},
)
World = QboWorld | XeroWorld
Opened = Callable[[], AbstractAsyncContextManager[World]]


@asynccontextmanager
async def cents_at_qbo() -> AsyncIterator[QboWorld]:
    """Connect a company of a QuickBooks that keeps two decimals of every currency."""
    async with qbo(multicurrency=True) as world:
        await world.control("switches", {"minor_units": "cents"})
        yield world


@asynccontextmanager
async def cents_at_xero() -> AsyncIterator[XeroWorld]:
    """Connect an organisation of a Xero that keeps two decimals of every currency."""
    async with xero(organisations=(TRADING,)) as world:
        await world.control("switches", {"minor_units": "cents"})
        yield world


BOTH: Final = pytest.mark.parametrize("opened", [cents_at_qbo, cents_at_xero])


async def traded(world: World, kind: DocumentType, currency: str, **fields: Any) -> RecordId:
    """Announce a document of a party in its currency, and work."""
    await stocked(world)
    party = CUSTOMER if kind is INVOICE else VENDOR
    await world.announce(party, id="far", name=f"Far {party.value}", currency=currency)
    named = {f"{party.value}_id": "far", "currency": currency}
    id_ = await world.announce(kind, **named, **fields)
    await world.work()
    return id_


async def total(world: World, kind: DocumentType, id_: RecordId) -> Decimal:
    """Return the total that the ledger's own people see."""
    if isinstance(world, QboWorld):
        found = await world.seen(kind.value.title(), await external(world, id_))
        return Decimal(str(found["TotalAmt"]))
    (shown,) = await world.seen(f"Invoices/{await external(world, id_)}")
    return Decimal(str(shown["Total"]))


@pytest.mark.accepts("DRV-25")
@BOTH
@pytest.mark.parametrize("kind", [INVOICE, BILL])
@pytest.mark.parametrize(
    ("price", "quantity", "whole"), [("1127.4", "1", "1127"), ("33.5", "3", "101")]
)
async def test_yen_priced_finer_than_a_yen_come_to_whole_yen_where_cents_are_kept(
    opened: Opened, kind: DocumentType, price: str, quantity: str, whole: str
) -> None:
    async with opened() as world:
        lines = [line(unit_price=price, quantity=quantity)]
        id_ = await traded(world, kind, "JPY", lines=lines)
        world.goes_on(id_)
        assert await total(world, kind, id_) == Decimal(whole)


@follows(TOTAL_MISMATCH)
@BOTH
@pytest.mark.parametrize("kind", [INVOICE, BILL])
async def test_dinars_where_cents_are_kept_go_on_when_they_are_rounded_on_the_platform(
    opened: Opened, kind: DocumentType
) -> None:
    async with opened() as world:
        id_ = await traded(world, kind, "KWD", lines=[line(unit_price="12.345")])
        reason = world.record(id_).reason
        assert reason is not None
        assert "holds total 12.35" in reason.cause
        assert "platform says 12.345" in reason.cause

        world.stopped(id_, TOTAL_MISMATCH)
        await traded(world, kind, "KWD", lines=[line(unit_price="12.35")])
        world.goes_on(id_)
        assert await total(world, kind, id_) == Decimal("12.35")


@pytest.mark.parametrize(
    ("opened", "price", "kept"),
    [
        (qbo, "10.12345", "10.12345"),
        (qbo, "0.0000012", ""),
        (xero, "10.1234", "10.1234"),
        (xero, "10.12345", "10.1235"),
        (xero, "0.00012", "0.0001"),
    ],
)
async def test_a_price_of_an_item_that_the_ledger_rounds_is_remarked(
    opened: Opened, price: str, kept: str
) -> None:
    async with opened() as world:
        id_ = await world.announce(ITEM, sales_price=price, purchase_price=price)
        await world.work()
        world.goes_on(id_)
        said = [] if kept == price else ["sales_price", "purchase_price"]
        code = "rounded" if kept else "left_out"
        expected = tuple(Remark(code, field, price, kept) for field in said)
        assert world.record(id_).remarks == expected
        if isinstance(world, QboWorld):
            found = await world.seen("Item", await external(world, id_))
            shown = [found["UnitPrice"], found["PurchaseCost"]]
        else:
            path = f"Items/{await external(world, id_)}"
            (found,) = await world.seen(path, unitdp="4")
            shown = [found[f"{side}Details"]["UnitPrice"] for side in ("Sales", "Purchase")]
        assert [Decimal(str(one)) for one in shown] == [Decimal(kept or 0)] * 2
        id_ = await world.announce(ITEM, sales_price="9.99", purchase_price="9.99")
        await world.work()
        assert world.record(id_).state is SyncState.AGREED
        assert world.record(id_).remarks == ()

"""Invoices with a percentage of discount that an older release wrote: it shared a sum out."""

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

import pytest

from schemas.documents import totals
from schemas.documents.lines import Discount
from schemas.ids import RecordId
from schemas.reasons import TOTAL_MISMATCH
from tests.unit.advice.books import (
    INVOICE,
    QboWorld,
    XeroWorld,
    external,
    line,
    qbo,
    stocked,
    xero,
)
from tests.unit.advice.followed import follows

pytestmark = pytest.mark.accepts("DRV-07")

CENT: Final = Decimal("0.01")
Opened = Callable[[], AbstractAsyncContextManager[QboWorld | XeroWorld]]


def shared_as_before(
    _: Discount | None, whole: Decimal, amounts: Sequence[Decimal], __: str
) -> list[Decimal]:
    """Return the shares of a discount's sum, each cut to the cent, the rest to the largest."""
    sum_of_all = sum(amounts, Decimal(0))
    exact = [whole * amount / sum_of_all for amount in amounts]
    shares = [share.quantize(CENT, rounding=ROUND_DOWN) for share in exact]
    left = int((whole - sum(shares)) / CENT)
    by_rest = sorted(range(len(exact)), key=lambda i: -abs(exact[i] - shares[i]))
    for i in by_rest[: abs(left)]:
        shares[i] += CENT if left > 0 else -CENT
    return shares


def discounted(rate: str, prices: tuple[str, str], **fields: Any) -> dict[str, Any]:
    lines = [
        line(id=str(n), unit_price=price, tax_rate=rate)
        for n, price in enumerate((*prices, "-0.50"))
    ]
    return {
        "tax_mode": "exclusive",
        "lines": lines,
        "discount": {"percent": "10"},
        **fields,
    }


def written_lines(world: QboWorld | XeroWorld) -> list[object]:
    """Return the lines of every invoice that was written since the requests were cleared."""
    bodies = [json.loads(one.content) for one in world.edge.requests if one.method != "GET"]
    found = [body.get("Invoices", [body])[0] for body in bodies]
    return [one.get("Line") or one.get("LineItems") for one in found]


async def total_of(world: QboWorld | XeroWorld, id_: RecordId) -> Decimal:
    """Return the total of an invoice in the ledger, as a person sees it."""
    in_ledger = await external(world, id_)
    if isinstance(world, QboWorld):
        return Decimal(str((await world.seen("Invoice", in_ledger))["TotalAmt"]))
    [found] = await world.seen(f"Invoices/{in_ledger}")
    return Decimal(str(found["Total"]))


@follows(TOTAL_MISMATCH)
@pytest.mark.parametrize("stated", [True, False], ids=["stated", "solved"])
@pytest.mark.parametrize(
    ("opened", "rate", "prices", "before", "now"),
    [
        (xero, "15", ("1.03", "2.33"), ("2.95", "0.38"), ("2.96", "0.39")),
        (
            lambda: qbo(country="GB"),
            "20",
            ("1.03", "2.12"),
            ("2.86", "0.48"),
            ("2.85", "0.47"),
        ),
    ],
    ids=["xero", "qbo"],
)
async def test_nothing_of_its_amounts_is_written_before_someone_says_so(
    opened: Opened,
    rate: str,
    prices: tuple[str, str],
    before: tuple[str, str],
    now: tuple[str, str],
    *,
    stated: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with opened() as world:
        await stocked(world)
        with monkeypatch.context() as older:
            older.setattr(totals, "_shares", shared_as_before)
            id_ = await world.announce(INVOICE, **discounted(rate, prices))
            await world.work()
            world.goes_on(id_)
        world.edge.requests.clear()
        world.versions[INVOICE, "i"] -= 1
        await world.announce(INVOICE, **discounted(rate, prices))
        await world.work()
        assert world.edge.requests == [], "the same version once more is dropped"

        edited = discounted(rate, prices, reference="PO 7")
        await world.announce(INVOICE, **edited)
        await world.work()
        assert written_lines(world) == [None], "the reference alone was edited"
        world.stopped(id_, TOTAL_MISMATCH)
        why = world.record(id_).reason
        assert why is not None
        assert why.cause == (
            f"The ledger holds total {before[0]} and tax {before[1]}; the platform says "
            f"{now[0]} and {now[1]}."
        )

        if stated:
            total, tax = before
            await world.announce(INVOICE, **edited, tax_total=tax, total=total)
            await world.work()
        else:
            await world.solve(id_)
        world.goes_on(id_)
        assert await total_of(world, id_) == Decimal((before if stated else now)[0])

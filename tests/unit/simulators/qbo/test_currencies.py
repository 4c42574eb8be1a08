"""Payments in foreign currencies: the rate beside them, and the account that they go to."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from providers.simulators.qbo.config import CompanySpec
from tests.unit.simulators.qbo.books import GB, Books, simulator

COMPANY = CompanySpec(realm=GB, name="Harbour Cafe", country="GB", multicurrency=True)


@pytest_asyncio.fixture
async def abroad() -> AsyncIterator[Books]:
    async with simulator(companies=(COMPANY,)) as http:
        yield await Books(http, GB).connect()


async def body(abroad: Books, **fields: Any) -> dict[str, Any]:
    """Return a payment of a customer in euros."""
    customer = await abroad.customer(CurrencyRef={"value": "EUR"})
    euros = {"CurrencyRef": {"value": "EUR"}}
    return {"CustomerRef": {"value": customer["Id"]}, "TotalAmt": 400} | euros | fields


async def account(abroad: Books, currency: str) -> dict[str, Any]:
    bank = {"Name": f"Bank {currency}", "AccountType": "Bank"}
    made = await abroad.post("Account", bank | {"CurrencyRef": {"value": currency}})
    return {"DepositToAccountRef": {"value": made["Id"]}}


@pytest.mark.parametrize(("decimals", "kept"), [(None, "0.8512345678"), (6, "0.851235")])
async def test_a_rate_keeps_the_decimals_of_the_switch(
    abroad: Books, decimals: int | None, kept: str
) -> None:
    await abroad.control("switches", {"rate_decimals": decimals})
    made = await abroad.post("Payment", await body(abroad, ExchangeRate="0.8512345678"))
    assert Decimal(made["ExchangeRate"]) == Decimal(kept)


async def test_money_goes_to_an_account_of_home_or_of_its_own_currency(abroad: Books) -> None:
    sent = await body(abroad)
    await abroad.post("Payment", sent)
    await abroad.post("Payment", sent | await account(abroad, "EUR"))
    yen = await account(abroad, "JPY")
    assert await abroad.code("Payment", sent | yen) == "6000"
    await abroad.control("switches", {"foreign_deposit": "accept"})
    await abroad.post("Payment", sent | yen)

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from providers.simulators.xero.config import OrganisationSpec
from tests.unit.simulators.xero.harness import (
    TENANT,
    XeroHarness,
    config,
    invoice,
    line,
    payment,
)

LOCKED = OrganisationSpec(
    name="Locked",
    tenant_id=TENANT,
    period_lock_date=date(2026, 6, 30),
    end_of_year_lock_date=date(2026, 3, 31),
)
IN_PERIOD = {"Date": "2026-06-30"}
IN_YEAR = {"Date": "2026-03-31"}


@pytest.mark.parametrize(
    ("adviser", "dates", "message"),
    [
        ("false", IN_PERIOD, "period lock date, currently set at 30-Jun-2026"),
        ("false", IN_YEAR, "end of year lock date, currently set at 31-Mar-2026"),
        ("true", IN_YEAR, "end of year lock date"),
    ],
)
async def test_a_locked_date_is_refused(
    adviser: str, dates: dict[str, str], message: str
) -> None:
    async with XeroHarness(config(organisations=(LOCKED,))) as xero:
        await xero.connect(adviser=adviser)
        assert message in (await xero.refusal("PUT", "Invoices", invoice(**dates)))[0]


async def test_an_adviser_writes_into_a_locked_period() -> None:
    async with XeroHarness(config(organisations=(LOCKED,))) as xero:
        await xero.connect(adviser="true")
        await xero.ok("PUT", "Invoices", invoice(**IN_PERIOD))


async def test_drafts_are_saved_in_a_locked_period_and_not_approved() -> None:
    async with XeroHarness(config(organisations=(LOCKED,))) as xero:
        await xero.connect()
        made = await xero.one("PUT", "Invoices", invoice(Status="DRAFT", **IN_PERIOD))
        path = f"Invoices/{made['InvoiceID']}"
        assert "lock date" in (await xero.refusal("POST", path, {"Status": "AUTHORISED"}))[0]


async def test_a_lock_date_that_moves_over_a_document_closes_it(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice())
    done = await xero.one("PUT", "Payments", payment(made["InvoiceID"], "1"))
    await xero.control(f"organisations/{TENANT}", {"period_lock_date": "2026-07-31"})
    for path, sent in (
        (f"Invoices/{made['InvoiceID']}", {"Reference": "x"}),
        (f"Payments/{done['PaymentID']}", {"Status": "DELETED"}),
    ):
        assert "period lock date" in (await xero.refusal("POST", path, sent))[0]
    shown = await xero.one("GET", "Organisation")
    assert shown["PeriodLockDate"] == "/Date(1785456000000+0000)/"


async def test_an_item_code_is_unique_for_put_and_found_by_post(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Items", {"Code": "A", "Name": "First"})
    assert await xero.refusal("PUT", "Items", {"Code": "A"}) == [
        "Price List Item with Code 'A' already exists"
    ]
    changed = await xero.one("POST", "Items", {"Code": "A", "Name": "Second"})
    assert (changed["ItemID"], changed["Name"]) == (made["ItemID"], "Second")
    assert (await xero.one("GET", "Items/A"))["ItemID"] == made["ItemID"]


async def test_an_item_that_is_not_sold_loses_its_sales_side(xero: XeroHarness) -> None:
    details = {"UnitPrice": "1.23456", "AccountCode": "200"}
    sent = {"Code": "A", "Description": "a", "SalesDetails": details}
    made = await xero.one("PUT", "Items", sent, unitdp="4")
    assert str(made["SalesDetails"]["UnitPrice"]) == "1.2346"
    changed = await xero.one("POST", f"Items/{made['ItemID']}", {"IsSold": False})
    assert (changed["SalesDetails"], changed["Description"]) == ({}, "")


async def test_a_deleted_item_is_gone(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Items", {"Code": "A"})
    path = f"Items/{made['ItemID']}"
    gone = await xero.send("DELETE", path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await xero.send("GET", path)).status_code == 404


async def test_an_account_lives_and_ends(xero: XeroHarness) -> None:
    sent = {"Code": "250", "Name": "Coffee", "Type": "REVENUE"}
    made = await xero.one("PUT", "Accounts", sent)
    assert (made["Class"], made["Status"]) == ("REVENUE", "ACTIVE")
    path = f"Accounts/{made['AccountID']}"
    assert await xero.refusal("POST", path, {"Status": "ARCHIVED", "Name": "New"})
    archived = await xero.one("POST", path, {"Status": "ARCHIVED"})
    assert archived["Status"] == "ARCHIVED"
    deleted = await xero.one("DELETE", path)
    assert deleted["Status"] == "DELETED"
    assert (await xero.send("GET", path)).status_code == 404


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"Code": "200", "Name": "X", "Type": "SALES"}, "Please enter a unique Code."),
        ({"Code": "201", "Name": "Sales", "Type": "SALES"}, "Please enter a unique Name."),
        ({"Code": "12345678901", "Name": "X", "Type": "SALES"}, "must not exceed 10"),
        ({"Name": "X", "Type": "SALES"}, "Account Code must be specified"),
        ({"Name": "X", "Type": "BANK"}, "Bank account number must be specified"),
        ({"Code": "1", "Name": "X", "Type": "MONEY"}, "Account type is not valid"),
    ],
)
async def test_a_bad_account_is_refused(
    xero: XeroHarness, sent: dict[str, Any], message: str
) -> None:
    assert message in (await xero.refusal("PUT", "Accounts", sent))[0]


async def test_an_account_in_use_is_not_deleted(xero: XeroHarness) -> None:
    await xero.ok("PUT", "Invoices", invoice())
    (sales,) = (await xero.ok("GET", "Accounts", where='Code=="200"'))["Accounts"]
    assert "in use" in (await xero.refusal("DELETE", f"Accounts/{sales['AccountID']}"))[0]


async def test_only_the_first_of_several_accounts_counts(xero: XeroHarness) -> None:
    sent = [{"Code": f"25{i}", "Name": f"Coffee {i}", "Type": "REVENUE"} for i in range(2)]
    made = await xero.ok("PUT", "Accounts", {"Accounts": sent})
    assert [a["Code"] for a in made["Accounts"]] == ["250"]


async def test_a_currency_is_added_and_used(xero: XeroHarness) -> None:
    await xero.ok("PUT", "Currencies", {"Code": "EUR"})
    await xero.ok("PUT", "Invoices", invoice(CurrencyCode="EUR"))


async def test_a_tax_rate_is_read_by_its_code(xero: XeroHarness) -> None:
    rate = await xero.one("GET", "TaxRates/OUTPUT2")
    assert (rate["EffectiveRate"], rate["CanApplyToExpenses"]) == (15, False)


async def test_the_organisation_is_not_written(xero: XeroHarness) -> None:
    assert (await xero.send("POST", "Organisation", {"Name": "x"})).status_code == 501


def _rate(**changes: Any) -> dict[str, Any]:
    components = [{"Name": "State", "Rate": "7.5"}, {"Name": "City", "Rate": "1.25"}]
    return {"Name": "Local", "ReportTaxType": "OUTPUT", "TaxComponents": components} | changes


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_tax_rate_of_ones_own_is_made_and_used(xero: XeroHarness, method: str) -> None:
    made = await xero.one(method, "TaxRates", _rate())
    assert (made["TaxType"], made["EffectiveRate"]) == ("TAX001", Decimal("8.75"))
    assert not made["CanApplyToExpenses"]
    used = await xero.one("PUT", "Invoices", invoice(line(TaxType="TAX001")))
    assert used["TotalTax"] == Decimal("8.75")


async def test_a_compound_component_taxes_the_tax_of_the_others(xero: XeroHarness) -> None:
    parts = [{"Name": "A", "Rate": 10}, {"Name": "B", "Rate": 10, "IsCompound": True}]
    made = await xero.one("PUT", "TaxRates", _rate(TaxComponents=parts))
    assert made["EffectiveRate"] == 21


async def test_a_tax_rate_is_changed_by_name_or_code_and_ended_by_status(
    xero: XeroHarness,
) -> None:
    await xero.one("PUT", "TaxRates", _rate())
    more = _rate(TaxComponents=[{"Name": "State", "Rate": 9}])
    assert (await xero.one("POST", "TaxRates", more))["EffectiveRate"] == 9
    ended = {"TaxType": "TAX001", "Status": "ARCHIVED"}
    assert (await xero.one("POST", "TaxRates", ended))["Status"] == "ARCHIVED"
    sale = invoice(line(TaxType="TAX001"))
    assert "does not exist" in (await xero.refusal("PUT", "Invoices", sale))[0]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (_rate(Name=""), "name must be specified"),
        (_rate(TaxComponents=[]), "at least one tax component"),
        (_rate(ReportTaxType=""), "Report Tax Type"),
        (_rate(TaxComponents=[{"Name": "x"}]), "a name and a rate"),
        (_rate(Name="Zero Rated"), "unique"),
    ],
)
async def test_a_bad_tax_rate_is_refused(
    xero: XeroHarness, sent: dict[str, Any], message: str
) -> None:
    assert message in (await xero.refusal("PUT", "TaxRates", sent))[0]


async def test_a_system_tax_rate_is_not_changed(xero: XeroHarness) -> None:
    sent = {"TaxType": "OUTPUT2", "Name": "Mine"}
    assert "System" in (await xero.refusal("POST", "TaxRates", sent))[0]


async def test_tracking_is_made_renamed_used_and_archived(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "TrackingCategories", {"Name": "Team"})
    path = f"TrackingCategories/{made['TrackingCategoryID']}"
    added = await xero.ok("PUT", f"{path}/Options", {"Name": "Red"})
    (option,) = added["Options"]
    tracked = [{"Name": "Team", "Option": "Red"}]
    sold = await xero.one("PUT", "Invoices", invoice(line(Tracking=tracked)))
    option_path = f"{path}/Options/{option['TrackingOptionID']}"
    await xero.ok("POST", option_path, {"Name": "Blue"})
    shown = await xero.one("GET", path)
    assert [o["Name"] for o in shown["Options"]] == ["Blue"]
    for used in (path, option_path):
        assert "in use" in (await xero.refusal("DELETE", used))[0]
    archived = await xero.one("POST", path, {"Status": "ARCHIVED"})
    assert archived["Status"] == "ARCHIVED"
    assert sold["LineItems"][0]["Tracking"][0]["Option"] == "Red"


async def test_tracking_that_no_line_uses_is_deleted(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "TrackingCategories", {"Name": "Team"})
    path = f"TrackingCategories/{made['TrackingCategoryID']}"
    (option,) = (await xero.ok("PUT", f"{path}/Options", {"Name": "Red"}))["Options"]
    option_path = f"{path}/Options/{option['TrackingOptionID']}"
    (gone,) = (await xero.ok("DELETE", option_path))["Options"]
    assert gone["Status"] == "DELETED"
    assert (await xero.send("DELETE", option_path)).status_code == 404
    assert (await xero.one("DELETE", path))["Status"] == "DELETED"
    assert (await xero.send("GET", path)).status_code == 404


async def test_there_are_two_active_tracking_categories_at_most(xero: XeroHarness) -> None:
    await xero.ok("PUT", "TrackingCategories", {"Name": "Team"})
    refused = await xero.refusal("PUT", "TrackingCategories", {"Name": "Third"})
    assert "at most 2" in refused[0]
    assert "in use" in (await xero.refusal("PUT", "TrackingCategories", {"Name": "TEAM"}))[0]

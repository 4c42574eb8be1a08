from decimal import Decimal
from typing import Any

import pytest

from providers.simulators.xero.books.totals import document_totals, line_amount, tax_on
from providers.simulators.xero.config import OrganisationSpec, XeroSwitches
from tests.unit.simulators.xero.harness import TENANT, XeroHarness, bill, config, invoice, line


@pytest.mark.parametrize(
    ("amount", "rate", "types", "tax"),
    [
        ("25.06", 15, "Exclusive", "3.76"),
        ("25.61", 15, "Exclusive", "3.84"),
        ("25.63", 15, "Exclusive", "3.84"),
        ("115.00", 15, "Inclusive", "15.00"),
        ("10.00", 20, "Inclusive", "1.67"),
        ("-25.06", 15, "Exclusive", "-3.76"),
        ("10.00", 15, "NoTax", "0.00"),
    ],
)
def test_tax_on_a_line(amount: str, rate: int, types: str, tax: str) -> None:
    assert tax_on(Decimal(amount), Decimal(rate), types) == Decimal(tax)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("half_up", "1908.40"), ("half_even", "1908.40"), ("down", "1908.39")],
)
def test_the_rounding_of_a_line_amount_is_a_switch(mode: str, expected: str) -> None:
    amount = line_amount(Decimal(1), Decimal("2120.44"), discount_rate=Decimal(10), mode=mode)
    assert amount == Decimal(expected)


def test_an_inclusive_subtotal_is_what_tax_leaves() -> None:
    lines = [{"LineAmount": Decimal("115.00"), "TaxAmount": Decimal("15.00")}]
    totals = document_totals(lines, "Inclusive")
    assert (totals.sub_total, totals.total) == (Decimal("100.00"), Decimal("115.00"))


async def test_the_switch_reaches_documents() -> None:
    discounted = line("2120.44", DiscountRate=10)
    async with XeroHarness(config(switches=XeroSwitches(line_rounding="down"))) as xero:
        await xero.connect()
        made = await xero.one("PUT", "Invoices", invoice(discounted))
    assert made["LineItems"][0]["LineAmount"] == Decimal("1908.39")


async def test_the_documented_rounding_example(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice(*map(line, ("25.06", "25.61", "25.63"))))
    assert (made["SubTotal"], made["TotalTax"]) == (Decimal("76.3"), Decimal("11.44"))


async def test_tax_may_be_overridden_on_invoices(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice(line("100", TaxAmount="14.99")))
    assert (made["TotalTax"], made["Total"]) == (Decimal("14.99"), Decimal("114.99"))


async def test_discounts_by_percent_and_by_amount(xero: XeroHarness) -> None:
    percent, money = line("50", Quantity=2, DiscountRate=10), line("50", DiscountAmount=5)
    made = await xero.one("PUT", "Invoices", invoice(percent, money))
    assert [entry["LineAmount"] for entry in made["LineItems"]] == [90, 45]
    assert (made["TotalDiscount"], made["IsDiscounted"]) == (15, True)


async def test_a_bill_takes_no_discount(xero: XeroHarness) -> None:
    discounted = line("50", AccountCode="300", DiscountRate=10)
    assert "Discounts" in (await xero.refusal("PUT", "Invoices", bill(discounted)))[0]


async def test_a_line_amount_that_does_not_fit_is_refused(xero: XeroHarness) -> None:
    wrong = line("3.33", Quantity=3, LineAmount="10.00")
    assert await xero.refusal("PUT", "Invoices", invoice(wrong)) == [
        "The line total 10.00 does not match the expected line total 9.99"
    ]


async def test_a_missing_factor_comes_from_the_line_amount(xero: XeroHarness) -> None:
    sent = {"Description": "Roses", "AccountCode": "200", "LineAmount": "10.00"}
    made = await xero.one("PUT", "Invoices", invoice({**sent, "Quantity": 4}, sent))
    priced = [(entry["Quantity"], entry["UnitAmount"]) for entry in made["LineItems"]]
    assert priced == [(4, Decimal("2.5")), (1, 10)]


@pytest.mark.parametrize(
    ("unitdp", "price", "amount"), [("2", "1.23", 123), ("4", "1.2346", "123.46")]
)
async def test_unit_prices_have_two_decimals_unless_four_are_asked_for(
    xero: XeroHarness, unitdp: str, price: str, amount: str
) -> None:
    sent = invoice(line("1.23456", Quantity=100))
    made = await xero.one("PUT", "Invoices", sent, unitdp=unitdp)
    (kept,) = made["LineItems"]
    assert (kept["UnitAmount"], kept["LineAmount"]) == (Decimal(price), Decimal(amount))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"AccountCode": None}, "Account code must be specified"),
        ({"AccountCode": "999"}, "Account code '999' is not a valid code for this document"),
        ({"AccountCode": "610"}, "Account code '610' is not a valid code for this document"),
        ({"AccountCode": "090"}, "Account code '090' is not a valid code for this document"),
        ({"ItemCode": "NONE"}, "Item code 'NONE' is not valid"),
        (
            {"TaxType": "15% GST on Income"},
            "The TaxType code 15% GST on Income does not exist or cannot be used for this "
            "type of transaction",
        ),
        (
            {"TaxType": "INPUT2"},
            "The TaxType code 'INPUT2' cannot be used with account code '200'",
        ),
        (
            {"Tracking": [{"Name": "Region", "Option": "West"}]},
            "The tracking category or option could not be found",
        ),
        ({"Description": "x" * 4001}, "must not exceed 4000"),
        ({"UnitAmount": "10000000000"}, "is larger than"),
    ],
)
async def test_a_bad_line_is_refused(
    xero: XeroHarness, change: dict[str, Any], message: str
) -> None:
    assert message in (await xero.refusal("PUT", "Invoices", invoice(line(**change))))[0]


async def test_a_description_alone_is_a_line(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice(line(), {"Description": "Thank you"}))
    assert made["SubTotal"] == 100


async def test_tracking_is_resolved_by_name_and_option(xero: XeroHarness) -> None:
    sent = line(Tracking=[{"Name": "Region", "Option": "North"}])
    made = await xero.one("PUT", "Invoices", invoice(sent))
    (tracked,) = made["LineItems"][0]["Tracking"]
    assert tracked["Option"] == "North"
    assert tracked["TrackingOptionID"]


async def test_an_item_fills_what_a_line_leaves_out(xero: XeroHarness) -> None:
    item = {
        "Code": "BEAN",
        "Description": "Beans",
        "SalesDetails": {"UnitPrice": "28.50", "AccountCode": "200"},
        "PurchaseDescription": "Green beans",
        "PurchaseDetails": {"UnitPrice": "14.20", "AccountCode": "300"},
    }
    await xero.ok("PUT", "Items", item)
    sold = await xero.one("PUT", "Invoices", invoice({"ItemCode": "BEAN", "Quantity": 12}))
    (entry,) = sold["LineItems"]
    assert (entry["Description"], entry["LineAmount"], entry["TaxType"]) == (
        "Beans",
        342,
        "OUTPUT2",
    )
    bought = await xero.one("PUT", "Invoices", bill({"ItemCode": "BEAN"}))
    assert bought["LineItems"][0]["UnitAmount"] == Decimal("14.2")


async def test_sent_lines_replace_the_set_by_their_ids(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice(line("1"), line("2")))
    first, _ = made["LineItems"]
    sent = [{"LineItemID": first["LineItemID"], "Quantity": 3}, line("9")]
    changed = await xero.one("POST", f"Invoices/{made['InvoiceID']}", {"LineItems": sent})
    kept, new = changed["LineItems"]
    assert (kept["LineItemID"], kept["LineAmount"], kept["AccountCode"]) == (
        first["LineItemID"],
        3,
        "200",
    )
    assert new["LineAmount"] == 9
    assert changed["SubTotal"] == 12


async def test_lines_without_ids_are_all_made_anew(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice())
    changed = await xero.one("POST", f"Invoices/{made['InvoiceID']}", {"LineItems": [line()]})
    assert changed["LineItems"][0]["LineItemID"] != made["LineItems"][0]["LineItemID"]


async def test_a_change_of_the_header_rounds_four_decimal_prices_again(
    xero: XeroHarness,
) -> None:
    sent = invoice(line("1.2345", Quantity=100))
    made = await xero.one("PUT", "Invoices", sent, unitdp="4")
    path = f"Invoices/{made['InvoiceID']}"
    kept = await xero.one("POST", path, {"Reference": "a"}, unitdp="4")
    assert kept["SubTotal"] == Decimal("123.45")
    changed = await xero.one("POST", path, {"Reference": "b"})
    assert changed["SubTotal"] == 123
    assert changed["LineItems"][0]["LineItemID"] != kept["LineItems"][0]["LineItemID"]


async def test_other_countries_have_other_rates() -> None:
    seeds = (OrganisationSpec(name="Coastal Cycles", country="AU", tenant_id=TENANT),)
    async with XeroHarness(config(organisations=seeds)) as xero:
        await xero.connect()
        made = await xero.one("PUT", "Invoices", invoice())
    assert (made["TotalTax"], made["LineItems"][0]["TaxType"]) == (10, "OUTPUT")

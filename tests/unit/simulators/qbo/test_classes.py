"""Classes: what they are kept on, what is passed over, what is refused."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from providers.simulators.qbo.config import CompanySpec
from tests.unit.simulators.qbo.books import US, Books, cost, discount, handle, line, simulator


@asynccontextmanager
async def tracking(what: str) -> AsyncIterator[Books]:
    """A connected company that tracks classes in this way."""
    spec = CompanySpec.model_validate({"realm": US, "class_tracking": what})
    async with simulator(companies=(spec,)) as http:
        yield await Books(http, US).connect()


def classes_of(record: Any) -> list[str]:
    details = [held[held["DetailType"]] for held in record["Line"]]
    return [detail.get("ClassRef", {}).get("name", "") for detail in details]


async def test_a_class_is_made_found_and_put_under_another(books: Books) -> None:
    retail = await books.post("Class", {"Name": "Retail"})
    assert (retail["FullyQualifiedName"], retail["SubClass"]) == ("Retail", False)
    assert len(retail["Id"]) == 19
    shop = {"Name": "Shop", "ParentRef": {"value": retail["Id"]}}
    shop = await books.post("Class", shop)
    assert (shop["FullyQualifiedName"], shop["SubClass"]) == ("Retail:Shop", True)
    found = await books.select("Class", "where FullyQualifiedName = 'Retail:Shop'")
    assert [held["Id"] for held in found["Class"]] == [shop["Id"]]
    assert await books.code("Class", {"Name": "Retail"}) == "6240"


@pytest.mark.parametrize(
    ("what", "per_transaction", "per_line"),
    [("off", False, False), ("transaction", True, False), ("line", False, True)],
)
async def test_the_preferences_say_what_is_tracked(
    what: str, per_transaction: bool, per_line: bool
) -> None:
    async with tracking(what) as books:
        answer = await books.ask("GET", "preferences")
    held = answer.json()["Preferences"]["AccountingInfoPrefs"]
    assert held["ClassTrackingPerTxn"] is per_transaction
    assert held["ClassTrackingPerTxnLine"] is per_line


@pytest.mark.parametrize(
    ("what", "whole", "lines", "of_bill"),
    [("transaction", "Retail", "", "Retail"), ("line", "", "Retail", "Retail")],
)
async def test_what_is_not_tracked_is_passed_over(
    what: str, whole: str, lines: str, of_bill: str
) -> None:
    async with tracking(what) as books:
        made = await books.post("Class", {"Name": "Retail"})
        retail = {"value": made["Id"]}
        customer, vendor = await books.customer(), await books.vendor()
        less = discount("1")
        less["DiscountLineDetail"]["ClassRef"] = retail
        sent = [line("10", ClassRef=retail), less]
        invoice = await books.invoice(customer["Id"], Line=sent, ClassRef=retail)
        bill = await books.bill(vendor["Id"], Line=[cost("10", ClassRef=retail)])
    assert invoice.get("ClassRef", {}).get("name", "") == whole
    assert classes_of(invoice) == [lines, "", lines]
    assert classes_of(bill) == [of_bill]


async def test_a_blank_takes_the_class_of_a_whole_invoice_away() -> None:
    async with tracking("transaction") as books:
        made = await books.post("Class", {"Name": "Retail"})
        customer = await books.customer()
        invoice = await books.invoice(customer["Id"], ClassRef={"value": made["Id"]})
        blank = handle(invoice, sparse=True, ClassRef={"value": ""})
        assert "ClassRef" not in await books.post("Invoice", blank)


async def test_without_class_tracking_there_are_no_classes() -> None:
    async with tracking("off") as books:
        assert await books.code("Class", {"Name": "Retail"}) == "5030"


async def test_a_class_that_is_not_there_is_refused_on_a_line(books: Books) -> None:
    customer, vendor = await books.customer(), await books.vendor()
    lost = {"value": "77"}
    sale = {"CustomerRef": {"value": customer["Id"]}, "Line": [line("1", ClassRef=lost)]}
    purchase = {"VendorRef": {"value": vendor["Id"]}, "Line": [cost("1", ClassRef=lost)]}
    for entity, body in (("Invoice", sale), ("Bill", purchase)):
        refused = await books.refused(entity, body)
        assert (refused["code"], refused["element"]) == ("2500", "ClassRef")
        assert refused["Detail"].endswith("Klasses element id 77 not found")

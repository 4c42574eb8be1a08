"""Characters and blanks that the ledgers are reported to refuse, drop or keep."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from providers.simulators.control_characters import checked, has_control_characters
from tests.unit.simulators.qbo.books import US, Books, simulator
from tests.unit.simulators.xero.harness import XeroHarness, invoice, line

CONTROL = ["\x00", "\x01", "\x0b", "\x1b", "\x7f", "\x85", "\uffff"]
TYPOGRAPHY = ["\u2013", "\u2014", "\u2018", "\u2019", "\u201c", "\u201d"]


@pytest.fixture
async def books() -> AsyncIterator[Books]:
    async with simulator() as http:
        yield await Books(http, US).connect()


@pytest.fixture
async def xero() -> AsyncIterator[XeroHarness]:
    async with XeroHarness() as harness:
        yield await harness.connect()


@pytest.mark.parametrize("text", ["", "a\tb\r\nc", "Søren 東京 🌸", "é", "\u00a0"])
def test_what_people_write_holds_no_control_character(text: str) -> None:
    assert not has_control_characters(text)
    assert checked({"a": [text]}, "refuse", ValueError) == {"a": [text]}


@pytest.mark.parametrize("character", CONTROL)
async def test_quickbooks_refuses_a_control_character_or_drops_it(
    books: Books, character: str
) -> None:
    body = {"DisplayName": f"Mia{character}", "BillAddr": {"Line1": "1 Quay"}}
    assert await books.code("Customer", body) == "2040"
    nested = {"DisplayName": "Mia", "BillAddr": {"Line1": f"1{character} Quay"}}
    refused = await books.refused("Customer", nested)
    assert (refused["code"], refused["element"]) == ("2040", "Line1")
    await books.control("switches", {"control_characters": "strip"})
    made = await books.post("Customer", nested | {"DisplayName": f"Mia{character}"})
    assert (made["DisplayName"], made["BillAddr"]["Line1"]) == ("Mia", "1 Quay")


@pytest.mark.parametrize("character", CONTROL)
async def test_xero_refuses_a_control_character_or_drops_it(
    xero: XeroHarness, character: str
) -> None:
    sent = invoice(line(Description=f"Ro{character}ses"))
    refused = await xero.send("PUT", "Invoices", sent)
    assert (refused.status_code, refused.json()["Type"]) == (400, "PostDataInvalidException")
    assert "Description" in refused.json()["Message"]
    await xero.control("switches", {"control_characters": "strip"})
    made = await xero.one("PUT", "Invoices", sent)
    assert made["LineItems"][0]["Description"] == "Roses"


@pytest.mark.parametrize("character", TYPOGRAPHY)
async def test_the_query_language_of_quickbooks_refuses_typography(
    books: Books, character: str
) -> None:
    name = f"A {character} B"
    made = await books.customer(name)
    statement = f"select * from Customer where DisplayName = '{name}'"  # noqa: S608 - no SQL
    answer = await books.ask("GET", "query", query=statement)
    entry = answer.json()["Fault"]["Error"][0]
    assert (answer.status_code, entry["code"]) == (400, "4000")
    assert f"U+{ord(character):04X}" in entry["Detail"]
    await books.control("switches", {"query_typography": "accept"})
    found = await books.query(statement)
    assert [one["Id"] for one in found["Customer"]] == [made["Id"]]


async def test_the_query_language_takes_letters_of_any_alphabet(books: Books) -> None:
    for name in ("Søren", "東京", "Ünï - x", "O\\'Neil"):
        statement = f"select * from Customer where DisplayName = '{name}'"  # noqa: S608 - no SQL
        assert await books.query(statement) == {}


NUMBERED: list[tuple[str, dict[str, Any], str]] = [
    ("Invoices", invoice(InvoiceNumber=" A-1 "), "InvoiceNumber"),
    ("Contacts", {"Name": "Mia", "ContactNumber": " A-1 "}, "ContactNumber"),
    ("Contacts", {"Name": "Mia", "AccountNumber": "A-1 "}, "AccountNumber"),
    ("Items", {"Code": " A-1"}, "Code"),
    ("Accounts", {"Code": "A-1 ", "Name": "Mine", "Type": "SALES"}, "Code"),
]


@pytest.mark.parametrize(("resource", "sent", "name"), NUMBERED)
async def test_xero_trims_numbers_and_codes(
    xero: XeroHarness, resource: str, sent: dict[str, Any], name: str
) -> None:
    assert (await xero.one("PUT", resource, sent))[name] == "A-1"


@pytest.mark.parametrize(("resource", "sent", "name"), NUMBERED)
async def test_xero_keeps_them_as_sent_by_switch(
    xero: XeroHarness, resource: str, sent: dict[str, Any], name: str
) -> None:
    await xero.control("switches", {"trims_numbers": False})
    assert (await xero.one("PUT", resource, sent))[name] == sent[name]


async def test_a_number_with_a_blank_behind_it_is_the_same_number(xero: XeroHarness) -> None:
    await xero.one("PUT", "Invoices", invoice(InvoiceNumber="B08-1"))
    refused = await xero.refusal("PUT", "Invoices", invoice(InvoiceNumber="B08-1 "))
    assert refused == ["Invoice # must be unique."]
    await xero.control("switches", {"trims_numbers": False})
    await xero.one("PUT", "Invoices", invoice(InvoiceNumber="B08-1 "))


async def test_a_line_finds_its_item_and_account_by_a_code_with_blanks(
    xero: XeroHarness,
) -> None:
    await xero.one("PUT", "Items", {"Code": "ROSE"})
    made = await xero.one(
        "PUT", "Invoices", invoice(line(ItemCode="ROSE ", AccountCode=" 200"))
    )
    assert (made["LineItems"][0]["ItemCode"], made["LineItems"][0]["AccountCode"]) == (
        "ROSE",
        "200",
    )

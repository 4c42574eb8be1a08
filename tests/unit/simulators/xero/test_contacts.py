import pytest

from providers.simulators.xero.config import XeroSwitches
from tests.unit.simulators.xero.harness import XeroHarness, config, invoice


async def test_a_new_contact_has_two_addresses_and_four_phones(xero: XeroHarness) -> None:
    contact = await xero.one("PUT", "Contacts", {"Contacts": [{"Name": "Mia Tane"}]})
    assert {a["AddressType"] for a in contact["Addresses"]} == {"STREET", "POBOX"}
    assert len(contact["Phones"]) == 4
    assert (contact["IsCustomer"], contact["IsSupplier"]) == (False, False)


async def test_an_update_keeps_what_it_leaves_out(xero: XeroHarness) -> None:
    street = {"AddressType": "STREET", "City": "Wellington"}
    first = {"Name": "Mia", "EmailAddress": "mia@example.com", "Addresses": [street]}
    made = await xero.one("PUT", "Contacts", first)
    phones = [{"PhoneType": "MOBILE", "PhoneNumber": "555"}]
    changed = await xero.one("POST", f"Contacts/{made['ContactID']}", {"Phones": phones})
    assert changed["EmailAddress"] == "mia@example.com"
    assert [a["City"] for a in changed["Addresses"]] == ["Wellington", ""]
    assert {p["PhoneType"]: p["PhoneNumber"] for p in changed["Phones"]}["MOBILE"] == "555"


async def test_a_put_with_a_name_in_use_is_refused_whatever_its_case(xero: XeroHarness) -> None:
    await xero.one("PUT", "Contacts", {"Name": "Mia"})
    (message,) = await xero.refusal("PUT", "Contacts", {"Name": "MIA"})
    assert "already assigned to another contact" in message


async def test_an_archived_contact_blocks_no_name_until_it_comes_back(
    xero: XeroHarness,
) -> None:
    old = await xero.one("PUT", "Contacts", {"Name": "Mia"})
    path = f"Contacts/{old['ContactID']}"
    await xero.one("POST", path, {"ContactStatus": "ARCHIVED"})
    await xero.one("PUT", "Contacts", {"Name": "Mia"})
    (message,) = await xero.refusal("POST", path, {"ContactStatus": "ACTIVE"})
    assert "already assigned" in message


async def test_a_contact_number_is_unique(xero: XeroHarness) -> None:
    await xero.one("PUT", "Contacts", {"Name": "A", "ContactNumber": "C-1"})
    messages = await xero.refusal("PUT", "Contacts", {"Name": "B", "ContactNumber": "C-1"})
    assert messages == ["Another contact has this contact number"]


async def test_a_post_updates_the_contact_with_the_same_number_then_name(
    xero: XeroHarness,
) -> None:
    made = await xero.one("PUT", "Contacts", {"Name": "A", "ContactNumber": "C-1"})
    renamed = await xero.one("POST", "Contacts", {"ContactNumber": "C-1", "Name": "B"})
    assert (renamed["ContactID"], renamed["Name"]) == (made["ContactID"], "B")
    named = await xero.one("POST", "Contacts", {"Name": "b", "FirstName": "Bo"})
    assert (named["ContactID"], named["FirstName"]) == (made["ContactID"], "Bo")


async def test_a_post_with_an_unknown_number_and_no_name_is_refused(xero: XeroHarness) -> None:
    messages = await xero.refusal("POST", "Contacts", {"ContactNumber": "nobody"})
    assert messages == ["Contact Name cannot be empty"]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"Name": ""}, "Contact Name cannot be empty"),
        ({"Name": "A <b>"}, "Contact Name cannot contain angle brackets"),
        ({"Name": "A", "EmailAddress": "nowhere"}, "Email address must be valid"),
        ({"Name": "A", "ContactNumber": "x" * 51}, "must not exceed 50 characters"),
    ],
)
async def test_a_bad_contact_is_refused(
    xero: XeroHarness, sent: dict[str, str], message: str
) -> None:
    assert message in (await xero.refusal("PUT", "Contacts", sent))[0]


async def test_a_contact_is_found_by_its_number(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Contacts", {"Name": "A", "ContactNumber": "QB-118"})
    assert (await xero.one("GET", "Contacts/QB-118"))["ContactID"] == made["ContactID"]


async def test_a_bare_name_on_a_document_creates_a_contact_once(xero: XeroHarness) -> None:
    first = await xero.one("PUT", "Invoices", invoice(Contact={"Name": "New Cafe"}))
    second = await xero.one("PUT", "Invoices", invoice(Contact={"Name": "new cafe"}))
    assert first["Contact"] == second["Contact"]


async def test_a_contact_with_id_and_name_on_a_document_is_renamed(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Contacts", {"Name": "Old"})
    sent = {"ContactID": made["ContactID"], "Name": "New"}
    document = await xero.one("PUT", "Invoices", invoice(Contact=sent))
    assert document["Contact"]["Name"] == "New"


async def test_a_document_without_a_contact_is_refused(xero: XeroHarness) -> None:
    (message,) = await xero.refusal("PUT", "Invoices", invoice(Contact={}))
    assert "Name, ContactID, ContactNumber" in message


async def test_a_refused_document_creates_no_contact(xero: XeroHarness) -> None:
    await xero.refusal("PUT", "Invoices", invoice(Contact={"Name": "Ghost"}, DueDate=None))
    ledger = await xero.control("ledger/11111111-1111-4111-8111-111111111111")
    assert ledger["entities"]["Contacts"]["count"] == 0


async def test_an_archived_contact_gets_no_new_documents() -> None:
    settings = config(switches=XeroSwitches(archived_contact="Contact is archived"))
    async with XeroHarness(settings) as xero:
        await xero.connect()
        made = await xero.one("PUT", "Contacts", {"Name": "Old"})
        await xero.one("POST", f"Contacts/{made['ContactID']}", {"ContactStatus": "ARCHIVED"})
        sent = invoice(Contact={"ContactID": made["ContactID"]})
        assert await xero.refusal("PUT", "Invoices", sent) == ["Contact is archived"]


async def test_a_document_keeps_its_contact_when_that_is_archived(xero: XeroHarness) -> None:
    document = await xero.one("PUT", "Invoices", invoice())
    contact = {"ContactID": document["Contact"]["ContactID"]}
    await xero.ok("POST", f"Contacts/{contact['ContactID']}", {"ContactStatus": "ARCHIVED"})
    sent = {"Contact": contact, "Reference": "late"}
    changed = await xero.one("POST", f"Invoices/{document['InvoiceID']}", sent)
    assert changed["Reference"] == "late"


async def test_the_first_document_makes_a_customer_without_moving_the_stamp(
    xero: XeroHarness,
) -> None:
    made = await xero.one("PUT", "Contacts", {"Name": "Mia"})
    await xero.ok("PUT", "Invoices", invoice(Contact={"ContactID": made["ContactID"]}))
    read = await xero.one("GET", f"Contacts/{made['ContactID']}")
    assert (read["IsCustomer"], read["IsSupplier"]) == (True, False)
    assert read["UpdatedDateUTC"] == made["UpdatedDateUTC"]
    assert read["Balances"]["AccountsReceivable"]["Outstanding"] == 115

import pytest

from tests.unit.simulators.xero.harness import XeroHarness, invoice, line, parsed


async def test_without_summary_every_element_comes_back_in_order(xero: XeroHarness) -> None:
    sent = [invoice(InvoiceNumber="A"), invoice(line(AccountCode="999")), invoice()]
    content = await xero.ok("PUT", "Invoices", {"Invoices": sent}, summarizeErrors="false")
    first, failed, last = content["Invoices"]
    assert [e["StatusAttributeString"] for e in content["Invoices"]] == ["OK", "ERROR", "OK"]
    assert failed["InvoiceID"] == "00000000-0000-0000-0000-000000000000"
    assert failed["HasErrors"]
    assert failed["ValidationErrors"][0]["Message"].startswith("Account code '999'")
    assert first["InvoiceNumber"] == "A"
    assert last["InvoiceNumber"] == "INV-0001"


async def test_summarised_only_the_failed_come_back_and_the_good_are_saved(
    xero: XeroHarness,
) -> None:
    sent = [invoice(InvoiceNumber="A"), invoice(line(AccountCode="999"))]
    answer = await xero.send("PUT", "Invoices", {"Invoices": sent})
    body = parsed(answer)
    assert (answer.status_code, body["ErrorNumber"], body["Type"]) == (
        400,
        10,
        "ValidationException",
    )
    assert len(body["Elements"]) == 1
    assert (await xero.one("GET", "Invoices/A"))["Status"] == "AUTHORISED"


async def test_a_bare_object_is_an_element(xero: XeroHarness) -> None:
    assert (await xero.one("PUT", "Contacts", {"Name": "Mia"}))["Name"] == "Mia"


@pytest.mark.parametrize("body", [None, {}, [], {"Invoices": []}, {"Invoices": [{}]}])
async def test_a_body_without_data_is_refused(xero: XeroHarness, body: object) -> None:
    answer = await xero.send("PUT", "Contacts", body)
    assert answer.status_code == 400
    assert answer.json()["ErrorNumber"] in {14, 17}


async def test_a_put_on_one_record_does_not_exist(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Contacts", {"Name": "Mia"})
    answer = await xero.send("PUT", f"Contacts/{made['ContactID']}", {"Name": "Bo"})
    assert answer.status_code == 501


async def test_an_unknown_id_in_an_element_is_refused(xero: XeroHarness) -> None:
    sent = {"ContactID": "33333333-3333-4333-8333-333333333333", "Name": "Mia"}
    assert "could not be found" in (await xero.refusal("POST", "Contacts", sent))[0]


async def test_the_envelope(xero: XeroHarness) -> None:
    content = await xero.ok("GET", "Organisation")
    assert content["Status"] == "OK"
    assert content["DateTimeUTC"].startswith("/Date(178")
    assert content["Organisations"][0]["Name"] == "Maple Florist"


async def test_slashes_of_dates_are_escaped_on_the_wire(xero: XeroHarness) -> None:
    answer = await xero.send("GET", "Organisation")
    assert rb'"DateTimeUTC":"\/Date(' in answer.content


async def test_only_json_is_spoken(xero: XeroHarness) -> None:
    xml = await xero.send("GET", "Invoices", headers={"Accept": "application/xml"})
    assert xml.status_code == 406
    form = await xero.send("PUT", "Contacts", {}, headers={"Content-Type": "text/xml"})
    assert form.status_code == 415


async def test_an_unknown_resource_is_404(xero: XeroHarness) -> None:
    assert (await xero.send("GET", "Dragons")).status_code == 404

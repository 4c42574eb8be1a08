from decimal import Decimal
from typing import Any

import pytest

from providers.simulators.xero.config import XeroSwitches
from tests.unit.simulators.xero.harness import (
    XeroHarness,
    bill,
    config,
    invoice,
    line,
    payment,
)


async def test_sales_invoices_are_numbered_and_skip_taken_numbers(xero: XeroHarness) -> None:
    await xero.ok("PUT", "Invoices", invoice(InvoiceNumber="INV-0002"))
    numbers = [
        (await xero.one("PUT", "Invoices", invoice()))["InvoiceNumber"] for _ in range(2)
    ]
    assert numbers == ["INV-0001", "INV-0003"]


async def test_bills_may_share_a_number(xero: XeroHarness) -> None:
    for _ in range(2):
        made = await xero.one("PUT", "Invoices", bill(InvoiceNumber="B-1"))
        assert made["InvoiceNumber"] == "B-1"
    assert (await xero.one("PUT", "Invoices", bill()))["InvoiceNumber"] == ""


async def test_put_refuses_a_known_sales_number_and_post_overwrites_its_invoice(
    xero: XeroHarness,
) -> None:
    first = await xero.one("PUT", "Invoices", invoice(InvoiceNumber="INV-7"))
    assert await xero.refusal("PUT", "Invoices", invoice(InvoiceNumber="INV-7")) == [
        "Invoice # must be unique."
    ]
    second = await xero.one("POST", "Invoices", invoice(line("7"), InvoiceNumber="INV-7"))
    assert (second["InvoiceID"], second["SubTotal"]) == (first["InvoiceID"], 7)


@pytest.mark.parametrize(("switch", "bills"), [("create", 2), ("update", 1)])
async def test_a_post_with_a_known_bill_number_follows_the_switch(
    switch: Any, bills: int
) -> None:
    settings = config(switches=XeroSwitches(bill_post_with_known_number=switch))
    async with XeroHarness(settings) as xero:
        await xero.connect()
        for _ in range(2):
            await xero.ok("POST", "Invoices", bill(InvoiceNumber="B-1"))
        found = await xero.ok("GET", "Invoices", InvoiceNumbers="B-1")
    assert len(found["Invoices"]) == bills


@pytest.mark.parametrize("reuse", [True, False])
async def test_the_number_of_a_voided_invoice_follows_the_switch(reuse: bool) -> None:
    async with XeroHarness(config(switches=XeroSwitches(reuse_voided_numbers=reuse))) as xero:
        await xero.connect()
        made = await xero.one("PUT", "Invoices", invoice(InvoiceNumber="INV-7"))
        await xero.ok("POST", f"Invoices/{made['InvoiceID']}", {"Status": "VOIDED"})
        answer = await xero.send("PUT", "Invoices", invoice(InvoiceNumber="INV-7"))
    assert answer.status_code == (200 if reuse else 400)


async def test_dates_carry_their_companions(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice())
    assert made["Date"] == "/Date(1783296000000+0000)/"
    assert (made["DateString"], made["DueDateString"]) == (
        "2026-07-06T00:00:00",
        "2026-08-20T00:00:00",
    )
    assert made["UpdatedDateUTCString"] == "2026-08-01T09:30:00Z"


async def test_a_missing_date_is_today_where_the_organisation_is(xero: XeroHarness) -> None:
    xero.clock.set(xero.clock.now().replace(hour=20))
    xero.tokens = (await xero.refresh(xero.tokens["refresh_token"])).json()
    made = await xero.one("PUT", "Invoices", invoice(Date=None))
    assert made["DateString"] == "2026-08-02T00:00:00"  # in Auckland


async def test_a_bad_date_refuses_the_whole_request_with_error_14(xero: XeroHarness) -> None:
    answer = await xero.send("PUT", "Invoices", invoice(Date="2026-12-14 00:00:00"))
    assert (answer.status_code, answer.json()["ErrorNumber"]) == (400, 14)
    assert answer.json()["Type"] == "PostDataInvalidException"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Type": "INVOICE"}, "Invoice not of valid type for creation"),
        ({"Status": "PAID"}, "Invoice not of valid status for creation"),
        ({"DueDate": None}, "The DueDate field is mandatory"),
        ({"LineItems": []}, "One or more line items must be specified"),
        ({"LineItems": None}, "One or more line items must be specified"),
        ({"LineItems": [line("-1")]}, "The invoice total cannot be negative"),
        ({"CurrencyCode": "JPY"}, "not subscribed to currency JPY"),
        ({"InvoiceNumber": "INV-ä"}, "printable ASCII"),
        ({"InvoiceNumber": "9" * 256}, "must not exceed 255"),
    ],
)
async def test_a_bad_invoice_is_refused(
    xero: XeroHarness, change: dict[str, Any], message: str
) -> None:
    assert message in (await xero.refusal("PUT", "Invoices", invoice(**change)))[0]


async def test_a_draft_needs_no_due_date_and_no_account(xero: XeroHarness) -> None:
    sent = invoice({"Description": "Roses", "UnitAmount": 1}, Status="DRAFT", DueDate=None)
    made = await xero.one("PUT", "Invoices", sent)
    assert (made["Status"], "DueDate" in made) == ("DRAFT", False)


async def test_a_foreign_invoice_takes_the_rate_of_the_day(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice(CurrencyCode="USD"))
    assert made["CurrencyRate"] == Decimal("0.6")
    own = await xero.one("PUT", "Invoices", invoice(CurrencyCode="USD", CurrencyRate=0.75))
    assert own["CurrencyRate"] == Decimal("0.75")


async def test_sent_to_contact_on_a_draft_is_saved_with_a_warning(xero: XeroHarness) -> None:
    sent = {"Invoices": [invoice(Status="DRAFT", SentToContact=True)]}
    made = await xero.one("PUT", "Invoices", sent, summarizeErrors="false")
    assert (made["StatusAttributeString"], made["SentToContact"]) == ("WARNING", False)
    assert made["Warnings"]


async def test_read_only_fields_are_passed_over(xero: XeroHarness) -> None:
    sent = invoice(Total=1, AmountPaid=5, HasErrors=False, Payments=[], InvoiceID=None)
    made = await xero.one("PUT", "Invoices", sent)
    assert (made["Total"], made["AmountPaid"]) == (115, 0)


async def test_a_client_total_that_differs_is_refused_under_the_switch() -> None:
    async with XeroHarness(config(switches=XeroSwitches(client_total="refuse"))) as xero:
        await xero.connect()
        assert await xero.refusal("PUT", "Invoices", invoice(Total=114.99)) == [
            "The invoice total does not equal the sum of the lines."
        ]
        await xero.ok("PUT", "Invoices", invoice(Total=115))


async def test_camel_case_is_tolerated(xero: XeroHarness) -> None:
    sent = {
        "type": "ACCREC",
        "contact": {"name": "Mia"},
        "dueDate": "/Date(1787184000000)/",
        "status": "AUTHORISED",
        "lineItems": [{"description": "Roses", "unitAmount": 1, "accountCode": "200"}],
    }
    made = await xero.one("PUT", "Invoices", {"invoices": [sent]})
    assert made["DueDateString"] == "2026-08-20T00:00:00"


@pytest.mark.parametrize(
    ("status", "wanted"),
    [("DRAFT", "DELETED"), ("SUBMITTED", "DELETED"), ("AUTHORISED", "VOIDED")],
)
async def test_an_invoice_ends_and_stays_readable(
    xero: XeroHarness, status: str, wanted: str
) -> None:
    made = await xero.one("PUT", "Invoices", invoice(Status=status))
    path = f"Invoices/{made['InvoiceID']}"
    ended = await xero.one("POST", path, {"Status": wanted})
    assert (ended["Status"], ended["AmountDue"], ended["Total"]) == (wanted, 0, 115)
    assert await xero.refusal("POST", path, {"Reference": "x"}) == [
        "Invoice not of valid status for modification"
    ]


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ("DRAFT", "VOIDED"),
        ("AUTHORISED", "DELETED"),
        ("AUTHORISED", "DRAFT"),
        ("DRAFT", "PAID"),
    ],
)
async def test_a_step_that_the_states_lack_is_refused(
    xero: XeroHarness, status: str, wanted: str
) -> None:
    made = await xero.one("PUT", "Invoices", invoice(Status=status))
    messages = await xero.refusal("POST", f"Invoices/{made['InvoiceID']}", {"Status": wanted})
    assert "Invoice not of valid status for modification" in messages


async def test_what_has_a_payment_is_not_voided(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice())
    await xero.ok("PUT", "Payments", payment(made["InvoiceID"], "1"))
    messages = await xero.refusal("POST", f"Invoices/{made['InvoiceID']}", {"Status": "VOIDED"})
    assert "payments or credit notes" in messages[1]


async def test_a_paid_sales_invoice_changes_in_words_only(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice())
    await xero.ok("PUT", "Payments", payment(made["InvoiceID"], "115"))
    path = f"Invoices/{made['InvoiceID']}"
    changed = await xero.one("POST", path, {"Reference": "PO 9", "DueDate": "2026-09-01"})
    assert (changed["Reference"], changed["Status"]) == ("PO 9", "PAID")
    worded = {**made["LineItems"][0], "Description": "Tulips"}
    changed = await xero.one("POST", path, {"LineItems": [worded]})
    assert changed["LineItems"][0]["Description"] == "Tulips"
    for forbidden in ({"Date": "2026-07-07"}, {"LineItems": [line("100.01")]}):
        messages = await xero.refusal("POST", path, forbidden)
        assert messages[0] == "Invoice not of valid status for modification"
        assert "cannot be edited" in messages[1]


async def test_a_paid_bill_does_not_change(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", bill())
    await xero.ok("PUT", "Payments", payment(made["InvoiceID"], "1"))
    path = f"Invoices/{made['InvoiceID']}"
    assert len(await xero.refusal("POST", path, {"DueDate": "2026-09-01"})) == 2


async def test_an_unknown_invoice_is_404_in_plain_text(xero: XeroHarness) -> None:
    answer = await xero.send("GET", "Invoices/INV-404")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == "The resource you're looking for cannot be found"


async def test_an_invoice_is_read_by_number(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice(InvoiceNumber="INV-0042"))
    assert (await xero.one("GET", "invoices/inv-0042"))["InvoiceID"] == made["InvoiceID"]

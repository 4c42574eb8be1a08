"""What QuickBooks adds to what was sent: ids of addresses, and what a payment's line pays."""

from tests.unit.simulators.qbo.books import Books, applied

PORT = {"Line1": "1 Quay", "City": "Bergen"}
HILL = {"Line1": "2 Hill", "City": "Bergen"}


async def test_every_address_has_an_id_of_its_own(books: Books) -> None:
    customer = await books.customer(BillAddr=PORT, ShipAddr=HILL)
    vendor = await books.vendor(BillAddr=PORT)
    employee = await books.post("Employee", {"GivenName": "Mia", "PrimaryAddr": HILL})
    shown = [
        *(customer["BillAddr"], customer["ShipAddr"]),
        *(vendor["BillAddr"], employee["PrimaryAddr"]),
    ]
    assert len({address["Id"] for address in shown}) == 4
    assert {address["City"] for address in shown} == {"Bergen"}


async def test_an_address_that_is_changed_keeps_its_id(books: Books) -> None:
    customer = await books.customer(BillAddr=PORT)
    sent = customer | {"BillAddr": customer["BillAddr"] | {"Line1": "3 Quay"}}
    changed = await books.post("Customer", sent)
    assert changed["BillAddr"] == {**PORT, "Line1": "3 Quay", "Id": customer["BillAddr"]["Id"]}


async def test_a_form_shows_its_customers_address_and_its_own_has_another_id(
    books: Books,
) -> None:
    customer = await books.customer(BillAddr=PORT)
    taken = await books.invoice(customer["Id"])
    assert taken["BillAddr"] == customer["BillAddr"]
    own = await books.invoice(customer["Id"], BillAddr=HILL)
    assert own["BillAddr"]["Id"] != customer["BillAddr"]["Id"]


async def test_the_line_of_a_payment_says_what_it_pays(books: Books) -> None:
    customer = await books.customer()
    invoice = await books.invoice(customer["Id"], "100.00", DocNumber="A-7")
    made = await books.pay(customer["Id"], "60.00", **{f"i{invoice['Id']}": "40.00"})
    (line,) = made["Line"]
    entries = line["LineEx"]["any"]
    assert {e["value"]["Name"]: e["value"]["Value"] for e in entries} == {
        "txnId": invoice["Id"],
        "txnOpenBalance": "100.00",
        "txnReferenceNumber": "A-7",
    }
    assert entries[0]["name"] == "{http://schema.intuit.com/finance/v3}NameValue"
    read = await books.get("Payment", made["Id"])
    assert read["Line"] == made["Line"]


async def test_what_a_client_sends_back_of_it_changes_nothing(books: Books) -> None:
    customer = await books.customer()
    invoice = await books.invoice(customer["Id"])
    made = await books.pay(customer["Id"], "40.00", **{f"i{invoice['Id']}": "40.00"})
    again = await books.post("Payment", made)
    assert again["Line"] == made["Line"]
    emptied = await books.post("Payment", again | {"Line": []})
    assert (emptied["Line"], emptied["UnappliedAmt"]) == ([], 40)


async def test_more_than_the_invoice_is_an_unapplied_amount(books: Books) -> None:
    customer = await books.customer()
    invoice = await books.invoice(customer["Id"], "100.00")
    made = await books.pay(customer["Id"], "130.00", **{f"i{invoice['Id']}": "100.00"})
    assert made["UnappliedAmt"] == 30
    assert (await books.get("Customer", customer["Id"]))["Balance"] == -30
    other = await books.invoice(customer["Id"], "50.00")
    lines = [applied(invoice["Id"], "100.00"), applied(other["Id"], "30.00")]
    used = await books.post("Payment", made | {"Line": lines})
    assert used["UnappliedAmt"] == 0
    assert (await books.get("Invoice", other["Id"]))["Balance"] == 20

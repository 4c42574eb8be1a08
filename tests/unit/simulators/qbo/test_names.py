"""Names, full and sparse updates, and what happens to inactive records."""

from tests.unit.simulators.qbo.books import Books, handle


async def test_a_display_name_is_built_from_its_parts(books: Books) -> None:
    customer = await books.post("Customer", {"GivenName": "Ines", "FamilyName": "Vale"})
    assert customer["DisplayName"] == customer["PrintOnCheckName"] == "Ines Vale"


async def test_people_share_their_ids_and_transactions_share_theirs(books: Books) -> None:
    customer, vendor = await books.customer(), await books.vendor()
    bill = await books.bill(vendor["Id"])
    invoice = await books.invoice(customer["Id"])
    assert (customer["Id"], vendor["Id"]) == ("1", "2")
    assert (bill["Id"], invoice["Id"]) == ("1", "2")


async def test_a_sparse_update_keeps_what_it_does_not_name(books: Books) -> None:
    customer = await books.customer(Notes="old", CompanyName="Vale")
    changed = await books.post("Customer", handle(customer, sparse=True, Notes="new"))
    assert (changed["Notes"], changed["CompanyName"]) == ("new", "Vale")
    cleared = await books.post("Customer", handle(changed, sparse=True, Notes=""))
    assert "Notes" not in cleared
    assert cleared["SyncToken"] == "2"


async def test_a_full_update_clears_what_it_leaves_out(books: Books) -> None:
    customer = await books.customer(Notes="old", Taxable=False, CurrencyRef={"value": "USD"})
    changed = await books.post("Customer", handle(customer, CompanyName="Vale"))
    assert "Notes" not in changed
    assert changed["Taxable"] is True
    assert changed["DisplayName"] == customer["DisplayName"]
    assert changed["CurrencyRef"] == customer["CurrencyRef"]
    assert changed["Balance"] == 0


async def test_a_deactivated_name_is_free_again(books: Books) -> None:
    first = await books.customer("Acme")
    gone = await books.post("Customer", handle(first, sparse=True, Active=False))
    assert gone["DisplayName"] == gone["FullyQualifiedName"] == "Acme (deleted)"
    await books.vendor("Acme")
    back = handle(gone, sparse=True, Active=True, DisplayName="Acme")
    assert await books.code("Customer", back) == "6240"
    back = handle(gone, sparse=True, Active=True)
    assert (await books.post("Customer", back))["DisplayName"] == "Acme (deleted)"


async def test_a_reactivated_name_can_lose_its_suffix(books: Books) -> None:
    await books.control("switches", {"reactivation_strips_suffix": True})
    customer = await books.customer("Acme")
    gone = await books.post("Customer", handle(customer, sparse=True, Active=False))
    back = await books.post("Customer", handle(gone, sparse=True, Active=True))
    assert back["DisplayName"] == "Acme"


async def test_names_nest_five_levels_deep(books: Books) -> None:
    parent = await books.customer("Level 1")
    for level in range(2, 6):
        reference = {"value": parent["Id"]}
        parent = await books.customer(f"Level {level}", Job=True, ParentRef=reference)
    assert parent["FullyQualifiedName"] == "Level 1:Level 2:Level 3:Level 4:Level 5"
    assert parent["Level"] == 4
    sixth = {"DisplayName": "Level 6", "Job": True, "ParentRef": {"value": parent["Id"]}}
    assert await books.code("Customer", sixth) == "6180"


async def test_a_record_cannot_be_above_itself(books: Books) -> None:
    top = await books.post("Department", {"Name": "Top"})
    below = await books.post("Department", {"Name": "Below", "ParentRef": {"value": top["Id"]}})
    loop = handle(top, sparse=True, ParentRef={"value": below["Id"]})
    assert await books.code("Department", loop) == "6000"


async def test_list_names_are_unique_below_their_parent(books: Books) -> None:
    first = await books.post("Class", {"Name": "Retail"})
    assert len(first["Id"]) == 19
    assert await books.code("Class", {"Name": "retail"}) == "6240"
    below = {"Name": "Retail", "ParentRef": {"value": first["Id"]}}
    assert (await books.post("Class", below))["FullyQualifiedName"] == "Retail:Retail"


async def test_references_to_accounts_show_the_full_name_or_the_short_one(books: Books) -> None:
    parent = {"Name": "Gas", "AccountType": "Expense", "ParentRef": {"value": "68"}}
    account = await books.post("Account", parent)
    assert account["SubAccount"] is True
    vendor = await books.vendor()
    for style, name in (("fqn", "Utilities:Gas"), ("short", "Gas")):
        await books.control("switches", {"ref_name_style": style})
        detail = {"AccountRef": {"value": account["Id"], "name": "ignored"}}
        kind = "AccountBasedExpenseLineDetail"
        lines = [{"Amount": 1, "DetailType": kind, kind: detail}]
        bill = await books.bill(vendor["Id"], Line=lines)
        assert bill["Line"][0][kind]["AccountRef"]["name"] == name


async def test_a_sub_account_has_its_parents_type(books: Books) -> None:
    wrong = {"Name": "Gas", "AccountType": "Bank", "ParentRef": {"value": "68"}}
    assert await books.code("Account", wrong) == "6000"
    wrong = {"Name": "Gas", "AccountType": "Bank", "AccountSubType": "Utilities"}
    assert await books.code("Account", wrong) == "6000"


async def test_of_a_tax_identifier_only_the_end_is_shown(books: Books) -> None:
    vendor = await books.vendor(TaxIdentifier="12-3456789")
    assert vendor["TaxIdentifier"] == "XXXXXX6789"


async def test_a_field_that_nobody_knows_can_be_added(books: Books) -> None:
    await books.control("switches", {"add_unknown_field": True})
    customer = await books.customer()
    assert "SimulatorExtra" in customer
    changed = await books.post("Customer", customer | {"Notes": "echoed back whole"})
    assert changed["Notes"] == "echoed back whole"

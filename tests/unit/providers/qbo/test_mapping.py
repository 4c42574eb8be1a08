"""What is sent, what is left out, and what is refused before any call."""

from typing import Any

import pytest

from providers.base import Side
from providers.errors import NeedsPerson, ProviderError, Rejected
from providers.parts import create_body, update_body
from providers.qbo.company import QboCompany
from providers.qbo.mapping.catalogue import parts_of
from providers.qbo.mapping.countries import alpha_3
from providers.qbo.markers import is_marked, note
from schemas.documents.document import DocumentType
from schemas.documents.trade import AMOUNT_FIELDS
from tests.unit.providers.qbo.samples import GB, US, books, document

TAXED = {"id": "l1", "item_id": "i1", "unit_price": "10", "tax_rate": "20"}
FREE = {"id": "l2", "item_id": "i1", "unit_price": "10"}


def created(
    document_type: DocumentType, company: QboCompany = US, **fields: Any
) -> dict[str, Any]:
    made = document(document_type, **fields)
    return create_body(parts_of(made, books(company, made)))


def updated(document_type: DocumentType, *changed: str, **fields: Any) -> dict[str, Any]:
    made = document(document_type, **fields)
    return update_body(parts_of(made, books(US, made)), frozenset(changed))


def british(**fields: Any) -> dict[str, Any]:
    return created(DocumentType.INVOICE, GB, currency="GBP", tax_mode="exclusive", **fields)


@pytest.mark.accepts("ENT-02")
def test_an_update_of_a_customer_carries_what_changed_and_nothing_else() -> None:
    body = updated(DocumentType.CUSTOMER, "email", "phone", email="a@harrow.example")
    assert body == {
        "PrimaryEmailAddr": {"Address": "a@harrow.example"},
        "PrimaryPhone": {"FreeFormNumber": ""},
    }


@pytest.mark.parametrize(
    ("document_type", "always"),
    [
        (DocumentType.INVOICE, set()),
        (DocumentType.BILL, {"VendorRef"}),
        (DocumentType.PAYMENT, {"CustomerRef", "TotalAmt"}),
        (DocumentType.CUSTOMER, set()),
        (DocumentType.ITEM, set()),
        (DocumentType.ACCOUNT, {"Name"}),
    ],
)
def test_an_update_carries_what_quickbooks_wants_every_time(
    document_type: DocumentType, always: set[str]
) -> None:
    assert set(updated(document_type, "something else")) == always


def test_lines_are_left_alone_unless_they_changed() -> None:
    assert "Line" not in updated(DocumentType.INVOICE, "due_on", "reference")
    for field in AMOUNT_FIELDS:
        body = updated(DocumentType.INVOICE, field)
        assert "Line" in body
        assert "TxnTaxDetail" in body
        assert all("Id" not in line for line in body["Line"])


def test_an_update_of_everything_leaves_out_what_only_a_create_sets() -> None:
    assert "PrivateNote" in created(DocumentType.INVOICE)
    assert "PrivateNote" not in updated(DocumentType.INVOICE)
    assert "Type" not in updated(DocumentType.ITEM)


def test_an_address_takes_a_country_of_three_letters() -> None:
    address = {"lines": ["14 Quay Rd"], "city": "Oakland", "country": "US"}
    assert created(DocumentType.CUSTOMER, address=address)["BillAddr"] == {
        "Line1": "14 Quay Rd",
        "City": "Oakland",
        "Country": "USA",
    }
    assert alpha_3("XK") == "XK"


def test_a_reactivated_name_comes_with_its_clean_name() -> None:
    assert updated(DocumentType.VENDOR, "active") == {
        "Active": True,
        "DisplayName": "Nordic Steel Ltd",
    }
    assert updated(DocumentType.VENDOR, "active", active=False) == {"Active": False}


def test_a_line_with_a_discount_tells_its_price_in_words() -> None:
    line = {**FREE, "description": "Survey", "quantity": "3", "discount": {"percent": "10"}}
    (sent,) = created(DocumentType.INVOICE, lines=[line])["Line"]
    assert sent["Description"] == "Survey (3 x 10.00 less 10 %)"
    assert "Qty" not in sent["SalesItemLineDetail"]


def test_a_line_whose_price_is_true_keeps_it() -> None:
    (sent,) = created(DocumentType.INVOICE, lines=[{**FREE, "quantity": "3"}])["Line"]
    assert {"Qty", "UnitPrice"} <= set(sent["SalesItemLineDetail"])
    assert "Description" not in sent


def test_a_bill_line_without_item_goes_to_its_account_or_the_default_one() -> None:
    by_default = {"id": "l1", "unit_price": "10", "quantity": "2", "description": "Toner"}
    named = {"id": "l2", "unit_price": "10", "account_id": "a1"}
    lines = created(DocumentType.BILL, lines=[by_default, named])["Line"]
    accounts = [line["AccountBasedExpenseLineDetail"]["AccountRef"]["value"] for line in lines]
    assert accounts == ["64", "account-a1"]
    assert lines[0]["Description"] == "Toner (2 x 10.00)"


def test_a_us_bill_has_its_tax_in_the_cost() -> None:
    (line,) = created(DocumentType.BILL, tax_mode="exclusive", lines=[TAXED])["Line"]
    assert str(line["Amount"]) == "12.00"


def test_a_foreign_currency_is_named_where_the_company_has_several() -> None:
    several = US.model_copy(update={"multicurrency": True})
    body = created(DocumentType.INVOICE, several, currency="EUR")
    assert body["CurrencyRef"] == {"value": "EUR"}
    assert "CurrencyRef" not in created(DocumentType.INVOICE)


def test_an_account_number_is_left_out_where_the_company_has_none() -> None:
    without = US.model_copy(update={"uses_account_numbers": False})
    assert "AcctNum" not in created(DocumentType.ACCOUNT, without)
    assert created(DocumentType.ACCOUNT)["AcctNum"] == "4000"


@pytest.mark.accepts("MAP-16")
def test_a_mapped_tax_code_goes_on_the_line() -> None:
    made = document(
        DocumentType.INVOICE,
        currency="GBP",
        tax_mode="exclusive",
        lines=[{**TAXED, "tax_code": "standard"}],
    )
    body = create_body(parts_of(made, books(GB, made, tax_codes={"standard": "10"})))
    assert body["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "10"}


def test_what_is_mapped_for_no_code_counts_for_its_rate() -> None:
    made = document(
        DocumentType.INVOICE,
        currency="GBP",
        tax_mode="exclusive",
        lines=[TAXED, FREE],
    )
    zero = next(code.id for code in GB.tax_codes if not code.rate(Side.SALES))
    lines = create_body(parts_of(made, books(GB, made, tax_codes={"": zero})))["Line"]
    codes = [line["SalesItemLineDetail"]["TaxCodeRef"]["value"] for line in lines]
    assert codes == ["10", zero]


def test_the_only_code_of_a_rate_needs_no_mapping() -> None:
    body = british(lines=[{**TAXED, "tax_code": "anything"}])
    assert body["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "10"}


def test_a_document_without_any_tax_stays_out_of_the_ledgers_tax() -> None:
    body = british(lines=[FREE])
    assert body["GlobalTaxCalculation"] == "NotApplicable"
    assert "TaxCodeRef" not in body["Line"][0]["SalesItemLineDetail"]


def test_a_us_line_is_taxable_or_not() -> None:
    lines = created(DocumentType.INVOICE, tax_mode="exclusive", lines=[TAXED, FREE])["Line"]
    codes = [line["SalesItemLineDetail"]["TaxCodeRef"]["value"] for line in lines]
    assert codes == ["TAX", "NON"]


def test_a_us_document_takes_the_one_code_it_is_mapped_to() -> None:
    made = document(
        DocumentType.INVOICE, tax_mode="exclusive", lines=[{**TAXED, "tax_code": "nv"}]
    )
    body = create_body(parts_of(made, books(US, made, tax_codes={"nv": "77"})))
    assert body["TxnTaxDetail"]["TxnTaxCodeRef"] == {"value": "77"}


def _without(company: QboCompany, **changes: Any) -> QboCompany:
    return company.model_copy(update=changes)


TWO_ZEROS = _without(
    GB, tax_codes=(*GB.tax_codes, GB.tax_codes[2].model_copy(update={"id": "13"}))
)


@pytest.mark.parametrize(
    ("document_type", "company", "fields", "kind", "code"),
    [
        (DocumentType.INVOICE, US, {"currency": "EUR"}, NeedsPerson, "currency_unavailable"),
        (
            DocumentType.INVOICE,
            US,
            {"lines": [{"id": "l", "unit_price": "1", "account_id": "a1"}]},
            Rejected,
            "item_needed",
        ),
        (
            DocumentType.INVOICE,
            _without(US, uses_sales_tax=False),
            {"tax_mode": "exclusive", "lines": [TAXED]},
            NeedsPerson,
            "sales_tax_off",
        ),
        (
            DocumentType.INVOICE,
            _without(US, sales_tax_code=""),
            {"tax_mode": "exclusive", "lines": [TAXED]},
            NeedsPerson,
            "tax_code_unmapped",
        ),
        (
            DocumentType.INVOICE,
            GB,
            {
                "currency": "GBP",
                "tax_mode": "exclusive",
                "lines": [{**TAXED, "tax_rate": "17.5"}],
            },
            NeedsPerson,
            "tax_code_unmapped",
        ),
        (
            DocumentType.INVOICE,
            TWO_ZEROS,
            {"currency": "GBP", "tax_mode": "exclusive", "lines": [TAXED, FREE]},
            NeedsPerson,
            "tax_code_unmapped",
        ),
    ],
)
def test_what_can_not_go_is_stopped_with_its_reason(
    document_type: DocumentType,
    company: QboCompany,
    fields: dict[str, Any],
    kind: type[ProviderError],
    code: str,
) -> None:
    with pytest.raises(kind) as stopped:
        created(document_type, company, **fields)
    assert stopped.value.reason.code == code
    assert stopped.value.reason.fix


@pytest.mark.parametrize(
    ("mapped", "code"), [("99", "tax_code_unmapped"), ("11", "tax_rate_differs")]
)
def test_a_wrong_mapping_is_told(mapped: str, code: str) -> None:
    made = document(
        DocumentType.INVOICE,
        currency="GBP",
        tax_mode="exclusive",
        lines=[{**TAXED, "tax_code": "standard"}],
    )
    with pytest.raises(NeedsPerson) as stopped:
        create_body(parts_of(made, books(GB, made, tax_codes={"standard": mapped})))
    assert stopped.value.reason.code == code
    assert "'standard'" in stopped.value.reason.cause


@pytest.mark.parametrize(
    ("document_type", "fields"),
    [
        (DocumentType.BILL, {"lines": [{"id": "l", "unit_price": "1"}]}),
        (DocumentType.PAYMENT, {}),
        (DocumentType.ITEM, {}),
        (DocumentType.ITEM, {"income_account_id": "a1", "purchase_price": "2"}),
    ],
)
def test_a_missing_default_account_is_asked_for(
    document_type: DocumentType, fields: dict[str, Any]
) -> None:
    made = document(document_type, **fields)
    with pytest.raises(NeedsPerson) as stopped:
        create_body(parts_of(made, books(US, made, accounts={})))
    assert stopped.value.reason.code == "account_unmapped"


def test_blanks_in_a_name_become_single_spaces() -> None:
    body = created(DocumentType.CUSTOMER, name="Harrow \t &\nVale")
    assert body["DisplayName"] == "Harrow & Vale"


@pytest.mark.parametrize(
    ("private_note", "ours"),
    [
        (note("12"), True),
        (note("12", "PO 7"), True),
        (f"Voided - {note('12')}", True),
        (f"seen by Ann\n{note('12')}", True),
        (note("1"), False),
        (note("123"), False),
        ("", False),
    ],
)
def test_the_marker_is_found_among_what_people_write(private_note: str, ours: bool) -> None:
    assert is_marked(private_note, "12") is ours


@pytest.mark.parametrize("document_id", ["i\u2028j", "i\u2029j", "i\x07j", "i\x85j", "a b"])
def test_the_marker_is_one_line_whatever_the_id(document_id: str) -> None:
    assert len(note(document_id).splitlines()) == 1
    assert is_marked(note(document_id, "PO 7"), document_id)

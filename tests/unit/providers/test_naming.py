"""Under which name or number a document goes to a ledger, and what is said of it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from providers.base import External, LookUpKeys, Written
from providers.errors import NeedsPerson
from providers.keys import same_key
from providers.naming import (
    LONGEST_PREFIX,
    GivenBy,
    NamedDocument,
    OnClash,
    key_policy,
    own_key,
    own_suffix,
    suffixes,
)
from providers.qbo import naming as qbo
from providers.xero import naming as xero
from schemas.documents.bill import Bill
from schemas.documents.customer import Customer
from schemas.documents.document import DocumentType
from schemas.documents.invoice import Invoice
from schemas.documents.item import Item
from schemas.documents.payment import Payment
from schemas.documents.vendor import Vendor
from schemas.remarks import Remark
from tests.unit.providers.qbo.samples import US, document, write

SUFFIX: dict[str, Any] = {
    "names": {"on_clash": "suffix"},
    "numbers": {"on_clash": "suffix"},
}
INVOICE, CUSTOMER = DocumentType.INVOICE, DocumentType.CUSTOMER


def at_qbo(kind: DocumentType, settings: dict[str, Any], **fields: Any) -> NamedDocument:
    return qbo.as_named(document(kind, **fields), settings, US)


def at_xero(kind: DocumentType, settings: dict[str, Any], **fields: Any) -> NamedDocument:
    return xero.as_named(document(kind, **fields), settings)


def number_of(found: NamedDocument, *, renamed: bool = False) -> str:
    asked = found.write(replace(write(INVOICE), renamed=renamed))
    return str(getattr(asked.document, "number", ""))


def remarks(found: NamedDocument, known_as: str) -> tuple[Remark, ...]:
    return found.remarked(Written(External("1"), known_as=known_as)).remarks


# What the settings may say


def test_without_a_policy_a_person_is_asked_and_the_platform_numbers() -> None:
    for kind in (Invoice, Bill, Customer, Vendor, Item, Payment):
        policy = key_policy({}, kind)
        assert (policy.on_clash, policy.given_by, policy.prefix) == (
            OnClash.ASK,
            GivenBy.PLATFORM,
            "",
        )
        assert not suffixes({}, kind)


def test_names_and_numbers_have_a_policy_each() -> None:
    settings = {"names": {"on_clash": "suffix"}}
    assert suffixes(settings, Customer)
    assert not suffixes(settings, Invoice)


def test_what_the_platform_does_not_number_has_no_prefix() -> None:
    settings = {"numbers": {"given_by": "ledger", "prefix": "LL-", "on_clash": "suffix"}}
    assert key_policy(settings, Invoice).prefix == "LL-"
    bill = key_policy(settings, Bill)
    assert (bill.given_by, bill.prefix, bill.on_clash) == (
        GivenBy.PLATFORM,
        "",
        OnClash.SUFFIX,
    )


@pytest.mark.parametrize(
    "setting",
    [
        {"numbers": {"on_clash": "guess"}},
        {"numbers": {"prefix": "x" * (LONGEST_PREFIX + 1)}},
        {"numbers": {"sufix": "x"}},
        {"numbers": "suffix"},
    ],
)
def test_a_setting_that_is_not_known_holds_the_documents_it_is_about(
    setting: dict[str, Any],
) -> None:
    with pytest.raises(NeedsPerson) as held:
        key_policy(setting, Invoice)
    assert held.value.reason.code == "naming_unreadable"
    assert "numbers" in held.value.reason.cause
    assert not suffixes(setting, Invoice)
    key_policy(setting, Customer)  # names are not concerned


def test_a_prefix_can_not_be_chosen_for_names() -> None:
    with pytest.raises(NeedsPerson):
        key_policy({"names": {"on_clash": "suffix", "prefix": "x"}}, Customer)


# Names and numbers of a document's own


def test_the_own_name_is_the_same_each_time_and_of_one_document_only() -> None:
    customer = document(CUSTOMER, id="7", name="Acme")
    assert own_key(customer, "Acme", 500) == own_key(customer, "Acme", 500)
    others = [
        document(CUSTOMER, id="8", name="Acme"),
        document(DocumentType.VENDOR, id="7", name="Acme"),
    ]
    assert own_suffix(customer) not in {own_suffix(one) for one in others}


def test_a_thousand_documents_of_one_number_have_a_thousand_numbers() -> None:
    found = {
        at_qbo(INVOICE, SUFFIX, id=f"inv-{n}", number="1042").keys.own for n in range(1_000)
    }
    assert len(found) == 1_000


@pytest.mark.accepts("DRV-05")
@pytest.mark.parametrize("length", [1, 14, 15, 20, 21, 22, 255])
@pytest.mark.parametrize("prefix", ["", "LL-", "x" * LONGEST_PREFIX])
def test_no_number_has_more_than_quickbooks_21_characters(length: int, prefix: str) -> None:
    settings = {"numbers": {"on_clash": "suffix", "prefix": prefix}}
    found = at_qbo(INVOICE, settings, number="9" * length)
    assert all(0 < len(key) <= 21 for key in found.keys.all)
    assert found.keys.sent.startswith(prefix)
    assert len(set(found.keys.all)) == len(found.keys.all)


@pytest.mark.parametrize("kind", [CUSTOMER, DocumentType.VENDOR, DocumentType.ITEM])
def test_no_name_is_longer_than_the_ledger_takes(kind: DocumentType) -> None:
    longest = {DocumentType.ITEM: 100}.get(kind, 500)
    found = at_qbo(kind, SUFFIX, name="n" * 500)
    assert all(len(key) <= longest for key in found.keys.all)


# What is sent


def test_an_invoice_goes_under_its_number_unless_that_is_known_to_be_taken() -> None:
    found = at_qbo(INVOICE, SUFFIX)
    assert number_of(found) == "1042"
    assert number_of(found, renamed=True) == found.keys.own
    assert found.keys.own.startswith("1042~")


def test_a_prefix_stands_before_the_number() -> None:
    found = at_xero(INVOICE, {"numbers": {"prefix": "LL-"}})
    assert number_of(found) == "LL-1042"
    assert found.keys.all == (found.keys.own, "LL-1042", "1042")


def test_a_number_that_xero_gives_is_told_in_the_reference() -> None:
    found = at_xero(INVOICE, {"numbers": {"given_by": "ledger"}}, reference="PO 4")
    invoice = document(INVOICE)
    assert found.keys.sent == ""
    assert getattr(found.sent, "reference", "") == f"1042{own_suffix(invoice)} PO 4"


def test_what_has_no_name_is_sent_as_it_is() -> None:
    found = at_qbo(DocumentType.PAYMENT, SUFFIX)
    assert found.keys == LookUpKeys()
    assert remarks(found, "") == ()


# What is said


@pytest.mark.parametrize(
    ("settings", "known_as", "code"),
    [
        (SUFFIX, "1042", ""),
        (SUFFIX, "own", "suffixed"),
        ({}, "own", "suffixed"),  # it was written while the policy was another one
        ({"numbers": {"prefix": "LL-"}}, "LL-1042", "prefixed"),
        ({"numbers": {"prefix": "LL-"}}, "own", "suffixed"),
        ({"numbers": {"given_by": "ledger"}}, "1007", "numbered_by_ledger"),
        ({"numbers": {"given_by": "ledger"}}, "1042", ""),
        (SUFFIX, "renamed by a person", ""),
        (SUFFIX, "", ""),
    ],
)
def test_a_changed_number_is_remarked(
    settings: dict[str, Any], known_as: str, code: str
) -> None:
    for found in (at_qbo(INVOICE, settings), at_xero(INVOICE, settings)):
        name = found.keys.own if known_as == "own" else known_as
        said = remarks(found, name)
        assert said == ((Remark(code, "number", "1042", name),) if code else ())


def test_a_name_with_the_kind_behind_is_remarked_at_quickbooks() -> None:
    found = at_qbo(DocumentType.VENDOR, {}, name="Acme")
    assert remarks(found, "Acme (Vendor)") == (
        Remark("suffixed", "name", "Acme", "Acme (Vendor)"),
    )


def test_a_field_has_one_remark_with_what_the_ledger_has_in_the_end() -> None:
    found = at_qbo(CUSTOMER, SUFFIX, name="A: B")
    (fitted,) = remarks(found, "A - B")
    assert (fitted.code, fitted.sent) == ("marks_replaced", "A - B")
    (renamed,) = remarks(found, found.keys.own)
    assert (renamed.code, renamed.said, renamed.sent) == ("suffixed", "A: B", found.keys.own)


def test_nothing_is_remarked_on_what_is_out_of_the_books() -> None:
    found = at_qbo(INVOICE, SUFFIX)
    gone = Written(External("1"), voided=True, known_as=found.keys.own)
    assert found.remarked(gone).remarks == ()


def test_only_what_a_ledger_keeps_unique_is_renamed() -> None:
    renamed = {kind for kind in DocumentType if xero.renames(kind, SUFFIX)}
    assert renamed == {CUSTOMER, DocumentType.VENDOR, INVOICE}
    renamed = {kind for kind in DocumentType if qbo.renames(kind, SUFFIX)}
    assert renamed == {
        CUSTOMER,
        DocumentType.VENDOR,
        DocumentType.ITEM,
        INVOICE,
        DocumentType.BILL,
    }
    assert not any(qbo.renames(kind, {}) or xero.renames(kind, {}) for kind in DocumentType)


TEXTS = st.text(min_size=1, max_size=255)


@pytest.mark.accepts("DRV-05")
@given(number=TEXTS, document_id=st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True))
def test_whatever_the_number_is_each_form_of_it_fits_and_is_the_document_s(
    number: str, document_id: str
) -> None:
    settings = {"numbers": {"on_clash": "suffix", "prefix": "LL-"}}
    try:
        found = [
            at(INVOICE, settings, id=document_id, number=number) for at in (at_qbo, at_xero)
        ]
    except ValidationError:
        return  # nothing is left of it, as for a number of zero-width marks
    for one, longest in zip(found, (21, 255), strict=True):
        keys = one.keys
        assert 0 < len(keys.own) <= longest
        assert len(keys.sent) <= longest
        assert keys.own.endswith(own_suffix(one.said))
        assert keys.sent.startswith("LL-")
        assert not same_key(keys.own, keys.sent)
    at_xero_sent = found[1].keys
    assert all(key.isascii() and key.isprintable() for key in at_xero_sent.all)

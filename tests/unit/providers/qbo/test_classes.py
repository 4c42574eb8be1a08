"""Where the class of a line goes, and what stops a document with one."""

from collections.abc import Mapping
from typing import Any

import pytest

from providers.errors import NeedsPerson
from providers.parts import create_body, update_body
from providers.qbo.company import ClassTracking, QboCompany
from providers.qbo.mapping.catalogue import parts_of
from schemas.documents.document import DocumentType
from tests.unit.providers.qbo.samples import US, books, document

INVOICE, BILL = DocumentType.INVOICE, DocumentType.BILL
NORTH, SOUTH = "5000000000000142241", "5000000000000142242"
MAPPED = {"north": NORTH, "n": NORTH, "south": SOUTH, "unkept": ""}
PER_LINE = US
PER_TRANSACTION = US.model_copy(update={"class_tracking": ClassTracking.TRANSACTION})
WITHOUT = US.model_copy(update={"class_tracking": ClassTracking.OFF})

pytestmark = pytest.mark.accepts("ENT-11")


def lines(*classes: str) -> list[dict[str, Any]]:
    return [
        {"id": f"l{i}", "item_id": "i1", "unit_price": "10", "class_code": code}
        for i, code in enumerate(classes, start=1)
    ]


def created(
    document_type: DocumentType,
    company: QboCompany,
    *classes: str,
    mapped: Mapping[str, Any] = MAPPED,
    **fields: Any,
) -> dict[str, Any]:
    made = document(document_type, lines=lines(*classes), **fields)
    return create_body(parts_of(made, books(company, made, classes=mapped)))


def updated(company: QboCompany, *classes: str, mapped: Mapping[str, Any]) -> dict[str, Any]:
    made = document(INVOICE, lines=lines(*classes))
    parts = parts_of(made, books(company, made, classes=mapped))
    return update_body(parts, frozenset({"lines"}))


def sent_classes(body: dict[str, Any]) -> list[str]:
    details = [line[line["DetailType"]] for line in body["Line"]]
    return [detail.get("ClassRef", {}).get("value", "") for detail in details]


@pytest.mark.parametrize("document_type", [INVOICE, BILL])
def test_each_line_has_its_class_where_lines_have_classes(document_type: DocumentType) -> None:
    body = created(document_type, PER_LINE, "north", "", "south", "unkept")
    assert sent_classes(body) == [NORTH, "", SOUTH, ""]
    assert "ClassRef" not in body


def test_a_bill_by_account_has_its_class_too() -> None:
    line = {"id": "l1", "account_id": "a1", "unit_price": "10", "class_code": "south"}
    made = document(BILL, lines=[line])
    body = create_body(parts_of(made, books(PER_LINE, made, classes=MAPPED)))
    assert sent_classes(body) == [SOUTH]


def test_one_class_goes_on_the_whole_invoice_where_it_has_one() -> None:
    body = created(INVOICE, PER_TRANSACTION, "north", "n")
    assert body["ClassRef"] == {"value": NORTH}
    assert sent_classes(body) == ["", ""]


def test_a_bill_has_its_classes_on_its_lines_whatever_sales_forms_have() -> None:
    body = created(BILL, PER_TRANSACTION, "north", "south")
    assert sent_classes(body) == [NORTH, SOUTH]
    assert "ClassRef" not in body


def test_a_line_that_loses_its_class_clears_that_of_the_invoice() -> None:
    assert updated(PER_TRANSACTION, "", mapped=MAPPED)["ClassRef"] == {"value": ""}
    assert updated(PER_TRANSACTION, "south", mapped=MAPPED)["ClassRef"] == {"value": SOUTH}
    assert "ClassRef" not in created(INVOICE, PER_TRANSACTION, "")


def test_a_class_that_people_set_stays_where_none_is_mapped() -> None:
    assert "ClassRef" not in updated(PER_TRANSACTION, "", mapped={})


@pytest.mark.parametrize("company", [PER_LINE, PER_TRANSACTION, WITHOUT])
def test_a_document_without_classes_needs_none(company: QboCompany) -> None:
    body = created(INVOICE, company, "", "", mapped={})
    assert sent_classes(body) == ["", ""]
    assert "ClassRef" not in body


@pytest.mark.parametrize("mapped", ["", None])
def test_a_class_may_be_left_out_where_the_company_has_none(mapped: str | None) -> None:
    assert sent_classes(created(INVOICE, WITHOUT, "north", mapped={"north": mapped})) == [""]


@pytest.mark.parametrize(
    ("document_type", "company", "classes", "code", "named"),
    [
        (INVOICE, PER_LINE, ["north", "west"], "class_unmapped", ["l2", "'west'"]),
        (BILL, PER_LINE, ["west"], "class_unmapped", ["l1", "'west'"]),
        (INVOICE, PER_TRANSACTION, ["west"], "class_unmapped", ["l1", "'west'"]),
        (INVOICE, WITHOUT, ["", "north"], "classes_off", ["l2", "'north'"]),
        (INVOICE, WITHOUT, ["west"], "classes_off", ["l1", "'west'"]),
        (BILL, WITHOUT, ["south"], "classes_off", ["l1", "'south'"]),
        (INVOICE, PER_TRANSACTION, ["north", "south"], "classes_differ", ["'1042'"]),
        (INVOICE, PER_TRANSACTION, ["north", ""], "classes_differ", ["'1042'"]),
    ],
)
def test_a_class_that_would_be_lost_waits_for_a_person(
    document_type: DocumentType,
    company: QboCompany,
    classes: list[str],
    code: str,
    named: list[str],
) -> None:
    with pytest.raises(NeedsPerson) as held:
        created(document_type, company, *classes)
    assert held.value.reason.code == code
    assert all(name in held.value.reason.cause for name in named)
    assert held.value.reason.fix


def test_without_any_mapping_a_class_is_unmapped_not_dropped() -> None:
    for company in (PER_LINE, PER_TRANSACTION):
        with pytest.raises(NeedsPerson) as held:
            created(INVOICE, company, "north", mapped={})
        assert held.value.reason.code == "class_unmapped"


@pytest.mark.parametrize(
    ("classes", "sent"),
    [(("north", "n"), [NORTH, NORTH, NORTH]), (("north", "south"), [NORTH, SOUTH])],
)
def test_a_total_discount_stands_apart_where_it_is_of_one_class(
    classes: tuple[str, ...], sent: list[str]
) -> None:
    body = created(INVOICE, PER_LINE, *classes, discount={"percent": "10"})
    assert sent_classes(body) == sent

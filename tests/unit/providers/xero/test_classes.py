"""Which tracking the class of a line becomes, and what stops a document with one."""

from typing import Any

import pytest

from providers.base import External, Operation
from providers.errors import NeedsPerson
from providers.parts import Body
from providers.xero.requests import requests_for
from schemas.documents.document import DocumentType
from tests.unit.providers.xero.samples import bill, guid, invoice, settled, write_of

REGION, NORTH = guid("region"), guid("north")
BY_NAME = {"category": "Region", "option": "North"}
BY_ID = {"category": REGION, "option": NORTH}
TEAM = {"category": "Team", "option": "Blue"}
NAMED = {"Name": "Region", "Option": "North"}
IDENTIFIED = {"TrackingCategoryID": REGION, "TrackingOptionID": NORTH}

pytestmark = pytest.mark.accepts("ENT-11")


def line_items(
    setting: Any, *, changed: tuple[str, ...] = (), document: dict[str, Any] | None = None
) -> list[Body]:
    """Return the lines of a document whose first line has the class ``north``."""
    made = document or invoice()
    (line,) = made["lines"]
    lines = [{**line, "class_code": "north"}, {**line, "id": "l2"}]
    document_type = DocumentType.BILL if "vendor_id" in made else DocumentType.INVOICE
    write = write_of(
        document_type,
        {**made, "lines": lines},
        external=External(guid("record")) if changed else None,
        changed=changed,
    )
    realm = settled(classes=setting)
    operation = Operation.UPDATE if changed else Operation.CREATE
    (request,), refusals = requests_for(operation, [write], realm)
    assert not refusals
    return list(request.entries[0].body["LineItems"])


@pytest.mark.parametrize(
    ("setting", "sent"),
    [
        (BY_NAME, [NAMED]),
        (BY_ID, [IDENTIFIED]),
        ([BY_NAME], [NAMED]),
        ([BY_ID, TEAM], [IDENTIFIED, {"Name": "Team", "Option": "Blue"}]),
    ],
)
@pytest.mark.parametrize("document", [invoice(), bill()], ids=["invoice", "bill"])
def test_a_line_with_a_class_is_tracked_and_no_other(
    document: dict[str, Any], setting: Any, sent: list[Body]
) -> None:
    first, second = line_items({"north": setting}, document=document)
    assert first["Tracking"] == sent
    assert "Tracking" not in second


@pytest.mark.parametrize("setting", [None, "", {}, []])
def test_a_class_that_is_mapped_to_nothing_is_left_out(setting: Any) -> None:
    assert all("Tracking" not in line for line in line_items({"north": setting}))


def test_changed_lines_go_with_their_tracking() -> None:
    first, _ = line_items({"north": BY_NAME}, changed=("lines",))
    assert first["Tracking"] == [NAMED]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"south": BY_NAME},
        {"north": "Region"},
        {"north": [BY_NAME, TEAM, {"category": "Site", "option": "1"}]},
        {"north": {"category": "Region"}},
        {"north": {"category": "", "option": "North"}},
        {"north": {"category": "Region", "option": "North", "colour": "red"}},
        {"north": {"category": REGION, "option": "North"}},
        {"north": 7},
    ],
    ids=str,
)
def test_a_class_without_tracking_to_send_waits_for_a_person(settings: dict[str, Any]) -> None:
    made = invoice()
    lines = [{**made["lines"][0], "class_code": "north"}]
    write = write_of(DocumentType.INVOICE, {**made, "lines": lines})
    _, refusals = requests_for(Operation.CREATE, [write], settled(classes=settings))
    held = refusals[0]
    assert isinstance(held, NeedsPerson)
    assert held.reason.code == "class_unmapped"
    assert "Line l1 has class north" in held.reason.cause
    assert "connection's settings" in held.reason.fix

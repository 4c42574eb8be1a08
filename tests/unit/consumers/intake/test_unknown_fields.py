"""Fields that are not known pass, are counted by who sends them, and are refused on demand."""

import pytest
from structlog.testing import capture_logs

from consumers.intake.events import Received, Refused, read_event
from consumers.intake.unknown_fields import MOST_NAMES, UnknownFields
from consumers.metrics import UNKNOWN_FIELDS
from consumers.position import Position
from schemas.documents.document import DocumentType
from schemas.envelope import Envelope
from schemas.ids import TenantId

CRM = Envelope("e1", "/crm", "customer.created.v1", TenantId("t1"), 1)
VALUE = b'{"id": "c", "name": "Forward Compat ", "website": "https://forward.example"}'
RECEIVED = Received(Position("platform.events", 0, 1), CRM.headers(), VALUE)


def counted(*labels: str) -> float:
    return float(UNKNOWN_FIELDS.labels(*labels)._value.get())


def test_an_event_with_a_new_field_is_read_without_it() -> None:
    event = read_event(RECEIVED)
    assert event.unknown_fields == ("website",)
    assert event.text == '{"id":"c","name":"Forward Compat"}'


def test_a_strict_source_s_event_with_a_new_field_is_refused() -> None:
    assert read_event(RECEIVED, {"/billing"}).unknown_fields
    with pytest.raises(Refused) as refused:
        read_event(RECEIVED, {"/billing", "/crm"})
    assert refused.value.reason.code == "invalid_document"
    assert "website: Extra inputs are not permitted" in refused.value.reason.cause


def test_fields_are_counted_by_source_type_and_name_and_logged_once() -> None:
    fields = UnknownFields()
    before = counted("/crm", "customer", "address.planet")
    with capture_logs() as logged:
        for _ in range(3):
            fields.count(CRM, DocumentType.CUSTOMER, ["address.planet"])
    assert counted("/crm", "customer", "address.planet") == before + 3
    assert [(line["event"], line["field"]) for line in logged] == [
        ("intake.unknown_field", "address.planet")
    ]


def test_names_without_end_are_counted_as_others() -> None:
    fields = UnknownFields()
    before = counted("other", "other", "other")
    with capture_logs() as logged:
        fields.count(CRM, DocumentType.ITEM, [f"{n}" * 1000 for n in range(100, 1100)])
    assert counted("other", "other", "other") == before + 1000 - MOST_NAMES
    assert len(logged) == MOST_NAMES
    assert max(len(line["field"]) for line in logged) == 100

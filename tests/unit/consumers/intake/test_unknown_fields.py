"""Fields that are not known pass, are counted by who sends them, and are refused on demand."""

import pytest
from structlog.testing import capture_logs

from consumers.intake.events import Received, Refused, read_event
from consumers.intake.platform_events import Intake
from consumers.intake.unknown_fields import MOST_NAMES, UnknownFields
from consumers.metrics import UNKNOWN_FIELDS
from consumers.position import Position
from schemas.documents.document import DocumentType
from schemas.envelope import Envelope
from schemas.ids import TenantId
from schemas.result import SyncState
from tests.unit.consumers.intake.intake_harness import IntakeHarness
from tests.virtual_time import START

pytestmark = pytest.mark.accepts("DRV-28")

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


async def test_intake_takes_in_what_it_knows_and_counts_the_rest() -> None:
    harness = IntakeHarness()
    before = counted("/billing", "customer", "website")
    document = {"id": "c", "name": "Forward Compat", "website": "https://forward.example"}
    await harness.take(harness.event("customer", 1, document))
    record = harness.record(DocumentType.CUSTOMER, "c")
    assert record is not None
    assert (record.state, record.announced.document) == (
        SyncState.PENDING,
        '{"id":"c","name":"Forward Compat"}',
    )
    assert harness.letters() == []
    assert counted("/billing", "customer", "website") == before + 1


async def test_intake_refuses_it_of_a_source_that_is_set_strict() -> None:
    harness = IntakeHarness()
    harness.intake = Intake(harness.store, now=lambda: START, strict_sources={"/billing"})
    before = counted("/billing", "customer", "website")
    document = {"id": "c", "name": "Forward Compat", "website": "https://forward.example"}
    await harness.take(harness.event("customer", 1, document))
    [letter] = harness.letters()
    assert letter.reason.code == "invalid_document"
    assert "website" in letter.reason.cause
    assert counted("/billing", "customer", "website") == before, "it is refused, not passed"


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

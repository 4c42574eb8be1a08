"""What must hold at rest: a simulated world is told of what does not, and of nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from consumers.store.desired_states import DesiredState
from schemas.contradictions import OUT_OF_USE
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import DocumentType
from schemas.result import SyncState
from tests.fakes.connected import CONNECTED
from tests.fakes.database import Database, Record
from tests.simulation.platform import Announcement, Platform
from tests.simulation.wrong import of_contradictions

CUSTOMER, INVOICE = DocumentType.CUSTOMER, DocumentType.INVOICE
SALE: dict[str, Any] = {
    "id": "i",
    "number": "INV-1",
    "customer_id": "c",
    "issued_on": "2026-07-06",
    "due_on": "2026-08-20",
    "currency": "USD",
    "lines": [{"id": "1", "unit_price": "10.00"}],
}


def announced(kind: DocumentType, **fields: Any) -> Announcement:
    return Announcement(0.0, CONNECTED, kind, 1, DOCUMENTS[kind].model_validate(fields))


def at_rest(one: Announcement) -> Record:
    state = DesiredState(
        one.record_id,
        CONNECTED.id,
        CONNECTED.tenant_id,
        CONNECTED.realm_id,
        CONNECTED.provider,
        one.kind,
        one.document.id,
        one.payload.decode(),
        one.version,
    )
    return Record(state, None)


@pytest.mark.parametrize("active", [True, False])
def test_what_names_something_out_of_use_is_held_for_that(*, active: bool) -> None:
    customer = announced(CUSTOMER, id="c", name="Heron", active=active)
    invoice = announced(INVOICE, **SALE)
    both = [customer, invoice]
    platform = Platform([], both, [], newest={one.record_id: one for one in both})
    database = Database()
    for one in both:
        database.records.rows[one.record_id] = at_rest(one)
    database.records.rows[invoice.record_id] = replace(
        at_rest(invoice),
        state=SyncState.HELD,
        reason=OUT_OF_USE.reason(document="Invoice i", named="customer c"),
    )
    told = list(of_contradictions(platform, database))
    assert told == (["i rests for names_out_of_use, and contradicts nothing"] if active else [])

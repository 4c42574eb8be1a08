"""Skipped is a state with a reason: the rule by which nothing is to be done."""

from typing import Any

import pytest

from consumers.outcome import Skipped
from consumers.sync.plan import NEVER_SENT, NOT_APPROVED
from schemas.documents.document import DocumentType
from schemas.errors import Reason
from schemas.result import SyncState
from tests.unit.consumers.sync.worker_harness import WorkerHarness

pytestmark = pytest.mark.accepts("ERR-23")

CUSTOMER, INVOICE = DocumentType.CUSTOMER, DocumentType.INVOICE


@pytest.mark.parametrize(
    ("kind", "fields", "why"),
    [
        (INVOICE, {"status": "draft"}, NOT_APPROVED),
        (INVOICE, {"status": "voided"}, NEVER_SENT),
        (CUSTOMER, {"id": "new", "name": "New", "active": False}, NEVER_SENT),
    ],
)
async def test_what_is_skipped_says_by_which_rule_and_makes_no_call(
    kind: DocumentType, fields: dict[str, Any], why: Reason
) -> None:
    harness = WorkerHarness()
    await harness.take_lease()
    await harness.handle(
        await harness.announce(CUSTOMER, 1, id="c", name="C", phone="v1"), CUSTOMER
    )
    looked = harness.ledger.looked
    record = await (
        harness.invoice(1, **fields)
        if kind is INVOICE
        else harness.announce(CUSTOMER, 1, **fields)
    )
    assert await harness.handle(record, kind) is SyncState.SKIPPED
    reason = harness.database.records.rows[record].reason
    assert reason is not None
    assert (reason.code, bool(reason.cause), bool(reason.fix)) == (why.code, True, True)
    assert harness.ledger.looked == looked


def test_nothing_is_skipped_without_a_reason() -> None:
    with pytest.raises(TypeError, match="reason"):
        Skipped()  # type: ignore[call-arg] # what must not be

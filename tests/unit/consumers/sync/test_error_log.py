"""The worker's log has a line for each record that is held or dies, and names nobody."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from providers.errors import NeedsPerson, ProviderError, Rejected, Unavailable
from schemas.documents.document import DocumentType
from schemas.errors import ErrorCategory, Reason, Solver
from schemas.result import SyncState
from tests.simulation.books import reason
from tests.unit.consumers.sync.worker_harness import WorkerHarness

CUSTOMER = DocumentType.CUSTOMER
REASON = Reason(
    "name_taken",
    ErrorCategory.SETTING,
    "The name 'Ada Lovelace' is used in the ledger by an employee.",
    "Rename one of the two.",
    Solver.TENANT_ADMIN,
    "6240 Ada Lovelace is taken",
)


async def settled(
    harness: WorkerHarness, document_id: str, *refusals: ProviderError
) -> tuple[SyncState, Sequence[Mapping[str, Any]]]:
    """Try a customer; return its state, and what was logged of records."""
    fields = {"id": document_id, "name": "Ada Lovelace", "phone": "v1"}
    customer = await harness.announce(CUSTOMER, 1, **fields)
    harness.ledger.refusals = list(refusals)
    with capture_logs(processors=[merge_contextvars]) as logged:
        state = await harness.handle(customer, CUSTOMER)
    return state, [line for line in logged if line["event"].startswith("record.")]


@pytest.mark.accepts("ERR-03")
@pytest.mark.parametrize(
    ("error", "state", "event", "level"),
    [
        (Rejected(REASON), SyncState.DEAD, "record.dead", "error"),
        (NeedsPerson(REASON), SyncState.HELD, "record.held", "warning"),
    ],
)
async def test_what_is_given_up_is_logged_with_what_to_do_and_without_names(
    error: ProviderError, state: SyncState, event: str, level: str
) -> None:
    harness = WorkerHarness()
    await harness.take_lease()
    found, logged = await settled(harness, "c1", error)
    assert found is state
    assert logged == [
        {
            "event": event,
            "log_level": level,
            "tenant": harness.connection.tenant_id,
            "realm": harness.connection.realm_id,
            "provider": harness.connection.provider,
            "document_type": "customer",
            "document_id": "c1",
            "version": 1,
            "code": "name_taken",
            "category": "setting",
            "fix": "Rename one of the two.",
            "solver": "tenant_admin",
            "link": "docs/errors.md#name_taken",
        }
    ]
    assert "Lovelace" not in repr(logged)


async def test_what_is_held_as_its_link_is_taken_is_logged_as_held() -> None:
    harness = WorkerHarness()
    await harness.take_lease()
    assert (await settled(harness, "c1"))[0] is SyncState.AGREED
    state, logged = await settled(harness, "c2")
    assert state is SyncState.HELD
    assert [(line["event"], line["code"]) for line in logged] == [
        ("record.held", "already_linked")
    ]


async def test_what_is_tried_again_by_itself_is_no_error_of_a_record() -> None:
    harness = WorkerHarness()
    await harness.take_lease()
    state, logged = await settled(harness, "c1", Unavailable(reason("no_answer")))
    assert (state, logged) == (SyncState.RETRYING, [])

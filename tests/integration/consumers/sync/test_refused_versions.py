"""Refused versions and conflicts of versions at both providers, from the shared cases."""

from typing import Any

import orjson
import pytest

from consumers.intake.events import Received
from consumers.intake.platform_events import Intake
from consumers.position import Position
from consumers.store.postgres import PostgresStore
from gateway.database.sessions import Sessions
from schemas.documents.document import DocumentType
from schemas.envelope import Envelope
from tests.contracts.ledger_harness import CUSTOMER, INVOICE, LedgerHarness
from tests.integration.consumers.sync.test_life_of_documents import (
    NEEDED,
    Company,
    announced,
    invoice_in_the_ledger,
    stock,
)
from tests.integration.consumers.sync_harness import SyncHarness


async def take(
    harness: SyncHarness, kind: DocumentType, version: int, fields: dict[str, Any]
) -> None:
    """Let intake take in what no document of the schema can be."""
    envelope = Envelope(
        id=f"{kind}/{version}",
        source="/test",
        type=f"{kind.value}.changed.v1",
        tenant_id=harness.tenant,
        entity_version=version,
    )
    harness.offset += 1
    position = Position("platform.events", 0, harness.offset)
    store = PostgresStore(Sessions(harness.database).session)
    received = Received(position, envelope.headers(), orjson.dumps(fields))
    await Intake(store, now=harness.now).accept([received])


async def results(harness: SyncHarness) -> list[tuple[str, int]]:
    """Return state and version of each result event, in their order."""
    rows = await harness.rows(
        "SELECT convert_from(payload, 'UTF8')::jsonb AS said FROM ledgerlane_outbox"
        " WHERE topic = 'sync.results' ORDER BY seq"
    )
    return [(row["said"]["state"], row["said"]["version"]) for row in rows]


@pytest.mark.accepts("DRV-27")
async def test_a_refused_edit_is_held_with_reason_task_and_result_until_a_good_one(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    await stock(harness, ledger, *NEEDED, INVOICE)
    known = await harness.record("invoice")
    document = ledger.document(INVOICE)
    before = await invoice_in_the_ledger(company, known["external_id"])
    bad = {**document.model_dump(mode="json"), "currency": "QQQ"}
    await take(harness, INVOICE, 2, bad)
    record = await harness.record("invoice")
    assert (record["state"], record["refused_version"]) == ("held", 2)
    assert record["reason"] == record["refusal"]
    assert "Version 2 was refused" in record["reason"]["cause"]
    for column in ("desired", "desired_version", "base", "base_version", "external_id"):
        assert record[column] == known[column]
    [task] = await harness.rows("SELECT * FROM tasks")
    assert (task["version"], task["code"], task["closed_at"]) == (2, "invalid_document", None)
    assert (await results(harness))[-1] == ("held", 2)
    calls = len(company.calls)
    await harness.release("invoice")
    await harness.work()
    assert (await harness.states())["invoice"] == "held"
    assert len(company.calls) == calls, "what is known to be out of date is not written"
    assert await invoice_in_the_ledger(company, known["external_id"]) == before
    await announced(harness, 3, document)
    assert (await harness.states())["invoice"] == "agreed"
    [task] = await harness.rows("SELECT * FROM tasks")
    assert (task["closed_by"], task["times_seen"]) == ("edit", 2)
    assert (await results(harness))[-1] == ("agreed", 3)


@pytest.mark.accepts("DRV-27")
async def test_what_waits_for_a_refused_customer_says_why_and_goes_on_when_it_is_good(
    harness: SyncHarness, ledger: LedgerHarness
) -> None:
    await stock(harness, ledger, *(kind for kind in NEEDED if kind is not CUSTOMER))
    await stock(harness, ledger, INVOICE)
    customer = ledger.document(CUSTOMER)
    await take(harness, CUSTOMER, 1, {**customer.model_dump(mode="json"), "name": " "})
    record = await harness.record(customer.id)
    assert (record["state"], record["desired"]) == ("held", None)
    waiting = await harness.record("invoice")
    assert (waiting["state"], waiting["reason"]["code"]) == ("waiting", "waiting_for_stopped")
    assert f"customer {customer.id} is held (Version 1 was" in waiting["reason"]["cause"]
    await announced(harness, 2, customer)
    states = await harness.states()
    assert (states[customer.id], states["invoice"]) == ("agreed", "agreed")


@pytest.mark.accepts("DRV-29")
async def test_two_edits_of_one_version_are_a_conflict_until_a_higher_one_agrees(
    harness: SyncHarness, ledger: LedgerHarness
) -> None:
    first, second = (ledger.document(CUSTOMER, phone=phone) for phone in ("555 01", "555 02"))
    await announced(harness, 7, first)
    await announced(harness, 7, first)
    assert await harness.rows("SELECT * FROM dead_letters") == []
    await announced(harness, 7, second)
    [letter] = await harness.rows("SELECT * FROM dead_letters")
    assert (letter["code"], letter["version"]) == ("version_conflict", 7)
    assert letter["reason"]["cause"].endswith("what differs: phone.")
    record = await harness.record(first.id)
    assert (record["state"], record["desired"]["phone"]) == ("agreed", "555 01")
    await announced(harness, 8, second)
    [task] = await harness.rows("SELECT code, closed_by FROM tasks")
    assert task == {"code": "version_conflict", "closed_by": "edit"}

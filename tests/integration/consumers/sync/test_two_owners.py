"""Two workers that both believe a record to be theirs: one writes, and once."""

import asyncio

import pytest

from consumers.lanes.fencing import Fenced
from consumers.lanes.ports import TryResult
from consumers.lanes.work import Work
from consumers.sync.reconciler import Reconciler
from schemas.documents.document import DocumentType
from schemas.ids import RecordId
from schemas.signal import Priority
from tests.contracts.ledger_harness import ACCOUNT, CUSTOMER, INVOICE, ITEM, LedgerHarness
from tests.eventually import eventually
from tests.fakes.lane_pace import lane_of
from tests.integration.consumers.sync_harness import PARTITION, SyncHarness
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation

Company = QboCompany | XeroOrganisation


async def try_invoice(harness: SyncHarness, worker: Reconciler) -> TryResult:
    """Make one try of the invoice by a worker."""
    record = await harness.record("invoice")
    lane = lane_of(harness.connection, harness.provider.quota, partition=PARTITION)
    kind = DocumentType(record["document_type"])
    (handled,) = await worker.handle(
        lane, [Work(RecordId(record["record_id"]), kind, Priority.PUSH)]
    )
    return handled


async def ready_invoice(harness: SyncHarness, ledger: LedgerHarness) -> None:
    for kind in (ACCOUNT, ITEM, CUSTOMER):
        await harness.announce(kind, ledger.document(kind))
    await harness.work()
    await harness.announce(INVOICE, ledger.document(INVOICE))


@pytest.mark.accepts("GWY-21", "SEC-10")
async def test_an_owner_of_the_past_does_not_get_to_the_ledger(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    await ready_invoice(harness, ledger)
    old, new = await harness.reconciler(), await harness.reconciler()
    calls = len(company.calls)
    with pytest.raises(Fenced):
        await try_invoice(harness, old)
    assert len(company.calls) == calls
    await try_invoice(harness, new)
    assert (await harness.record("invoice"))["state"] == "agreed"
    assert await company.count(INVOICE) == 1


@pytest.mark.accepts("GWY-21", "SEC-10")
async def test_a_new_owner_while_the_old_one_s_call_is_on_its_way_writes_no_second(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    await ready_invoice(harness, ledger)
    method = {"qbo": "POST", "xero": "PUT"}[company.provider.name]
    slow = {"name": "slow", "kind": "slow", "slow_ms": 400, "method": method, "at_most": 1}
    await company.control("faults", slow)
    old = await harness.reconciler()

    async def on_its_way() -> bool:
        return bool(await harness.value("SELECT count(*) FROM intents"))

    async def fenced_when_it_settles() -> None:
        with pytest.raises(Fenced):
            await try_invoice(harness, old)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(fenced_when_it_settles())
        await eventually(on_its_way)
        tasks.create_task(try_invoice(harness, await harness.reconciler()))
    await harness.work()
    assert (await harness.record("invoice"))["state"] == "agreed"
    assert await company.count(INVOICE) == 1
    assert await harness.value("SELECT count(*) FROM intents") == 0

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
from tests.contracts.shop import ACCOUNT, CUSTOMER, INVOICE, ITEM, Shop
from tests.eventually import eventually
from tests.fakes.lane_pace import lane_of
from tests.integration.consumers.rig import PARTITION, Rig
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation

Company = QboCompany | XeroOrganisation


async def try_invoice(rig: Rig, worker: Reconciler) -> TryResult:
    """Let a worker make one try of the invoice."""
    record = await rig.record("invoice")
    lane = lane_of(rig.connection, rig.provider.quota, partition=PARTITION)
    kind = DocumentType(record["document_type"])
    (handled,) = await worker.handle(
        lane, [Work(RecordId(record["record_id"]), kind, Priority.PUSH)]
    )
    return handled


async def ready_invoice(rig: Rig, shop: Shop) -> None:
    for kind in (ACCOUNT, ITEM, CUSTOMER):
        await rig.announce(kind, shop.document(kind))
    await rig.work()
    await rig.announce(INVOICE, shop.document(INVOICE))


@pytest.mark.accepts("SEC-10")
async def test_an_owner_of_the_past_does_not_get_to_the_ledger(
    rig: Rig, shop: Shop, company: Company
) -> None:
    await ready_invoice(rig, shop)
    old, new = await rig.reconciler(), await rig.reconciler()
    calls = len(company.calls)
    with pytest.raises(Fenced):
        await try_invoice(rig, old)
    assert len(company.calls) == calls
    await try_invoice(rig, new)
    assert (await rig.record("invoice"))["state"] == "agreed"
    assert await company.count(INVOICE) == 1


@pytest.mark.accepts("SEC-10")
async def test_a_new_owner_while_the_old_one_s_call_is_on_its_way_writes_no_second(
    rig: Rig, shop: Shop, company: Company
) -> None:
    await ready_invoice(rig, shop)
    method = {"qbo": "POST", "xero": "PUT"}[company.provider.name]
    slow = {"name": "slow", "kind": "slow", "slow_ms": 400, "method": method, "at_most": 1}
    await company.control("faults", slow)
    old = await rig.reconciler()

    async def on_its_way() -> bool:
        return bool(await rig.value("SELECT count(*) FROM intents"))

    async def fenced_when_it_settles() -> None:
        with pytest.raises(Fenced):
            await try_invoice(rig, old)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(fenced_when_it_settles())
        await eventually(on_its_way)
        tasks.create_task(try_invoice(rig, await rig.reconciler()))
    await rig.work()
    assert (await rig.record("invoice"))["state"] == "agreed"
    assert await company.count(INVOICE) == 1
    assert await rig.value("SELECT count(*) FROM intents") == 0

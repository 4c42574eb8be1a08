"""What stops a document at a Xero organisation, and goes on when it is put right there."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from providers.base import External, Operation, Write
from providers.errors import ProviderError
from providers.xero.reasons import calls, documents, settings
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import DocumentType, Reference
from schemas.result import SyncState
from tests.unit.advice.as_told import as_told
from tests.unit.advice.books import (
    ACCOUNT,
    BILL,
    CUSTOMER,
    INVOICE,
    PAYMENT,
    VENDOR,
    XeroWorld,
    external,
    line,
    stocked,
    xero,
)
from tests.unit.advice.followed import follows
from tests.unit.advice.test_xero_messages import answering

pytestmark = pytest.mark.accepts("DRV-31")

HOSPITALITY: Final = {
    "Name": "Hospitality 12.5%",
    "ReportTaxType": "OUTPUT",
    "TaxComponents": [{"Name": "Hospitality", "Rate": 12.5}],
}
SUPPER: Final[dict[str, Any]] = {
    "tax_mode": "exclusive",
    "lines": [line(tax_code="HOSPITALITY", tax_rate="12.5")],
}


async def add_tax_rate(world: XeroWorld) -> str:
    """Add a tax rate of 12.5 % in Xero, and return its code."""
    made = await world.person("TaxRates", HOSPITALITY, "PUT")
    return str(made["TaxRates"][0]["TaxType"])


@follows(settings.TAX_CODE_UNMAPPED)
async def test_a_tax_code_goes_on_when_it_is_added() -> None:
    async with xero() as world:
        await stocked(world)
        id_ = await world.announce(INVOICE, **SUPPER)
        await world.work()

        async def put_right() -> None:
            await add_tax_rate(world)

        await as_told(world, id_, settings.TAX_CODE_UNMAPPED, put_right=put_right)


@pytest.mark.parametrize("mapped", [True, False])
async def test_a_tax_rate_that_was_added_after_connecting_is_found_at_once(
    *, mapped: bool
) -> None:
    """Case 30."""
    async with xero() as world:
        await stocked(world)
        code = await add_tax_rate(world)
        if mapped:
            world.change(settings={**world.settings, "tax_codes": {"HOSPITALITY": code}})
        id_ = await world.announce(INVOICE, **SUPPER)
        await world.work()
        world.goes_on(id_)
        (invoice,) = await world.seen(f"Invoices/{await external(world, id_)}")
        assert [one["TaxType"] for one in invoice["LineItems"]] == [code]
        assert float(invoice["TotalTax"]) == 1.25


@follows(settings.TAX_RATE_DIFFERS)
async def test_a_tax_code_of_another_rate_goes_on_when_it_is_mapped_rightly() -> None:
    async with xero() as world:
        await stocked(world)
        wrong = {**world.settings, "tax_codes": {"HOSPITALITY": "OUTPUT2"}}
        world.change(settings=wrong)
        id_ = await world.announce(INVOICE, **SUPPER)
        await world.work()

        async def put_right() -> None:
            code = await add_tax_rate(world)
            world.change(settings={**wrong, "tax_codes": {"HOSPITALITY": code}})

        await as_told(world, id_, settings.TAX_RATE_DIFFERS, put_right=put_right)


@follows(settings.ACCOUNT_UNMAPPED)
async def test_a_payment_without_an_account_goes_on_with_a_default_one() -> None:
    async with xero() as world:
        await stocked(world)
        await world.announce(INVOICE)
        await world.work()
        world.change(settings={**world.settings, "accounts": {}})
        id_ = await world.announce(PAYMENT)
        await world.work()

        async def put_right() -> None:
            world.change(settings=world.settings)

        await as_told(world, id_, settings.ACCOUNT_UNMAPPED, put_right=put_right)


@follows(settings.CLASS_UNMAPPED)
@pytest.mark.parametrize("mapped", [{"category": "Region", "option": "South"}, None])
async def test_a_class_goes_on_when_it_is_mapped_or_left_out(mapped: Any) -> None:
    async with xero() as world:
        await stocked(world)
        id_ = await world.announce(INVOICE, lines=[line(class_code="south")])
        await world.work()

        async def put_right() -> None:
            world.change(settings={**world.settings, "classes": {"south": mapped}})

        await as_told(world, id_, settings.CLASS_UNMAPPED, put_right=put_right)


@follows(settings.CLASS_INVALID)
async def test_a_class_goes_on_when_its_option_is_mapped_to_one_that_is_there() -> None:
    async with xero() as world:
        await stocked(world)
        gone = {"category": "Region", "option": "Atlantis"}
        world.change(settings={**world.settings, "classes": {"north": gone}})
        id_ = await world.announce(INVOICE, lines=[line(class_code="north")])
        await world.work()

        async def put_right() -> None:
            world.change(settings=world.settings)

        await as_told(world, id_, settings.CLASS_INVALID, put_right=put_right)


@follows(settings.BANK_ACCOUNT_KEPT_BY_XERO)
async def test_a_bank_account_goes_on_when_it_was_added_by_hand() -> None:
    async with xero() as world:
        bank = {"code": "099", "name": "Second bank", "kind": "bank"}
        id_ = await world.announce(ACCOUNT, **bank)
        await world.work()

        async def put_right() -> None:
            by_hand = {"Code": "099", "Name": "Second bank", "Type": "BANK"}
            number = {"BankAccountNumber": "02-0100-0000001-00"}
            await world.person("Accounts", {**by_hand, **number}, "PUT")

        await as_told(world, id_, settings.BANK_ACCOUNT_KEPT_BY_XERO, put_right=put_right)


@follows(settings.SYSTEM_ACCOUNT)
async def test_a_system_account_goes_on_when_it_is_in_use_again() -> None:
    async with xero() as world:
        chart = await world.seen("Accounts")
        system = next(one for one in chart if one.get("SystemAccount") == "DEBTORS")
        fields = {"code": system["Code"], "name": system["Name"], "kind": "current_asset"}
        id_ = await world.announce(ACCOUNT, **fields)
        await world.work()
        world.goes_on(id_)
        await world.announce(ACCOUNT, **fields, active=False)
        await world.work()
        world.stopped(id_, settings.SYSTEM_ACCOUNT)
        await world.announce(ACCOUNT, **fields)
        await world.work()
        world.goes_on(id_)


@follows(settings.DEPOSIT_ACCOUNT_INVALID)
async def test_a_payment_goes_on_with_an_account_that_takes_payments() -> None:
    async with xero() as world:
        await stocked(world)
        await world.announce(INVOICE)
        await world.work()
        wrong = {**world.settings["accounts"], "deposit": "200"}
        world.change(settings={**world.settings, "accounts": wrong})
        id_ = await world.announce(PAYMENT)
        await world.work()

        async def put_right() -> None:
            world.change(settings=world.settings)

        await as_told(world, id_, settings.DEPOSIT_ACCOUNT_INVALID, put_right=put_right)


@follows(settings.TAX_CODE_INVALID)
async def test_a_tax_code_that_is_not_there_goes_on_when_it_is_mapped_to_one_that_is() -> None:
    async with xero() as world:
        await stocked(world)
        world.change(settings={**world.settings, "tax_codes": {"standard": "TAX099"}})
        taxed = [line(tax_code="standard", tax_rate="15")]
        id_ = await world.announce(INVOICE, tax_mode="exclusive", lines=taxed)
        await world.work()

        async def put_right() -> None:
            world.change(settings=world.settings)

        await as_told(world, id_, settings.TAX_CODE_INVALID, put_right=put_right)


@follows(settings.CURRENCY_MISSING)
async def test_a_currency_goes_on_when_it_is_added() -> None:
    async with xero() as world:
        await stocked(world)
        id_ = await world.announce(INVOICE, currency="JPY", lines=[line(unit_price="1000")])
        await world.work()

        async def put_right() -> None:
            await world.person("Currencies", {"Code": "JPY", "Description": "Yen"}, "PUT")

        await as_told(world, id_, settings.CURRENCY_MISSING, put_right=put_right)


@follows(settings.PERIOD_LOCKED)
@pytest.mark.parametrize("moved", [True, False])
async def test_a_locked_period_goes_on_when_it_is_opened_or_the_date_is_moved(
    *, moved: bool
) -> None:
    async with xero() as world:
        await stocked(world)
        path = f"organisations/{world.realm_id}"
        await world.control(path, {"period_lock_date": "2026-07-31"})
        id_ = await world.announce(INVOICE)
        await world.work()
        world.stopped(id_, settings.PERIOD_LOCKED)
        if moved:
            await world.announce(INVOICE, issued_on="2026-08-01")
            await world.work()
        else:
            await world.control(path, {})
            await world.solve(id_)
        world.goes_on(id_)


@follows(settings.LOOK_UP_REFUSED)
@pytest.mark.parametrize("there", [True, False])
async def test_what_xero_refuses_to_search_goes_on_when_an_operator_says_what_is_there(
    *, there: bool
) -> None:
    async with xero() as world:
        await stocked(world)
        rule = {"name": "lost", "method": "PUT", "path": "Invoices", "at_most": 1}
        kind = "drop_after_commit" if there else "drop_before_commit"
        await world.control("faults", {**rule, "kind": kind})
        refused = {"Type": "HighVolumeException", "ErrorNumber": 51, "Message": "m"}
        world.edge.answer = answering(400, refused, "GET")
        id_ = await world.announce(INVOICE)
        await world.work()
        world.stopped(id_, settings.LOOK_UP_REFUSED)
        found = await world.seen("Invoices")
        assert len(found) == (1 if there else 0)
        del world.database.intents.rows[id_]
        if there:
            rows = world.database.records.rows
            rows[id_] = replace(rows[id_], external=External(found[0]["InvoiceID"]))
        await world.solve(id_)
        world.goes_on(id_)
        assert len(await world.seen("Invoices")) == 1


@follows(calls.UNCONFIRMED)
async def test_a_write_that_is_not_confirmed_is_looked_up_and_goes_on_without_anyone() -> None:
    async with xero() as world:
        await stocked(world)
        unsaved = {"InvoiceID": "00000000-0000-0000-0000-000000000000"}
        world.edge.answer = answering(200, {"Invoices": [unsaved]})
        id_ = await world.announce(INVOICE)
        await world.work()

        async def put_right() -> None:
            world.edge.answer = lambda _: None

        await as_told(world, id_, calls.UNCONFIRMED, put_right=put_right)


@follows(calls.TOTAL_MISMATCH)
async def test_what_xero_adds_up_otherwise_goes_on_with_a_corrected_gateway() -> None:
    async with xero() as world:
        await stocked(world)
        said = {"Message": "The line total 10.00 does not match the expected line total 10.01"}
        refused = {"StatusAttributeString": "ERROR", "ValidationErrors": [said]}
        world.edge.answer = answering(200, {"Invoices": [refused]})
        id_ = await world.announce(INVOICE)
        await world.work()
        record = world.record(id_)
        assert record.reason is not None
        assert (record.state, record.reason.code) == (SyncState.DEAD, "total_mismatch")
        world.edge.answer = lambda _: None
        await world.replay(calls.TOTAL_MISMATCH.code)
        world.goes_on(id_)


@follows(calls.PERMISSION_MISSING)
async def test_what_a_user_may_not_do_goes_on_when_one_connects_who_may() -> None:
    async with xero() as world:
        await stocked(world)
        world.edge.answer = answering(403, {"Detail": "no role"})
        id_ = await world.announce(INVOICE)
        await world.work()
        world.rests(id_)
        assert world.connection.reason is not None
        assert world.connection.reason.code == calls.PERMISSION_MISSING.code
        world.edge.answer = lambda _: None
        await world.connect()
        await world.work()
        world.goes_on(id_)


def write(kind: DocumentType, world: XeroWorld, **fields: Any) -> Write:
    """Return a write that no plan asks for."""
    said = {**world.documents[kind], **fields}
    document = DOCUMENTS[kind].model_validate(said)
    links: Mapping[Reference, Any] = {}
    return Write(kind, document, None, links, world.id)


@follows(documents.NOT_IN_USE)
async def test_one_out_of_use_is_created_when_it_is_active() -> None:
    async with xero() as world:
        ledger = world.opened(world.connection.realm)
        (refused,) = await ledger.write(
            Operation.CREATE, [write(CUSTOMER, world, active=False)]
        )
        assert isinstance(refused, ProviderError)
        assert refused.reason.code == documents.NOT_IN_USE.code
        id_ = await world.announce(CUSTOMER)
        await world.work()
        world.goes_on(id_)


@follows(documents.NOT_VOIDABLE)
async def test_a_name_can_t_be_voided_but_is_taken_out_of_use() -> None:
    async with xero() as world:
        ledger = world.opened(world.connection.realm)
        (refused,) = await ledger.write(Operation.VOID, [write(CUSTOMER, world)])
        assert isinstance(refused, ProviderError)
        assert refused.reason.code == documents.NOT_VOIDABLE.code
        id_ = await world.announce(CUSTOMER)
        await world.work()
        await world.announce(CUSTOMER, active=False)
        await world.work()
        world.goes_on(id_)


async def test_a_vendor_s_bill_goes_on_like_an_invoice() -> None:
    async with xero() as world:
        await stocked(world)
        await world.announce(VENDOR, active=False)
        await world.work()
        id_ = await world.announce(BILL)
        await world.work()
        assert world.record(id_).state is SyncState.HELD
        await world.announce(VENDOR)
        await world.work()
        world.goes_on(id_)

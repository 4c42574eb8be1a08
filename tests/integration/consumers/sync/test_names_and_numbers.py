"""Names and numbers that are taken in a ledger: linked, changed by policy or asked about.

From the event to the books of both ledgers; what is changed is found again after lost answers.
More than 400 lines because it is one list: each test is one fact of the policies.
"""

import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any, Final

import pytest
import pytest_asyncio

from schemas.documents.document import DocumentType
from tests.contracts.ledger_harness import (
    ACCOUNT,
    BILL,
    CUSTOMER,
    INVOICE,
    ITEM,
    VENDOR,
    LedgerHarness,
)
from tests.integration.consumers.sync_harness import SyncHarness, open_sync_harness
from tests.integration.providers import qbo_company, xero_organisation
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation

Company = QboCompany | XeroOrganisation
SUFFIX: Final[Mapping[str, Any]] = {
    "names": {"on_clash": "suffix"},
    "numbers": {"on_clash": "suffix"},
}
PREFIX: Final[Mapping[str, Any]] = {"numbers": {"prefix": "LL-", "on_clash": "suffix"}}
BY_LEDGER: Final[Mapping[str, Any]] = {"numbers": {"given_by": "ledger"}}
ASK: Final[Mapping[str, Any]] = {}


@pytest_asyncio.fixture(params=["qbo", "xero"])
async def company(
    request: pytest.FixtureRequest, quickbooks: str, chosen: Mapping[str, Any]
) -> AsyncIterator[Company]:
    """Open a company whose connection has settings of the test's choice."""
    if request.param == "qbo":
        settings = {**qbo_company.SETTINGS, **chosen}
        async with qbo_company.connected(quickbooks, chosen=settings) as opened:
            yield opened
    else:
        settings = {**xero_organisation.SETTINGS, **chosen}
        async with xero_organisation.connected(chosen=settings) as organisation:
            yield organisation


@pytest.fixture
def chosen() -> Mapping[str, Any]:
    return SUFFIX


@pytest.fixture
def ledger(company: Company) -> LedgerHarness:
    return LedgerHarness(company)


@pytest_asyncio.fixture
async def harness(migrated_database_url: str, company: Company) -> AsyncIterator[SyncHarness]:
    async with open_sync_harness(migrated_database_url, company, realm="9341") as opened:
        yield opened


def policies(*found: Mapping[str, Any]) -> pytest.MarkDecorator:
    names = {
        id(ASK): "ask",
        id(SUFFIX): "suffix",
        id(PREFIX): "prefix",
        id(BY_LEDGER): "ledger",
    }
    return pytest.mark.parametrize("chosen", found, ids=[names[id(one)] for one in found])


async def announced(
    harness: SyncHarness, ledger: LedgerHarness, *kinds: DocumentType, **fields: Any
) -> None:
    for kind in kinds:
        await harness.announce(kind, ledger.document(kind, **fields))
    await harness.work()


async def customers_ready(harness: SyncHarness, ledger: LedgerHarness) -> str:
    """Bring what an invoice needs to the ledger; gives the ledger's id of the customer."""
    await announced(harness, ledger, ACCOUNT, ITEM, CUSTOMER)
    return str((await harness.record("customer"))["external_id"])


async def known_as(company: Company, kind: DocumentType, external_id: str) -> str:
    """Return the name or number under which the ledger has a record."""
    if isinstance(company, QboCompany):
        found = await company.read(kind.value.capitalize(), external_id)
        names = ["DisplayName", "Name", "DocNumber"]
    else:
        collection = "Invoices" if kind in (INVOICE, BILL) else "Contacts"
        (found,) = await company.read(f"{collection}/{external_id}")
        names = ["Name", "InvoiceNumber"]
    return next(str(found[name]) for name in names if name in found)


async def typed_in(company: Company, customer: str, *numbers: str, **fields: Any) -> None:
    """Let a person write invoices with these numbers, of our amount and date."""
    if isinstance(company, QboCompany):
        for number in numbers:
            line: dict[str, Any] = {
                "Amount": 59.97,
                "DetailType": "SalesItemLineDetail",
                "SalesItemLineDetail": {},
            }
            body = {"CustomerRef": {"value": customer}, "TxnDate": "2026-07-06"}
            invoice = {**body, "DocNumber": number, "Line": [line], **fields}
            await company.person_does("Invoice", invoice)
        return
    for number in numbers:
        element = {
            "Type": "ACCREC",
            "Status": "AUTHORISED",
            "Contact": {"ContactID": customer},
            "InvoiceNumber": number,
            "Date": "2026-07-06",
            "DueDate": "2026-08-20",
            "LineAmountTypes": "NoTax",
            "LineItems": [{"Description": "x", "UnitAmount": 59.97, "AccountCode": "200"}],
            **fields,
        }
        await company.person_does("Invoices", element)


async def numbers(company: Company) -> list[str]:
    """Return the numbers of all invoices of the ledger."""
    if isinstance(company, QboCompany):
        return [str(one["label"]) for one in await company.listed("Invoice")]
    return [str(one["InvoiceNumber"]) for one in await company.read("Invoices")]


def remarks_of(record: Mapping[str, Any]) -> list[dict[str, str]]:
    found = record["remarks"]
    return list(json.loads(found) if isinstance(found, str) else found or [])


# Document numbers


@pytest.mark.accepts("DRV-05")
@pytest.mark.timeout(1_800)
@policies(SUFFIX)
async def test_a_thousand_numbers_that_are_taken_are_resolved_without_a_blind_retry(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    customer = await customers_ready(harness, ledger)
    wanted = [f"{'N' * (n % 12)}{n:05}" for n in range(1_000)]
    await typed_in(company, customer, *wanted)
    company.calls.clear()
    for n, number in enumerate(wanted):
        document = ledger.document(INVOICE, id=f"i{n}", number=number)
        await harness.announce(INVOICE, document)
        if n % 200 == 199:
            await harness.work()

    rows = [row for row in await harness.rows(ALL) if row["document_type"] == "invoice"]
    assert Counter(row["state"] for row in rows) == {"agreed": 1_000}
    assert {row["attempts_total"] for row in rows} == {0}, "no try failed"
    assert harness.retried.signals == []
    found = await numbers(company)
    assert len(found) == len(set(found)) == 2_000, "each is there once, beside the person's"
    longest = 21 if isinstance(company, QboCompany) else 255
    assert max(map(len, found)) <= longest
    for row in rows:
        (remark,) = remarks_of(row)
        assert re.fullmatch(f"{remark['said'][: longest - 7]}~[a-z2-7]{{6}}", remark["sent"])
        assert (remark["code"], remark["field"]) == ("suffixed", "number")
    # One refused create, one look-up and one create for each. Xero takes fifty in a call, and
    # looks them up by lists of forty numbers: 100 among our own, then 50 among all.
    at_most = 3 * 1_000 if isinstance(company, QboCompany) else (2 + 3 + 2) * 1_000 // 50
    assert len(company.calls) <= at_most


ALL: Final = "SELECT * FROM sync_records"


@pytest.mark.accepts("DRV-05")
@policies(PREFIX)
async def test_a_prefix_keeps_our_numbers_apart_from_the_ledger_s(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    customer = await customers_ready(harness, ledger)
    await typed_in(company, customer, "INV-77")
    await announced(harness, ledger, INVOICE)
    record = await harness.record("invoice")
    assert record["state"] == "agreed"
    assert await known_as(company, INVOICE, record["external_id"]) == "LL-INV-77"
    (remark,) = remarks_of(record)
    assert (remark["code"], remark["said"], remark["sent"]) == (
        "prefixed",
        "INV-77",
        "LL-INV-77",
    )


@pytest.mark.accepts("DRV-05")
@policies(PREFIX)
async def test_a_prefixed_number_that_is_taken_gets_a_suffix_too(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    customer = await customers_ready(harness, ledger)
    number = "N" * 21
    await typed_in(company, customer, "LL-INV-77")
    await announced(harness, ledger, INVOICE)
    await announced(harness, ledger, INVOICE, id="long", number=number)
    for id_, beginning in (("invoice", "LL-INV-77~"), ("long", "LL-NNN")):
        record = await harness.record(id_)
        assert record["state"] == "agreed"
        sent = await known_as(company, INVOICE, record["external_id"])
        assert sent.startswith(beginning)
        assert len(sent) <= 21 or not isinstance(company, QboCompany)
        assert remarks_of(record)[0]["sent"] == sent


@pytest.mark.accepts("DRV-05")
@policies(BY_LEDGER)
async def test_where_the_ledger_numbers_its_number_is_told_and_ours_stays_findable(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    await customers_ready(harness, ledger)
    await announced(harness, ledger, INVOICE, reference="PO 4")
    record = await harness.record("invoice")
    assert record["state"] == "agreed"
    given = await known_as(company, INVOICE, record["external_id"])
    assert given != "INV-77"
    (remark,) = remarks_of(record)
    assert (remark["code"], remark["said"], remark["sent"]) == (
        "numbered_by_ledger",
        "INV-77",
        given,
    )
    changed = ledger.document(INVOICE, number="INV-78", due_on="2026-09-01", reference="PO 5")
    await harness.announce(INVOICE, changed, 2)
    await harness.work()
    record = await harness.record("invoice")
    assert record["state"] == "agreed"
    assert await known_as(company, INVOICE, record["external_id"]) == given
    assert remarks_of(record)[0]["said"] == "INV-78"
    assert await company.count(INVOICE) == 1


@policies(BY_LEDGER)
async def test_an_invoice_that_the_ledger_numbered_is_found_after_lost_answers(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    await customers_ready(harness, ledger)
    await lose(company, INVOICE, nth=1)
    await company.control("switches", without_keys(company))
    await announced(harness, ledger, INVOICE)
    record = await harness.record("invoice")
    assert record["state"] == "agreed"
    assert await company.count(INVOICE) == 1
    assert remarks_of(record)[0]["code"] == "numbered_by_ledger"


TWINS: Final = [
    pytest.param(INVOICE, "number", "B08-1 ", "\u200b B08-1", id="blanks around a number"),
    pytest.param(INVOICE, "number", "B\u00e9 1", "Be\u0301  1", id="a form of a number"),
    pytest.param(CUSTOMER, "name", "Caf\u00e9 Ltd ", "Cafe\u0301  Ltd", id="a form of a name"),
]


@pytest.mark.accepts("DRV-32")
@policies(ASK)
@pytest.mark.parametrize(("kind", "field", "first", "second"), TWINS)
async def test_what_differs_by_blanks_or_form_is_one_record_and_no_twin(
    harness: SyncHarness,
    ledger: LedgerHarness,
    company: Company,
    kind: DocumentType,
    field: str,
    first: str,
    second: str,
) -> None:
    await customers_ready(harness, ledger)
    before = await company.count(kind)
    await lose(company, kind, nth=1)
    await company.control("switches", without_keys(company))
    await announced(harness, ledger, kind, id="first", **{field: first})
    one = await harness.record("first")
    assert one["state"] == "agreed", "its look-up found it after the lost answer"
    await announced(harness, ledger, kind, id="second", **{field: second})
    two = await harness.record("second")
    assert two["state"] == "held"
    assert two["reason"]["code"] in ("number_taken", "name_taken", "already_linked")
    assert await company.count(kind) == before + 1


@pytest.mark.accepts("ENT-17")
@policies(ASK, SUFFIX)
async def test_an_invoice_of_the_same_amount_and_date_is_never_taken_for_ours(
    harness: SyncHarness, ledger: LedgerHarness, company: Company, chosen: Mapping[str, Any]
) -> None:
    """Neither under another number, nor under the same: only what we made is ours."""
    customer = await customers_ready(harness, ledger)
    await typed_in(company, customer, "BY-HAND", "INV-77")
    await announced(harness, ledger, INVOICE, id="free", number="FREE-1")
    await announced(harness, ledger, INVOICE)
    free, taken = await harness.record("free"), await harness.record("invoice")
    assert await known_as(company, INVOICE, free["external_id"]) == "FREE-1"
    if chosen is ASK:
        assert (taken["state"], taken["reason"]["code"]) == ("held", "number_taken")
        assert taken["external_id"] is None
        assert sorted(await numbers(company)) == ["BY-HAND", "FREE-1", "INV-77"]
    else:
        assert taken["state"] == "agreed"
        assert (await known_as(company, INVOICE, taken["external_id"])).startswith("INV-77~")
        assert len(await numbers(company)) == 4


@pytest.mark.accepts("ENT-17")
async def test_after_a_lost_answer_only_our_own_invoice_is_found(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    """A create that was not done: what has its amount and date by hand is not taken for it."""
    customer = await customers_ready(harness, ledger)
    await typed_in(company, customer, "BY-HAND")
    await company.control("faults", rule(company, INVOICE, "drop_before_commit", nth=1))
    await announced(harness, ledger, INVOICE)
    record = await harness.record("invoice")
    assert record["state"] == "agreed"
    assert await known_as(company, INVOICE, record["external_id"]) == "INV-77"
    assert sorted(await numbers(company)) == ["BY-HAND", "INV-77"]


async def test_two_documents_of_one_number_are_two_invoices(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    await customers_ready(harness, ledger)
    for id_ in ("a", "b", "c"):
        await harness.announce(INVOICE, ledger.document(INVOICE, id=id_))
    await harness.work()
    states = await harness.states()
    assert {states[id_] for id_ in "abc"} == {"agreed"}
    found = await numbers(company)
    assert len(set(found)) == 3
    assert sum("~" in number for number in found) == 2
    for id_ in "abc":
        changed = ledger.document(INVOICE, id=id_, due_on="2026-09-01")
        await harness.announce(INVOICE, changed, 2)
    await harness.work()
    assert sorted(await numbers(company)) == sorted(found), "each is changed where it is"


# Lost answers


def rule(company: Company, kind: DocumentType, fault: str, *, nth: int) -> dict[str, Any]:
    """Return the rule that strikes the n-th create of a kind from now on."""
    name = f"{fault} {kind} {nth}"
    if isinstance(company, QboCompany):
        path = f"/{kind.value}[?]"
        return {"name": name, "kind": fault, "method": "POST", "path": path, "nth": nth}
    path = "Invoices" if kind in (INVOICE, BILL) else "Contacts"
    return {"name": name, "kind": fault, "method": "PUT", "path": path, "nth": nth}


async def lose(company: Company, kind: DocumentType, *, nth: int) -> None:
    """Let the answer of the n-th create of a kind be lost, after it was done."""
    await company.control("faults", rule(company, kind, "drop_after_commit", nth=nth))


def without_keys(company: Company) -> dict[str, Any]:
    """Return the switches by which idempotency keys are ignored, where there is one."""
    return {"idempotency_mode": "off"} if isinstance(company, QboCompany) else {}


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("kind", [INVOICE, CUSTOMER])
async def test_what_was_changed_is_found_again_after_a_lost_answer(
    harness: SyncHarness,
    ledger: LedgerHarness,
    company: Company,
    kind: DocumentType,
    nth: int,
) -> None:
    """The answer that says that it is taken is lost, or that of the create under its own."""
    customer = await customers_ready(harness, ledger)
    if kind is INVOICE:
        await typed_in(company, customer, "INV-77")
    before = await company.count(kind)
    await company.control("switches", without_keys(company))
    await lose(company, kind, nth=nth)
    document = ledger.document(kind, id="second")
    await harness.announce(kind, document)
    for _ in range(3):
        await harness.work()
        harness.clock_ahead += timedelta(hours=1)
    record = await harness.record("second")
    assert record["state"] == "agreed"
    assert await company.count(kind) == before + 1
    name = await known_as(company, kind, record["external_id"])
    assert re.search(r"~[a-z2-7]{6}$" if kind is INVOICE else r" \([a-z2-7]{6}\)$", name)
    (remark,) = [one for one in remarks_of(record) if one["code"] == "suffixed"]
    assert remark["sent"] == name
    assert await harness.value("SELECT count(*) FROM intents") == 0


@pytest.mark.parametrize("point", ["after_intent_before_call", "after_call_before_settle"])
async def test_a_worker_that_dies_over_a_clash_writes_nothing_twice(
    harness: SyncHarness, ledger: LedgerHarness, company: Company, point: str
) -> None:
    customer = await customers_ready(harness, ledger)
    await typed_in(company, customer, "INV-77")
    await harness.announce(INVOICE, ledger.document(INVOICE))
    await harness.killed_at(point)
    await harness.work()
    record = await harness.record("invoice")
    assert record["state"] == "agreed"
    assert len(await numbers(company)) == 2


@policies(ASK, PREFIX)
@pytest.mark.accepts("ERR-14")
async def test_an_invoice_in_doubt_is_found_though_number_and_prefix_are_changed(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    await customers_ready(harness, ledger)
    await company.control("switches", without_keys(company))
    await harness.announce(INVOICE, ledger.document(INVOICE))
    await harness.killed_at("after_call_before_settle")
    assert len(await harness.value("SELECT sent_as FROM intents")) == 1
    company.settings = {**company.settings, "numbers": {"prefix": "B-"}}
    changed = await company.read_again()
    harness.open_ledger = lambda _realm, _pace: changed.ledger
    await harness.announce(INVOICE, ledger.document(INVOICE, number="INV-78"), 2)
    for _ in range(3):
        await harness.work()
        harness.clock_ahead += timedelta(hours=1)
    record = await harness.record("invoice")
    assert record["state"] == "agreed"
    assert await known_as(company, INVOICE, record["external_id"]) == "B-INV-78"
    assert await company.count(INVOICE) == 1
    assert await harness.value("SELECT count(*) FROM intents") == 0


# Names


@pytest.mark.parametrize(
    "name",
    ['O\'Hara & "Sons" Ltd', 'O\'HARA & "SONS" ltd', '  O\'Hara & "Sons" Ltd '],
    ids=["same", "case", "blanks"],
)
@policies(ASK, SUFFIX)
@pytest.mark.accepts("DRV-06")
async def test_a_customer_that_a_person_typed_in_is_linked_however_it_is_spelled(
    harness: SyncHarness, ledger: LedgerHarness, company: Company, name: str
) -> None:
    await person_names(company, "Customer", name)
    before = await company.count(CUSTOMER)
    await announced(harness, ledger, CUSTOMER, name='O\'Hara & "Sons" Ltd')
    record = await harness.record("customer")
    assert record["state"] == "agreed"
    assert await company.count(CUSTOMER) == before
    assert remarks_of(record) == []


@policies(ASK, SUFFIX)
@pytest.mark.accepts("DRV-06")
@pytest.mark.parametrize("kind", [CUSTOMER, VENDOR])
@pytest.mark.parametrize("name", ['O\'Hara & "Sons" Ltd', 'O\'HARA &  "SONS" ltd'])
async def test_a_name_that_is_linked_to_another_document_is_asked_about_or_changed(
    harness: SyncHarness,
    ledger: LedgerHarness,
    company: Company,
    chosen: Mapping[str, Any],
    kind: DocumentType,
    name: str,
) -> None:
    await announced(harness, ledger, kind, id="first", name='O\'Hara & "Sons" Ltd')
    await announced(harness, ledger, kind, id="second", name=name)
    first, second = await harness.record("first"), await harness.record("second")
    assert first["state"] == "agreed"
    if chosen is ASK:
        assert second["state"] == "held"
        assert second["reason"]["code"] in ("already_linked", "name_taken")
    else:
        assert second["state"] == "agreed"
        assert second["external_id"] != first["external_id"]
        (remark,) = [one for one in remarks_of(second) if one["field"] == "name"]
        assert remark["code"] == "suffixed"


@policies(ASK, SUFFIX)
@pytest.mark.accepts("DRV-06")
async def test_a_change_to_a_name_that_is_taken_is_asked_about_or_changed(
    harness: SyncHarness, ledger: LedgerHarness, company: Company, chosen: Mapping[str, Any]
) -> None:
    await announced(harness, ledger, CUSTOMER, id="first", name="Acme")
    await announced(harness, ledger, CUSTOMER, id="second", name="Other")
    await harness.announce(CUSTOMER, ledger.document(CUSTOMER, id="second", name="ACME"), 2)
    await harness.work()
    second = await harness.record("second")
    if chosen is ASK:
        assert (second["state"], second["reason"]["code"]) == ("held", "name_taken")
    else:
        assert second["state"] == "agreed"
        name = await known_as(company, CUSTOMER, second["external_id"])
        assert name.startswith("ACME (")
        later = ledger.document(CUSTOMER, id="second", name="ACME", phone="1")
        await harness.announce(CUSTOMER, later, 3)
        await harness.work()
        record = await harness.record("second")
        assert remarks_of(record)[0]["sent"] == name, "it is said as long as it is so"
        freed = ledger.document(CUSTOMER, id="second", name="Another", phone="1")
        await harness.announce(CUSTOMER, freed, 4)
        await harness.work()
        assert remarks_of(await harness.record("second")) == []


async def person_names(company: Company, kind: str, name: str, **fields: Any) -> str:
    """Let a person type a party in; gives the ledger's id of it."""
    if isinstance(company, QboCompany):
        made = await company.person_does(kind, {"DisplayName": name, **fields})
        return str(made["Id"])
    await company.person_does("Contacts", {"Name": name})
    found = await company.read("Contacts", includeArchived="true")
    wanted = " ".join(name.split())
    return str(next(one["ContactID"] for one in found if one["Name"] == wanted))


class TestAtQuickBooks:
    """Customers, vendors and employees have one set of names there."""

    @pytest_asyncio.fixture
    async def company(
        self, quickbooks: str, chosen: Mapping[str, Any]
    ) -> AsyncIterator[QboCompany]:
        settings = {**qbo_company.SETTINGS, **chosen}
        async with qbo_company.connected(quickbooks, chosen=settings) as opened:
            yield opened

    @policies(ASK, SUFFIX)
    @pytest.mark.accepts("DRV-06")
    @pytest.mark.parametrize("active", [True, False])
    @pytest.mark.parametrize("detail", ["id", "null", "text"])
    @pytest.mark.parametrize(
        ("kind", "holder"),
        [
            (CUSTOMER, "Vendor"),
            (CUSTOMER, "Employee"),
            (VENDOR, "Customer"),
            (VENDOR, "Employee"),
        ],
    )
    async def test_a_name_of_another_kind_goes_with_the_kind_behind(
        self,
        harness: SyncHarness,
        ledger: LedgerHarness,
        company: QboCompany,
        kind: DocumentType,
        holder: str,
        detail: str,
        active: bool,
    ) -> None:
        await company.control(
            "switches", {"duplicate_name_detail": detail, "inactive_names": "kept"}
        )
        await inactive_if(company, holder, await self.named(company, holder), active=active)
        await announced(harness, ledger, kind, name='O\'Hara & "Sons" Ltd')
        record = await harness.record(kind.value)
        assert record["state"] == "agreed"
        name = f'O\'Hara & "Sons" Ltd ({kind.value.capitalize()})'
        assert await known_as(company, kind, record["external_id"]) == name
        (remark,) = remarks_of(record)
        assert (remark["code"], remark["sent"]) == ("suffixed", name)

    async def named(self, company: QboCompany, holder: str) -> str:
        name = 'o\'hara & "sons" LTD'
        parts = {"GivenName": "O", "FamilyName": "Hara"} if holder == "Employee" else {}
        return await person_names(company, holder, name, **parts)

    @policies(ASK, SUFFIX)
    @pytest.mark.accepts("DRV-06")
    @pytest.mark.parametrize("kind", [CUSTOMER, VENDOR])
    async def test_an_inactive_one_that_keeps_its_name_is_asked_about_or_passed_by(
        self,
        harness: SyncHarness,
        ledger: LedgerHarness,
        company: QboCompany,
        chosen: Mapping[str, Any],
        kind: DocumentType,
    ) -> None:
        await company.control("switches", {"inactive_names": "kept"})
        entity = kind.value.capitalize()
        await inactive_if(company, entity, await person_names(company, entity, "ACME"))
        await announced(harness, ledger, kind, name="Acme")
        record = await harness.record(kind.value)
        if chosen is ASK:
            assert (record["state"], record["reason"]["code"]) == ("held", "record_inactive")
        else:
            assert record["state"] == "agreed"
            assert (await known_as(company, kind, record["external_id"])).startswith("Acme (")

    @policies(ASK, SUFFIX)
    @pytest.mark.accepts("DRV-06")
    async def test_the_name_of_an_inactive_one_that_frees_it_is_free(
        self, harness: SyncHarness, ledger: LedgerHarness, company: QboCompany
    ) -> None:
        await inactive_if(company, "Customer", await person_names(company, "Customer", "Acme"))
        await announced(harness, ledger, CUSTOMER, name="Acme")
        record = await harness.record("customer")
        assert await known_as(company, CUSTOMER, record["external_id"]) == "Acme"
        assert remarks_of(record) == []

    async def test_an_item_whose_name_has_another_code_gets_a_name_of_its_own(
        self, harness: SyncHarness, ledger: LedgerHarness, company: QboCompany
    ) -> None:
        await announced(harness, ledger, ACCOUNT, ITEM)
        await announced(harness, ledger, ITEM, id="other", code="WRK-2")
        record = await harness.record("other")
        assert record["state"] == "agreed"
        name = await known_as(company, ITEM, record["external_id"])
        assert re.fullmatch(r"Field work, hour \([a-z2-7]{6}\)", name)

    async def test_a_bill_whose_number_the_vendor_has_used_gets_its_own(
        self, harness: SyncHarness, ledger: LedgerHarness, company: QboCompany
    ) -> None:
        await announced(harness, ledger, ACCOUNT, ITEM, VENDOR, BILL)
        await announced(harness, ledger, BILL, id="again")
        record = await harness.record("again")
        assert record["state"] == "agreed"
        name = await known_as(company, BILL, record["external_id"])
        assert name == "NS-88731" or name.startswith("NS-88731~")
        assert await company.count(BILL) == 2

    @policies(BY_LEDGER)
    async def test_a_company_that_numbers_by_hand_gives_a_number_all_the_same(
        self, quickbooks: str, migrated_database_url: str, chosen: Mapping[str, Any]
    ) -> None:
        settings = {**qbo_company.SETTINGS, **chosen}
        async with (
            qbo_company.connected(quickbooks, chosen=settings, custom_numbers=True) as company,
            open_sync_harness(migrated_database_url, company, realm="9341") as harness,
        ):
            ledger = LedgerHarness(company)
            await customers_ready(harness, ledger)
            await announced(harness, ledger, INVOICE)
            record = await harness.record("invoice")
            assert (await known_as(company, INVOICE, record["external_id"])).isdecimal()


async def inactive_if(
    company: QboCompany, entity: str, record_id: str, *, active: bool = False
) -> None:
    """Let a person take a record out of use, unless it is to stay active."""
    if active:
        return
    seen = await company.read(entity, record_id)
    name = {"DisplayName": seen["DisplayName"]}
    link = {"Id": record_id, "SyncToken": seen["SyncToken"], "sparse": True}
    await company.person_does(entity, {**link, **name, "Active": False})


class TestAtXero:
    """A contact may be a customer and a vendor at once; archived ones free their names."""

    @pytest_asyncio.fixture
    async def company(self, chosen: Mapping[str, Any]) -> AsyncIterator[XeroOrganisation]:
        settings = {**xero_organisation.SETTINGS, **chosen}
        async with xero_organisation.connected(chosen=settings) as organisation:
            yield organisation

    @policies(ASK, SUFFIX)
    @pytest.mark.accepts("DRV-06")
    async def test_a_vendor_of_a_customer_s_name_shares_its_contact(
        self, harness: SyncHarness, ledger: LedgerHarness, company: XeroOrganisation
    ) -> None:
        await announced(harness, ledger, CUSTOMER, name='O\'Hara & "Sons" Ltd')
        await announced(harness, ledger, VENDOR, name='o\'hara & "SONS" ltd')
        customer, vendor = await harness.record("customer"), await harness.record("vendor")
        assert vendor["state"] == "agreed"
        assert vendor["external_id"] == customer["external_id"]

    @policies(ASK, SUFFIX)
    @pytest.mark.accepts("DRV-06")
    async def test_the_name_of_an_archived_contact_is_free(
        self, harness: SyncHarness, ledger: LedgerHarness, company: XeroOrganisation
    ) -> None:
        contact = await person_names(company, "Customer", "Acme")
        await company.person_does(f"Contacts/{contact}", {"ContactStatus": "ARCHIVED"})
        await announced(harness, ledger, CUSTOMER, name="Acme")
        record = await harness.record("customer")
        assert record["state"] == "agreed"
        assert record["external_id"] != contact
        assert remarks_of(record) == []

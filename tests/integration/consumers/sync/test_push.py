"""From an event to a ledger over real HTTP and a real database, through trouble and crashes."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from consumers.lanes.fencing import Fenced
from consumers.lanes.ports import Disposition
from consumers.store.intents import IntendedWrite, PostgresIntents
from consumers.store.leases import Fence, PostgresLeases
from gateway.database.sessions import Sessions
from providers.base import Operation
from schemas.documents.catalogue import encode
from schemas.documents.document import DocumentType, Status
from schemas.ids import RecordId
from schemas.signal import Signal
from tests.contracts.ledger_harness import (
    ACCOUNT,
    BILL,
    CUSTOMER,
    EVERY,
    INVOICE,
    ITEM,
    NEEDED,
    PAYMENT,
    REFUSED,
    REFUSED_FOR,
    VENDOR,
    Company,
    LedgerHarness,
    Trouble,
)
from tests.integration.consumers.sync_harness import SyncHarness

POINTS = ("after_intent_before_call", "after_call_before_settle")


async def announce(
    harness: SyncHarness, ledger: LedgerHarness, *kinds: DocumentType, **fields: Any
) -> None:
    for kind in kinds:
        await harness.announce(kind, ledger.document(kind, **fields))


@pytest.mark.accepts("ENT-01", "ENT-07", "ENT-09", "ENT-18", "ENT-22", "ENT-38")
async def test_every_document_reaches_the_ledger_once(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    before = {kind: await company.count(kind) for kind in EVERY}
    await announce(harness, ledger, ACCOUNT, ITEM, CUSTOMER, VENDOR, INVOICE, BILL, PAYMENT)
    await harness.work()
    assert set((await harness.states()).values()) == {"agreed"}
    after = {kind: await company.count(kind) for kind in EVERY}
    if company.provider.name == "xero":
        before[CUSTOMER] += 1  # a customer and a vendor are contacts both
        before[VENDOR] += 1
    assert after == {kind: number + 1 for kind, number in before.items()}
    for kind in EVERY:
        record = await harness.record(kind.value)
        assert record["external_id"]
        assert record["synced_at"]
        assert record["reason"] is None
        assert record["sync_token"] is not None or not company.has_versions
    await harness.work()
    assert {kind: await company.count(kind) for kind in EVERY} == after


@pytest.mark.accepts("ENT-16", "RUN-06")
async def test_an_invoice_waits_for_its_customer_and_is_woken_by_its_link(
    harness: SyncHarness, ledger: LedgerHarness
) -> None:
    await announce(harness, ledger, INVOICE)
    await harness.work()
    record = await harness.record("invoice")
    assert (record["state"], record["attempts_this_version"]) == ("waiting", 0)
    assert "customer customer" in record["reason"]["cause"]
    assert await harness.value("SELECT count(*) FROM intents") == 0, "no write was begun"
    await announce(harness, ledger, ACCOUNT, ITEM, CUSTOMER)
    await harness.work()
    assert set((await harness.states()).values()) == {"agreed"}


async def test_twenty_edits_are_written_as_one(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    await announce(harness, ledger, CUSTOMER)
    await harness.work()
    for version in range(2, 22):
        document = ledger.document(CUSTOMER, phone=f"555 {version:04}")
        await harness.announce(CUSTOMER, document, version)
    calls = len(company.calls)  # type: ignore[attr-defined] # both companies keep them
    await harness.work()
    assert len(company.calls) - calls == 1  # type: ignore[attr-defined] # see above
    record = await harness.record("customer")
    assert (record["state"], record["base_version"]) == ("agreed", 21)


async def test_an_older_version_changes_nothing(
    harness: SyncHarness, ledger: LedgerHarness
) -> None:
    await harness.announce(CUSTOMER, ledger.document(CUSTOMER, phone="new"), 5)
    assert await harness.announce(CUSTOMER, ledger.document(CUSTOMER, phone="old"), 4)
    await harness.work()
    assert not await harness.announce(CUSTOMER, ledger.document(CUSTOMER, phone="old"), 4)
    assert (await harness.record("customer"))["desired"]["phone"] == "new"


@pytest.mark.accepts("GWY-20", "ERR-14")
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.value)
async def test_a_worker_killed_around_a_create_writes_nothing_twice(
    harness: SyncHarness,
    ledger: LedgerHarness,
    company: Company,
    kind: DocumentType,
    point: str,
) -> None:
    needed = [k for k in (ACCOUNT, ITEM, CUSTOMER, VENDOR, INVOICE) if k is not kind]
    if kind in (PAYMENT, INVOICE, BILL, ITEM):
        await announce(
            harness, ledger, *[k for k in needed if k is not INVOICE or kind is PAYMENT]
        )
        await harness.work()
    before = await company.count(kind)
    await announce(harness, ledger, kind)
    await harness.killed_at(point)
    await harness.work()
    assert await company.count(kind) == before + 1
    assert (await harness.record(kind.value))["state"] == "agreed"
    assert await harness.value("SELECT count(*) FROM intents") == 0


@pytest.mark.accepts("GWY-20", "ERR-14")
@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.value)
async def test_a_lost_answer_leads_to_one_record(
    harness: SyncHarness, ledger: LedgerHarness, company: Company, kind: DocumentType
) -> None:
    others = [k for k in (ACCOUNT, ITEM, CUSTOMER, VENDOR, INVOICE) if k is not kind]
    await announce(harness, ledger, *others)
    await harness.work()
    before = await company.count(kind)
    await company.strike(Trouble.ANSWER_LOST)
    await announce(harness, ledger, kind)
    await harness.work()
    assert await company.count(kind) == before + 1
    assert (await harness.record(kind.value))["state"] == "agreed"


async def test_an_edit_while_a_create_is_in_doubt_is_written_after_it(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    """The ledger may hold the older version: it is linked, and then brought up to date."""
    await announce(harness, ledger, ACCOUNT, ITEM, CUSTOMER)
    await harness.work()
    await announce(harness, ledger, INVOICE)
    await harness.killed_at("after_call_before_settle")
    await harness.announce(INVOICE, ledger.document(INVOICE, due_on="2026-12-24"), 2)
    await harness.work()
    record = await harness.record("invoice")
    assert (record["state"], record["base_version"]) == ("agreed", 2)
    assert await company.count(INVOICE) == 1


@pytest.mark.accepts("ENT-38")
@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.value)
async def test_a_failure_shows_on_the_record_of_every_document(
    harness: SyncHarness, ledger: LedgerHarness, company: Company, kind: DocumentType
) -> None:
    needed = [k for k in (ACCOUNT, ITEM, CUSTOMER, VENDOR, INVOICE) if k is not kind]
    await announce(harness, ledger, *needed)
    await harness.work()
    await company.strike(Trouble.BROKEN, times=2)  # a try repeats once what got no answer
    await announce(harness, ledger, kind)
    await harness.work()
    failed = await harness.record(kind.value)
    assert failed["state"] == "retrying"
    assert failed["reason"]["category"] == "network"
    assert (failed["external_id"], failed["sync_token"], failed["synced_at"]) == (None,) * 3


@pytest.mark.accepts("ERR-08")
async def test_a_server_error_is_retried_when_it_is_due_and_then_agreed(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    before = await company.count(CUSTOMER)
    await company.strike(Trouble.BROKEN, times=2)  # a try repeats once what got no answer
    await announce(harness, ledger, CUSTOMER)
    await harness.work()
    failed = await harness.record("customer")
    assert failed["state"] == "retrying"
    assert (failed["attempts_this_version"], failed["attempts_total"]) == (1, 1)
    assert failed["reason"]["category"] == "network"
    assert await company.count(CUSTOMER) == before
    harness.clock_ahead += timedelta(seconds=31)
    await harness.work()
    agreed = await harness.record("customer")
    assert (agreed["state"], agreed["reason"]) == ("agreed", None)
    assert (agreed["attempts_this_version"], agreed["attempts_total"]) == (0, 1)
    assert await company.count(CUSTOMER) == before + 1


@pytest.mark.accepts("ERR-08")
async def test_a_person_who_retries_a_failed_record_adds_an_attempt_or_clears_its_error(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    before = await company.count(INVOICE)
    await announce(harness, ledger, *NEEDED)
    await announce(harness, ledger, INVOICE, **REFUSED[company.provider.name])
    await harness.work()
    dead = await harness.record("invoice")
    assert (dead["state"], dead["attempts_total"]) == ("dead", 1)
    await harness.release("invoice")
    await harness.work()
    again = await harness.record("invoice")
    assert (again["state"], again["attempts_total"]) == ("dead", 2)
    assert again["reason"]["code"] == dead["reason"]["code"]
    await harness.announce(INVOICE, ledger.document(INVOICE), 2)
    await harness.work()
    agreed = await harness.record("invoice")
    assert (agreed["state"], agreed["reason"]) == ("agreed", None)
    assert agreed["attempts_total"] == 2
    assert await company.count(INVOICE) == before + 1


@pytest.mark.accepts("DRV-26")
async def test_what_was_made_to_fit_is_remarked_on_the_record_until_it_fits(
    harness: SyncHarness, ledger: LedgerHarness
) -> None:
    await announce(harness, ledger, CUSTOMER, email="a@tern.example, b@tern.example")
    await harness.work()
    agreed = await harness.record("customer")
    assert (agreed["state"], agreed["reason"]) == ("agreed", None)
    [remark] = agreed["remarks"]
    assert (remark["code"], remark["field"], remark["sent"]) == (
        "first_address",
        "email",
        "a@tern.example",
    )
    [event] = await harness.rows(
        "SELECT payload FROM ledgerlane_outbox WHERE topic = 'sync.results'"
    )
    assert json.loads(event["payload"])["remarks"] == [remark]
    await harness.announce(CUSTOMER, ledger.document(CUSTOMER), 2)
    await harness.work()
    assert (await harness.record("customer"))["remarks"] is None


@pytest.mark.accepts("ERR-11", "GWY-16")
async def test_one_refused_document_dies_and_the_others_go_on(
    harness: SyncHarness, ledger: LedgerHarness
) -> None:
    wrong, code = REFUSED[harness.provider.name], REFUSED_FOR[harness.provider.name]
    await announce(harness, ledger, *NEEDED)
    sent = {}
    for n in range(20):
        fields = {"id": f"i{n}", "number": f"INV-{n}", **(wrong if n == 7 else {})}
        sent[n] = ledger.document(INVOICE, **fields)
        await harness.announce(INVOICE, sent[n])
    await harness.work()
    states = await harness.states()
    assert states.pop("i7") == "dead"
    assert set(states.values()) == {"agreed"}
    [letter] = await harness.rows("SELECT * FROM dead_letters")
    assert (letter["document_id"], letter["code"]) == ("i7", code)
    assert letter["documents"]["desired"] == json.loads(encode(sent[7]))
    assert Signal.from_bytes(letter["original_value"]).record_id == letter["record_id"]
    [event] = await harness.rows(
        "SELECT topic, headers FROM ledgerlane_outbox WHERE topic LIKE '%.dead'"
    )
    assert event["topic"] == f"{harness.provider.name}.dead"
    assert {"ce_originaltopic", "ce_originalpartition", "ce_originaloffset"} <= set(
        event["headers"]
    )


@pytest.mark.parametrize("state", ["dead", "held", "skipped", "waiting", "agreed"])
async def test_a_repeated_signal_does_nothing_about_a_record_at_rest(
    harness: SyncHarness, ledger: LedgerHarness, company: Company, state: str
) -> None:
    await announce(harness, ledger, CUSTOMER)
    async with harness.database.begin() as db:
        await db.execute(text("UPDATE sync_records SET state = :state"), {"state": state})
    outbox = await harness.value("SELECT count(*) FROM ledgerlane_outbox")
    calls = len(company.calls)  # type: ignore[attr-defined] # both companies keep them
    assert (await harness.handled("customer")).after is Disposition.FINISH
    assert len(company.calls) == calls  # type: ignore[attr-defined] # see above
    assert await harness.states() == {"customer": state}
    assert await harness.value("SELECT count(*) FROM ledgerlane_outbox") == outbox


@pytest.mark.accepts("ERR-13")
async def test_a_throttle_pauses_the_realm_and_uses_no_attempt(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    await company.strike(Trouble.RATE_LIMITED)
    await announce(harness, ledger, CUSTOMER)
    handled = await harness.handled("customer")
    assert handled.after is Disposition.PAUSE
    assert 0 < handled.pause_s <= 60
    record = await harness.record("customer")
    assert (record["state"], record["attempts_this_version"], record["attempts_total"]) == (
        "pending",
        0,
        0,
    )


async def test_a_name_out_of_use_leaves_the_ledger_s_lists(
    harness: SyncHarness, ledger: LedgerHarness
) -> None:
    await announce(harness, ledger, CUSTOMER)
    await harness.work()
    await harness.announce(CUSTOMER, ledger.document(CUSTOMER, active=False), 2)
    await harness.work()
    assert (await harness.record("customer"))["state"] == "agreed"


async def test_a_void_waits_until_the_payments_are_void(
    harness: SyncHarness, ledger: LedgerHarness
) -> None:
    await announce(harness, ledger, ACCOUNT, ITEM, CUSTOMER, INVOICE, PAYMENT)
    await harness.work()
    await harness.announce(INVOICE, ledger.document(INVOICE, status=Status.VOIDED), 2)
    await harness.work()
    await harness.announce(PAYMENT, ledger.document(PAYMENT, status=Status.VOIDED), 2)
    await harness.work()
    harness.clock_ahead += timedelta(seconds=31)
    await harness.work()
    assert set((await harness.states()).values()) == {"agreed"}


@pytest.mark.accepts("GWY-21", "SEC-10")
async def test_an_owner_of_an_older_epoch_writes_nothing(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    async with harness.database.begin() as db:
        old = await PostgresLeases(db).take(
            harness.provider.name, [0], owner="a", now=harness.now()
        )
        new = await PostgresLeases(db).take(
            harness.provider.name, [0], owner="b", now=harness.now()
        )
        assert new[0] == old[0] + 1
    async with Sessions(harness.database).tenant_session(harness.tenant) as db:
        about = [IntendedWrite(RecordId(uuid4()), Operation.CREATE, 1, uuid4())]
        with pytest.raises(Fenced):
            await PostgresIntents(db).open(
                Fence(harness.provider.name, 0, old[0]), about, now=harness.now()
            )
        assert await PostgresIntents(db).open(
            Fence(harness.provider.name, 0, new[0]), about, now=harness.now()
        )

"""The reasons that belong to no provider: a record goes on, or rests, as their advice says."""

from dataclasses import replace
from typing import Any, Final

import orjson
import pytest
from prometheus_client import REGISTRY

import consumers.sync.reconciler
from consumers.intake.malformed import malformed_signal
from consumers.outcome import Wait
from consumers.store.observed_states import ObservedDocument, ObservedState
from consumers.sync.loaded_record import load_records
from consumers.sync.policy import ConflictRule, Direction, SyncPolicy, TypeRule
from consumers.sync.reconciler import FROM_TABLE
from consumers.sync.settlement import Settlement
from providers.connections import ConnectionState
from schemas import reasons
from schemas.documents.document import Reference
from schemas.ids import RecordId
from schemas.presence import Presence
from schemas.result import SyncState
from schemas.signal import Priority
from tests.fakes.lane_pace import lane_of
from tests.unit.advice.as_told import as_told
from tests.unit.advice.books import (
    CUSTOMER,
    INVOICE,
    PAYMENT,
    qbo,
    stocked,
)
from tests.unit.advice.followed import follows
from tests.unit.advice.test_qbo_codes import faulty
from tests.unit.advice.world import ROOMY, TENANT, World

pytestmark = pytest.mark.accepts("DRV-31")

BROKEN: Final = {"id": "i", "number": "", "customer_id": "c"}
LATER: Final = SyncPolicy(default=TypeRule(Direction.TO_PLATFORM))
BOTH: Final = SyncPolicy(default=TypeRule(Direction.BOTH))
ASKING: Final = SyncPolicy(default=TypeRule(Direction.BOTH, ConflictRule.ASK))


async def wait_for(world: World, id_: RecordId, *named: Reference) -> None:
    """Settle a record as waiting."""
    async with world.store.transaction() as tx:
        loaded = (await load_records(tx, world.id, [id_]))[id_]
    async with world.store.transaction() as tx:
        settlement = Settlement(tx, world.connection.realm, world.now)
        await settlement.settle(loaded, Wait(named), FROM_TABLE)


@follows(reasons.WAITS_IN_A_CYCLE)
async def test_a_cycle_goes_on_when_one_of_its_references_is_taken_away() -> None:
    async with qbo() as world:
        one = await world.announce(CUSTOMER, id="c1", name="One")
        two = await world.announce(CUSTOMER, id="c2", name="Two")
        await wait_for(world, one, Reference(CUSTOMER, "c2"))
        await wait_for(world, two, Reference(CUSTOMER, "c1"))
        world.stopped(two, reasons.WAITS_IN_A_CYCLE)
        await world.announce(CUSTOMER, id="c2", name="Two & Co")
        await world.work()
        world.goes_on(two)
        world.goes_on(one)


@follows(reasons.WAITING_FOR_DEPENDENCY)
async def test_what_waits_goes_on_when_what_it_needs_was_sent() -> None:
    async with qbo() as world:
        id_ = await world.announce(INVOICE)
        await world.work()
        world.stopped(id_, reasons.WAITING_FOR_DEPENDENCY)
        assert world.record(id_).attempts_total == 0
        await stocked(world)
        await world.work()
        world.goes_on(id_)


@follows(reasons.WAITING_FOR_STOPPED)
async def test_what_waits_for_one_that_is_stopped_goes_on_when_that_is_solved() -> None:
    async with qbo() as world:
        await stocked(world)
        world.edge.answer = faulty("6200", "POST")
        invoice = await world.announce(INVOICE)
        payment = await world.announce(PAYMENT)
        await world.work()
        world.stopped(payment, reasons.WAITING_FOR_STOPPED)
        why = world.record(payment).reason
        assert why is not None
        assert "invoice i is held (The date lies in a period" in why.cause
        world.edge.answer = lambda _: None
        await world.solve(invoice)
        world.goes_on(invoice)
        world.goes_on(payment)


@follows(reasons.MALFORMED_SIGNAL)
async def test_a_record_whose_signal_was_malformed_is_found_in_the_table() -> None:
    async with qbo() as world:
        id_ = await world.announce(CUSTOMER)
        received = replace(
            world.event("customer.changed.v1", 1, {"id": "c"}), value=b"no signal"
        )
        letter = malformed_signal(
            received, "no JSON", provider=world.provider.name, now=world.now
        )
        async with world.store.transaction() as tx:
            await tx.dead_letters.store([letter])
        [stored] = world.letters()
        assert stored.reason.code == reasons.MALFORMED_SIGNAL.code
        await world.work()
        world.goes_on(id_)


@follows(reasons.MALFORMED_EVENT)
async def test_a_malformed_event_is_taken_in_when_it_is_sent_again_as_it_should_be() -> None:
    async with qbo() as world:
        event = world.event("customer.changed.v1", 1, world.documents[CUSTOMER])
        headers = [(name, value) for name, value in event.headers if name != "ce_id"]
        await world.intake.accept([replace(event, headers=headers)])
        [letter] = world.letters()
        assert letter.reason.code == reasons.MALFORMED_EVENT.code
        id_ = await world.announce(CUSTOMER)
        await world.work()
        world.goes_on(id_)


@follows(reasons.UNKNOWN_EVENT_TYPE)
async def test_an_event_of_an_unknown_type_is_taken_in_under_a_type_that_is_known() -> None:
    async with qbo() as world:
        event = world.event("costumer.changed.v1", 1, world.documents[CUSTOMER])
        await world.intake.accept([event])
        [letter] = world.letters()
        assert letter.reason.code == reasons.UNKNOWN_EVENT_TYPE.code
        id_ = await world.announce(CUSTOMER)
        await world.work()
        world.goes_on(id_)


@follows(reasons.INVALID_DOCUMENT)
async def test_a_refused_version_goes_on_with_the_next_good_one() -> None:
    async with qbo() as world:
        await stocked(world)
        id_ = await world.announce(INVOICE, currency="QQQ")

        async def correct() -> None:
            await world.announce(INVOICE)

        await as_told(world, id_, reasons.INVALID_DOCUMENT, correct=correct)


@follows(reasons.INVALID_STORED_DOCUMENT)
async def test_what_an_older_release_had_stored_goes_on_with_the_next_version() -> None:
    async with qbo() as world:
        await stocked(world)
        id_ = await world.announce(INVOICE)
        rows = world.database.records.rows
        older = replace(rows[id_].announced, document=orjson.dumps(BROKEN).decode())
        rows[id_] = replace(rows[id_], announced=older)
        await world.work()

        async def correct() -> None:
            await world.announce(INVOICE)

        await as_told(world, id_, reasons.INVALID_STORED_DOCUMENT, correct=correct)


@follows(reasons.VERSION_CONFLICT)
async def test_a_conflict_is_over_with_a_higher_version() -> None:
    async with qbo() as world:
        id_ = await world.announce(CUSTOMER)
        other = {**world.documents[CUSTOMER], "phone": "555 0202"}
        await world.intake.accept([world.event("customer.changed.v1", 1, other)])
        await world.work()
        assert world.record(id_).state is SyncState.AGREED, "the first goes on"
        [task] = world.open_tasks(id_)
        assert task.last.reason.code == reasons.VERSION_CONFLICT.code
        await world.announce(CUSTOMER, phone="555 0202")
        await world.work()
        world.goes_on(id_)


@follows(reasons.PROVIDER_DOWN)
async def test_what_rests_as_the_provider_is_down_goes_on_without_anyone() -> None:
    async with qbo() as world:
        world.lane = lane_of(world.id, ROOMY)
        down = {"provider": "qbo", "category": "network", "code": "provider_down"}
        before = REGISTRY.get_sample_value("ledgerlane_sync_errors_total", down) or 0
        world.edge.answer = faulty("10000", "GET", "POST", about="/company")
        many = [await world.announce(CUSTOMER, id=f"c{n}", name=f"C {n}") for n in range(40)]
        await world.work()
        last = await world.announce(CUSTOMER)
        await world.work()
        world.rests(last)
        assert (REGISTRY.get_sample_value("ledgerlane_sync_errors_total", down) or 0) > before
        world.edge.answer = lambda _: None
        world.lane = None
        await world.later(hours=1)
        for id_ in (*many, last):
            world.goes_on(id_)


@follows(reasons.NOT_APPROVED)
async def test_a_draft_goes_on_when_it_is_approved() -> None:
    async with qbo() as world:
        await stocked(world)
        id_ = await world.announce(INVOICE, status="draft")
        await world.work()
        world.stopped(id_, reasons.NOT_APPROVED)
        await world.announce(INVOICE)
        await world.work()
        world.goes_on(id_)


@follows(reasons.WITHDRAWN_BEFORE_SENT)
async def test_what_was_withdrawn_before_it_was_sent_rests_and_may_come_back() -> None:
    async with qbo() as world:
        id_ = await world.announce(CUSTOMER, active=False)
        await world.work()
        world.stopped(id_, reasons.WITHDRAWN_BEFORE_SENT)
        await world.announce(CUSTOMER)
        await world.work()
        world.goes_on(id_)


@follows(reasons.BACK_TO_DRAFT)
@pytest.mark.parametrize("status", ["approved", "voided"])
async def test_a_draft_again_goes_on_when_it_is_approved_or_voided(status: str) -> None:
    async with qbo() as world:
        await stocked(world)
        id_ = await world.announce(INVOICE)
        await world.work()
        await world.announce(INVOICE, status="draft")
        await world.work()
        world.stopped(id_, reasons.BACK_TO_DRAFT)
        await world.announce(INVOICE, status=status)
        await world.work()
        world.goes_on(id_)


async def observe(
    world: World, id_: RecordId, presence: Presence = Presence.PRESENT, **fields: Any
) -> None:
    """See a record in the ledger as a person has changed it there."""
    record = world.record(id_)
    one = record.announced
    assert record.external is not None
    document = orjson.dumps({**orjson.loads(one.document), **fields}).decode()
    seen = ObservedDocument(document, 1_000, presence)
    state = ObservedState(
        id_,
        one.connection_id,
        one.tenant_id,
        one.realm_id,
        one.provider,
        one.document_type,
        one.document_id,
        record.external,
        seen,
        Priority.IMPORT,
    )
    async with world.store.transaction() as tx:
        await tx.records.observe([state], now=world.now)


@follows(reasons.REMOVED_IN_LEDGER)
async def test_what_was_removed_in_the_ledger_is_voided_and_announced_as_a_new_one() -> None:
    async with qbo() as world:
        await stocked(world)
        id_ = await world.announce(INVOICE)
        await world.work()
        await observe(world, id_, Presence.VOIDED)
        await world.work()
        await world.announce(INVOICE, due_on="2026-08-31")
        await world.work()
        world.stopped(id_, reasons.REMOVED_IN_LEDGER)
        await world.announce(INVOICE, status="voided")
        again = await world.announce(INVOICE, id="i2", number="INV-2")
        await world.work()
        world.goes_on(id_)
        world.goes_on(again)


@follows(reasons.NOT_TO_LEDGER)
async def test_what_goes_to_no_ledger_goes_there_when_its_direction_is_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with qbo() as world:
        with monkeypatch.context() as until:
            until.setattr(consumers.sync.reconciler, "DEFAULT_POLICY", LATER)
            id_ = await world.announce(CUSTOMER)
            await world.work()
        world.stopped(id_, reasons.NOT_TO_LEDGER)
        await world.announce(CUSTOMER, phone="555 0101")
        await world.work()
        world.goes_on(id_)


@follows(reasons.BOTH_SIDES_CHANGED)
async def test_what_both_sides_changed_goes_on_when_they_are_equal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(consumers.sync.reconciler, "DEFAULT_POLICY", ASKING)
    async with qbo() as world:
        id_ = await world.announce(CUSTOMER)
        await world.work()
        await observe(world, id_, phone="555 0202")
        await world.announce(CUSTOMER, phone="555 0101")
        await world.work()
        world.stopped(id_, reasons.BOTH_SIDES_CHANGED)
        await world.announce(CUSTOMER, phone="555 0202")
        await world.work()
        world.goes_on(id_)


@follows(reasons.LEDGER_CHANGES_NOT_CARRIED)
async def test_a_change_of_the_ledger_goes_on_when_its_type_goes_to_the_ledger_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with qbo() as world:
        id_ = await world.announce(CUSTOMER)
        await world.work()
        with monkeypatch.context() as until:
            until.setattr(consumers.sync.reconciler, "DEFAULT_POLICY", BOTH)
            await observe(world, id_, phone="555 0202")
            await world.work()
        world.stopped(id_, reasons.LEDGER_CHANGES_NOT_CARRIED)
        await world.solve(id_)
        world.goes_on(id_)


@follows(reasons.ALREADY_LINKED)
@pytest.mark.parametrize("then", [{"name": "Heron Two"}, {"active": False}])
async def test_one_of_two_of_a_name_goes_on_under_another_or_out_of_use(
    then: dict[str, Any],
) -> None:
    async with qbo() as world:
        first = await world.announce(CUSTOMER)
        await world.work()
        second = await world.announce(CUSTOMER, id="c2")
        await world.work()
        world.goes_on(first)
        world.stopped(second, reasons.ALREADY_LINKED)
        await world.announce(CUSTOMER, id="c2", **then)
        await world.work()
        world.goes_on(second, SyncState.SKIPPED if "active" in then else SyncState.AGREED)


@follows(reasons.TOTAL_MISMATCH)
async def test_a_total_that_differs_goes_on_when_its_mapping_is_right() -> None:
    async with qbo() as world:
        await stocked(world)
        rule = {"name": "more", "kind": "cent_more", "method": "POST", "path": "invoice"}
        await world.control("faults", rule)
        id_ = await world.announce(INVOICE)
        await world.work()

        async def put_right() -> None:
            answer = await world.client.delete("/_simulator/faults/more")
            assert answer.is_success

        await as_told(world, id_, reasons.TOTAL_MISMATCH, put_right=put_right)


@follows(reasons.CONNECTION_REQUIRED)
async def test_what_waits_for_a_connection_goes_on_when_the_company_is_connected() -> None:
    async with qbo() as world:
        world.change(state=ConnectionState.DISCONNECTED)
        id_ = await world.announce(CUSTOMER)
        await world.work()
        world.rests(id_)
        await world.connect()
        await world.work()
        world.goes_on(id_)


@follows(reasons.CONNECTION_REQUIRED_FOR_EVENT)
async def test_an_event_without_a_company_is_replayed_when_there_is_one() -> None:
    async with qbo() as world:
        known = world.connection
        del world.database.connections.rows[world.id]
        id_ = await world.announce(CUSTOMER)
        [letter] = world.letters()
        assert letter.reason.code == reasons.CONNECTION_REQUIRED_FOR_EVENT.code
        assert f"Tenant {TENANT} has no connection" in letter.reason.cause
        world.database.connections.rows[world.id] = known
        await world.connect()
        await world.replay(reasons.CONNECTION_REQUIRED_FOR_EVENT.code)
        world.goes_on(id_)


@follows(reasons.NO_RECORDS)
async def test_where_there_are_no_records_what_is_announced_becomes_one() -> None:
    async with qbo() as world:
        assert world.database.records.rows == {}
        id_ = await world.announce(CUSTOMER)
        await world.work()
        world.goes_on(id_)

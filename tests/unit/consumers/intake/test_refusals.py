"""A version that intake refuses is shown at its record at every connection it was meant for."""

from typing import Any

import pytest

from consumers.metrics import ERRORS
from consumers.store.dependencies import record_ref
from schemas.documents.document import DocumentType
from schemas.ids import record_id
from schemas.result import SyncState
from tests.fakes.database import Record
from tests.unit.consumers.intake.intake_harness import OTHER, QBO, XERO, IntakeHarness

CUSTOMER, INVOICE = DocumentType.CUSTOMER, DocumentType.INVOICE
GOOD: dict[str, Any] = {"id": "c", "name": "Whimbrel Studio"}
BAD: dict[str, Any] = {**GOOD, "name": ""}


def at(harness: IntakeHarness, at_: Any = QBO, kind: DocumentType = CUSTOMER) -> Record:
    found = harness.record(kind, "c" if kind is CUSTOMER else "i", at_)
    assert found is not None
    return found


@pytest.mark.accepts("DRV-27")
async def test_a_refused_edit_is_shown_at_each_ledger_and_changes_nothing_there() -> None:
    harness = IntakeHarness()
    await harness.take(harness.event("customer", 1, GOOD))
    before = {c.id: at(harness, c) for c in (QBO, XERO)}
    counted = ERRORS.labels("xero", "validation", "invalid_document")
    count = counted._value.get()
    events = len(harness.database.outbox.rows)
    assert await harness.take(harness.event("customer", 2, BAD)) == []
    for connection in (QBO, XERO):
        record, known = at(harness, connection), before[connection.id]
        assert record.state is SyncState.HELD
        assert record.reason is not None
        assert record.reason.code == "invalid_document"
        assert record.reason.cause.startswith("Version 2 was refused: customer.v1: name:")
        assert (record.announced, record.base) == (known.announced, known.base)
    assert sorted(task.provider for task in harness.tasks()) == ["qbo", "xero"]
    assert {(task.version, task.reason.code) for task in harness.tasks()} == {
        (2, "invalid_document")
    }
    assert counted._value.get() == count + 1
    assert len(harness.database.outbox.rows) == events + 3, "a dead letter, and two results"
    assert not harness.record(CUSTOMER, "c", OTHER), "it was not meant for that company"


@pytest.mark.accepts("DRV-27")
async def test_a_first_version_that_is_refused_has_a_record_and_a_good_one_clears_it() -> None:
    harness = IntakeHarness()
    await harness.take(harness.event("customer", 1, BAD))
    assert at(harness).desired_at is None
    assert at(harness).state is SyncState.HELD
    [to_qbo, to_xero] = await harness.take(harness.event("customer", 2, GOOD))
    assert (to_qbo.version, to_xero.version) == (2, 2)
    assert (at(harness).state, at(harness).reason, at(harness).refused) == (
        SyncState.PENDING,
        None,
        None,
    )


async def test_an_older_or_repeated_good_version_does_not_clear_it() -> None:
    harness = IntakeHarness()
    first = harness.event("customer", 1, GOOD)
    await harness.take(first, harness.event("customer", 3, BAD))
    assert await harness.take(first) == []
    assert await harness.take(harness.event("customer", 2, GOOD)) == []
    assert (at(harness).state, at(harness).announced.version) == (SyncState.HELD, 2)
    assert await harness.take(harness.event("customer", 4, GOOD))
    assert at(harness).state is SyncState.PENDING


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_newer_good_version_of_the_same_batch_leaves_no_mark(
    order: tuple[int, int],
) -> None:
    harness = IntakeHarness()
    events = harness.event("customer", 2, BAD), harness.event("customer", 3, GOOD)
    await harness.take(*(events[n] for n in order))
    assert at(harness).state is SyncState.PENDING
    assert not harness.tasks()
    assert len(harness.letters()) == 1


async def test_a_batch_that_is_handled_again_marks_nothing_again() -> None:
    harness = IntakeHarness()
    batch = [harness.event("customer", 1, GOOD), harness.event("customer", 2, BAD)]
    await harness.take(*batch)
    marked, events = at(harness), dict(harness.database.outbox.rows)
    await harness.take(*batch)
    assert at(harness) == marked
    assert [kept.times_seen for kept in harness.kept()] == [1, 1]
    assert harness.database.outbox.rows == events


async def test_what_waits_for_it_says_so_and_why() -> None:
    harness = IntakeHarness()
    invoice = record_id(QBO.id, INVOICE, "i")
    awaited = {record_id(QBO.id, CUSTOMER, "c"): False}
    document = {
        "id": "i",
        "number": "1",
        "customer_id": "c",
        "currency": "GBP",
        "issued_on": "2026-11-02",
        "due_on": "2026-11-30",
        "lines": [{"id": "1", "unit_price": "1"}],
    }
    await harness.take(harness.event("invoice", 1, document))
    async with harness.store.transaction() as tx:
        assert await tx.dependencies.begin_wait(QBO.id, invoice, awaited)
        await tx.records.set_state(
            invoice, SyncState.WAITING, revision=1, reason=None, now=harness.intake._now()
        )
    await harness.take(harness.event("customer", 1, BAD))
    reason = at(harness, kind=INVOICE).reason
    assert reason is not None
    assert reason.code == "waiting_for_stopped"
    assert "customer c is held (Version 1 was refused: customer.v1: name" in reason.cause
    async with harness.store.transaction() as tx:
        cause = at(harness).reason
        assert cause is not None
        named = record_ref("customer", "c", SyncState.HELD, cause.cause)
        assert (await tx.dependencies.blockers(invoice)).stopped == (named,)


@pytest.mark.parametrize(
    ("kind", "payload", "subject"),
    [
        ("customer", b"{", "customer/c"),
        ("customer", b'{"id": 5}', "customer/c"),
        ("customer", b'{"id": " c "}', ""),
        (
            "customer",
            b'{"id": "c", "name": "N", "phone": 1e99999999999999999999}',
            "customer/c",
        ),
        ("customer.changed.v2", b'{"id": "c"}', ""),
        ("Customer.changed.v1", b'{"id": "c"}', ""),
        ("customer", b'{"id": "c"}', "invoice/i"),
    ],
)
async def test_the_document_is_known_by_its_payload_or_else_by_its_subject(
    kind: str, payload: bytes, subject: str
) -> None:
    harness = IntakeHarness()
    await harness.take(harness.event(kind, 1, payload, subject=subject))
    assert at(harness).state is SyncState.HELD
    assert not harness.record(INVOICE, "i")


async def test_an_id_that_is_a_number_is_refused_at_the_record_of_its_text() -> None:
    harness = IntakeHarness()
    await harness.take(harness.event("customer", 1, {"id": 4711, "name": "N"}))
    refused = harness.record(CUSTOMER, "4711")
    assert refused is not None
    assert refused.state is SyncState.HELD
    await harness.take(harness.event("customer", 2, {"id": "4711", "name": "N"}))
    cleared = harness.record(CUSTOMER, "4711")
    assert cleared is not None
    assert cleared.state is SyncState.PENDING


@pytest.mark.parametrize(
    ("kind", "payload", "subject"),
    [
        ("customer", b"{", ""),
        ("customer", b'{"id": true, "name": "N"}', ""),
        ("customer", b"{", "invoice/c"),
        ("customer", b'{"id": ""}', "customer/ "),
        ("customer", b'{"id": "%s"}' % (b"x" * 65), ""),
        ("robot.built.v1", b'{"id": "c"}', "robot/c"),
    ],
)
async def test_one_of_which_nobody_can_say_what_it_is_about_is_a_dead_letter_only(
    kind: str, payload: bytes, subject: str
) -> None:
    harness = IntakeHarness()
    await harness.take(harness.event(kind, 1, payload, subject=subject))
    assert len(harness.letters()) == 1
    assert not harness.database.records.rows
    assert not harness.tasks()


async def test_a_named_realm_is_marked_alone_and_an_unknown_tenant_nowhere() -> None:
    harness = IntakeHarness()
    await harness.take(harness.event("customer", 1, BAD, realm=OTHER.realm_id))
    assert [r.announced.connection_id for r in harness.database.records.rows.values()] == [
        OTHER.id
    ]
    await harness.take(harness.event("customer", 1, BAD, tenant="nobody"))
    assert len(harness.database.records.rows) == 1
    assert len(harness.letters()) == 2

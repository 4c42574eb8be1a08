"""Two events of one version: a repeat is dropped, other content is a conflict."""

from typing import Any

import pytest

from consumers.intake.platform_events import Intake
from schemas.documents.document import DocumentType
from schemas.result import SyncState
from tests.unit.consumers.intake.intake_harness import QBO, XERO, IntakeHarness
from tests.virtual_time import START

CUSTOMER = DocumentType.CUSTOMER
VERSION = 1764432001
FIRST: dict[str, Any] = {"id": "c", "name": "Snipe Ltd", "phone": "555 0101"}
SECOND: dict[str, Any] = {**FIRST, "phone": "555 0202"}


def phone(harness: IntakeHarness) -> str:
    record = harness.record(CUSTOMER, "c")
    assert record is not None
    return record.announced.document


@pytest.mark.accepts("DRV-29")
@pytest.mark.parametrize("together", [True, False])
async def test_other_content_under_the_same_version_is_a_conflict_with_a_task(
    *, together: bool
) -> None:
    harness = IntakeHarness()
    first, second = (harness.event("customer", VERSION, one) for one in (FIRST, SECOND))
    if together:
        await harness.take(first, second)
    else:
        await harness.take(first)
        await harness.take(second)
    [letter] = harness.letters()
    assert letter.reason.code == "version_conflict"
    assert f"Version {VERSION} was announced before with other content" in letter.reason.cause
    assert letter.reason.cause.endswith("what differs: phone.")
    assert letter.original_value == second.value
    assert "555 0101" in phone(harness), "the first stays"
    assert sorted(t.provider for t in harness.tasks()) == [QBO.provider, XERO.provider]
    assert {t.reason for t in harness.tasks()} == {letter.reason}


@pytest.mark.accepts("DRV-29")
@pytest.mark.parametrize(
    "repeat",
    [
        b'{"id":"c","name":"Snipe Ltd","phone":"555 0101"}',
        b' { "phone" : "555 0101", "name": "Snipe  Ltd ", "id": "c" }',
        b'{"id":"c","name":"Snipe Ltd","phone":"555 0101","active":true,"email":null}',
        b'{"id":"c","name":"Snipe Ltd","phone":"555 0101","new_field":1}',
    ],
)
@pytest.mark.parametrize("together", [True, False])
async def test_a_repeat_is_dropped_however_it_is_written(
    repeat: bytes, *, together: bool
) -> None:
    harness = IntakeHarness()
    first, second = (harness.event("customer", 1, one) for one in (FIRST, repeat))
    if together:
        await harness.take(first, second)
    else:
        await harness.take(first)
        await harness.take(second)
    assert not harness.letters()
    assert not harness.tasks()


@pytest.mark.accepts("DRV-29")
async def test_zeros_of_a_number_are_no_other_content() -> None:
    harness = IntakeHarness()
    item = {"id": "i", "code": "I", "name": "Item"}
    await harness.take(harness.event("item", 1, {**item, "sales_price": "10.00"}))
    await harness.take(harness.event("item", 1, {**item, "sales_price": 10}))
    assert not harness.letters()
    await harness.take(harness.event("item", 1, {**item, "sales_price": "10.01"}))
    assert [letter.reason.code for letter in harness.letters()] == ["version_conflict"]


@pytest.mark.accepts("DRV-29")
@pytest.mark.parametrize("together", [True, False])
async def test_other_content_that_is_refused_is_a_conflict_too(*, together: bool) -> None:
    harness = IntakeHarness()
    first = harness.event("customer", VERSION, FIRST)
    second = harness.event("customer", VERSION, {**FIRST, "currency": "XXQ"})
    if together:
        await harness.take(first, second)
    else:
        await harness.take(first)
        await harness.take(second)
    [letter] = harness.letters()
    assert letter.reason.code == "invalid_document"
    record = harness.record(CUSTOMER, "c")
    assert record is not None
    assert (record.state, record.refused) == (SyncState.PENDING, None), "the first stays"
    assert sorted(t.provider for t in harness.tasks()) == [QBO.provider, XERO.provider]
    [reason] = {task.reason for task in harness.tasks()}
    assert reason.code == "version_conflict"
    assert "the whole document, which was refused: customer.v1: currency" in reason.cause


async def test_what_a_source_that_is_strict_by_now_repeats_is_no_conflict() -> None:
    harness = IntakeHarness()
    said = {**FIRST, "new_field": 1}
    await harness.take(harness.event("customer", 1, said))
    harness.intake = Intake(
        harness.store, now=lambda: START, strict_sources=frozenset({"/billing"})
    )
    await harness.take(harness.event("customer", 1, said))
    assert [letter.reason.code for letter in harness.letters()] == ["invalid_document"]
    assert not harness.tasks()


@pytest.mark.accepts("DRV-29")
@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("together", [True, False])
async def test_a_good_document_under_a_version_that_was_refused_is_no_conflict(
    *, together: bool, before: int
) -> None:
    harness = IntakeHarness()
    for version in range(before):
        await harness.take(harness.event("customer", version + 1, SECOND))
    refused = harness.event("customer", VERSION, {**FIRST, "currency": "XXQ"})
    good = harness.event("customer", VERSION, FIRST)
    if together:
        signals = await harness.take(refused, good)
    else:
        await harness.take(refused)
        signals = await harness.take(good)
    assert len(signals) == 2
    assert [letter.reason.code for letter in harness.letters()] == ["invalid_document"]
    assert "version_conflict" not in {task.reason.code for task in harness.tasks()}
    record = harness.record(CUSTOMER, "c")
    assert record is not None
    assert (record.state, record.refused) == (SyncState.PENDING, None)
    assert "555 0101" in phone(harness)


@pytest.mark.accepts("DRV-29")
@pytest.mark.parametrize("together", [True, False])
async def test_what_is_refused_between_repeats_of_a_known_version_is_a_conflict(
    *, together: bool
) -> None:
    harness = IntakeHarness()
    await harness.take(harness.event("customer", VERSION, FIRST))
    refused = harness.event("customer", VERSION, {**FIRST, "currency": "XXQ"})
    repeat = harness.event("customer", VERSION, FIRST)
    if together:
        await harness.take(refused, repeat)
    else:
        await harness.take(refused)
        await harness.take(repeat)
    assert [task.reason.code for task in harness.tasks()] == ["version_conflict"] * 2


@pytest.mark.parametrize("together", [True, False])
async def test_other_content_after_what_was_put_right_is_a_conflict(*, together: bool) -> None:
    harness = IntakeHarness()
    said = ({**FIRST, "currency": "XXQ"}, FIRST, SECOND)
    events = [harness.event("customer", VERSION, one) for one in said]
    if together:
        await harness.take(*events)
    else:
        for event in events:
            await harness.take(event)
    codes = [letter.reason.code for letter in harness.letters()]
    assert codes == ["invalid_document", "version_conflict"]
    conflicts = [t for t in harness.tasks() if t.reason.code == "version_conflict"]
    assert [t.reason.cause.endswith("what differs: phone.") for t in conflicts] == [True] * 2


@pytest.mark.accepts("DRV-29")
@pytest.mark.parametrize("together", [True, False])
async def test_the_order_of_allocations_is_no_other_content(*, together: bool) -> None:
    harness = IntakeHarness()
    parts = [{"invoice_id": f"i{n}", "amount": amount} for n, amount in enumerate("123")]
    paid = {"id": "p", "customer_id": "c", "paid_on": "2026-07-31", "currency": "USD"}
    said = [
        {**paid, "amount": 6, "allocations": parts},
        {**paid, "amount": 6, "allocations": [parts[2], parts[0], parts[1]]},
    ]
    events = [harness.event("payment", 1, one) for one in said]
    if together:
        await harness.take(*events)
    else:
        for event in events:
            await harness.take(event)
    assert not harness.letters()
    other = [parts[0], {**parts[1], "amount": "2.01"}]
    await harness.take(harness.event("payment", 1, {**said[0], "allocations": other}))
    [letter] = harness.letters()
    assert letter.reason.cause.endswith("what differs: allocations.")


async def test_a_refused_version_leaves_the_task_of_a_conflict_open() -> None:
    harness = IntakeHarness()
    for version, said in ((1, FIRST), (1, SECOND), (2, {**FIRST, "currency": "XXQ"})):
        await harness.take(harness.event("customer", version, said))
    still = [kept.last.reason.code for kept in harness.kept() if kept.closed_by is None]
    assert sorted(still) == ["invalid_document"] * 2 + ["version_conflict"] * 2


async def test_an_older_version_is_dropped_whatever_it_says() -> None:
    harness = IntakeHarness()
    await harness.take(harness.event("customer", 2, FIRST))
    await harness.take(harness.event("customer", 1, SECOND))
    assert not harness.letters()


async def test_a_batch_that_is_handled_again_is_the_same_conflict() -> None:
    harness = IntakeHarness()
    batch = [harness.event("customer", 1, one) for one in (FIRST, SECOND, FIRST)]
    await harness.take(*batch)
    record = harness.record(CUSTOMER, "c")
    await harness.take(*batch)
    assert len(harness.letters()) == 1
    assert [kept.times_seen for kept in harness.kept()] == [1, 1]
    assert harness.record(CUSTOMER, "c") == record


async def test_a_higher_version_is_taken_in() -> None:
    harness = IntakeHarness()
    await harness.take(*(harness.event("customer", 1, one) for one in (FIRST, SECOND)))
    assert len(await harness.take(harness.event("customer", 2, SECOND))) == 2
    record = harness.record(CUSTOMER, "c")
    assert record is not None
    assert (record.state, "555 0202" in phone(harness)) == (SyncState.PENDING, True)

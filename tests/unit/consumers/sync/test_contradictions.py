"""Documents that contradict each other: held before any call, and let go on again."""

from typing import Any

import pytest

from consumers.intake.platform_events import Intake
from consumers.lanes.ports import Disposition
from consumers.sync.loaded_record import load_records
from consumers.sync.reconciler import FROM_TABLE
from consumers.sync.related import contradicted
from consumers.sync.settlement import Settlement
from providers.errors import Unavailable, Uncertain
from schemas.documents.document import DocumentType
from schemas.ids import RecordId
from schemas.result import SyncState
from tests.simulation.books import reason
from tests.simulation.platform import connection_of
from tests.unit.consumers.intake.intake_harness import IntakeHarness
from tests.unit.consumers.sync.worker_harness import WorkerHarness

AGREED, HELD, PENDING = SyncState.AGREED, SyncState.HELD, SyncState.PENDING
CUSTOMER, PAYMENT = DocumentType.CUSTOMER, DocumentType.PAYMENT
pytestmark = pytest.mark.accepts("DRV-23")


class Books(WorkerHarness):
    """A customer in the ledger, and an invoice of 10.00 USD."""

    async def pay(
        self, id_: str, version: int = 1, amount: str = "10.00", **fields: Any
    ) -> RecordId:
        given = {
            "id": id_,
            "customer_id": "c",
            "paid_on": "2026-07-31",
            "currency": "USD",
            "amount": amount,
            "allocations": [{"invoice_id": "i", "amount": amount}],
            "reference": f"v{version}",
            **fields,
        }
        return await self.announce(PAYMENT, version, **given)

    def state(self, id_: RecordId) -> SyncState:
        return self.database.records.rows[id_].state

    def cause(self, id_: RecordId) -> tuple[str, str]:
        why = self.database.records.rows[id_].reason
        assert why is not None
        return why.code, why.cause

    def open_codes(self) -> list[str]:
        tasks = self.database.tasks.rows.values()
        return [task.last.reason.code for task in tasks if task.closed_by is None]

    def payments(self) -> int:
        return sum(page.kind is PAYMENT for page in self.ledger.books.pages.values())


async def books(**invoice: Any) -> tuple[Books, RecordId]:
    found = Books()
    await found.take_lease()
    customer = await found.announce(CUSTOMER, 1, id="c", name="C", phone="v1")
    assert await found.handle(customer, CUSTOMER) is AGREED
    id_ = await found.invoice(1, **invoice)
    await found.handle(id_)
    return found, id_


async def test_a_payment_in_another_currency_is_held_until_its_next_version() -> None:
    ledger, _ = await books()
    pay = await ledger.pay("p", currency="EUR")
    assert await ledger.handle(pay, PAYMENT) is HELD
    assert ledger.cause(pay) == (
        "payment_currency_differs",
        "Payment p settles 10.00 EUR of invoice i (INV-1), whose total is 10.00 USD; no "
        "exchange rate is given.",
    )
    assert ledger.payments() == ledger.ledger.looked == 0, "no call was made"
    [task] = ledger.database.tasks.rows.values()
    assert task.closed_by is None
    await ledger.pay("p", 2)
    assert await ledger.handle(pay, PAYMENT) is AGREED
    [task] = ledger.database.tasks.rows.values()
    assert task.closed_by == "edit"


async def test_a_new_version_of_the_invoice_clears_the_payment() -> None:
    ledger, invoice = await books()
    pay = await ledger.pay("p", currency="EUR")
    await ledger.handle(pay, PAYMENT)
    await ledger.invoice(2, currency="EUR")
    assert await ledger.handle(invoice) is AGREED
    assert ledger.state(pay) is PENDING
    assert await ledger.handle(pay, PAYMENT) is AGREED
    assert ledger.payments() == 1


async def test_a_version_that_is_never_settled_as_the_next_is_refused_clears_it_too() -> None:
    ledger, _ = await books()
    given = {"id": "c", "name": "C", "phone": "v2"}
    await ledger.announce(CUSTOMER, 2, currency="EUR", **given)
    held = await ledger.invoice(1, id="j", number="INV-2")
    assert await ledger.handle(held) is HELD
    await ledger.announce(CUSTOMER, 3, currency="USD", **given)
    refused = IntakeHarness().event("customer", 4, {"id": "c"}, tenant="t0", realm="r0")
    await Intake(ledger.store, now=ledger.clock).accept([refused])
    assert ledger.state(held) is PENDING
    assert await ledger.handle(held) is AGREED


async def test_a_draft_is_named_and_its_approval_clears_the_payment() -> None:
    ledger, invoice = await books(status="draft")
    assert ledger.state(invoice) is SyncState.SKIPPED
    pay = await ledger.pay("p")
    assert await ledger.handle(pay, PAYMENT) is HELD
    assert ledger.cause(pay)[0] == "settles_draft"
    await ledger.invoice(2)
    await ledger.handle(invoice)
    assert await ledger.handle(pay, PAYMENT) is AGREED


async def test_a_later_version_that_contradicts_too_is_compared_again() -> None:
    ledger, invoice = await books(status="draft")
    pay = await ledger.pay("p")
    await ledger.handle(pay, PAYMENT)
    await ledger.invoice(2, status="voided")
    assert await ledger.handle(invoice) is SyncState.SKIPPED
    assert ledger.state(pay) is PENDING
    assert await ledger.handle(pay, PAYMENT) is HELD
    assert ledger.cause(pay)[0] == "settles_voided"
    codes = {
        task.last.reason.code: task.closed_by for task in ledger.database.tasks.rows.values()
    }
    assert codes == {"settles_draft": "cause", "settles_voided": None}


@pytest.mark.accepts("ERR-15")
async def test_a_record_that_is_held_for_another_cause_has_one_task() -> None:
    ledger, _ = await books()
    pay = await ledger.pay("p", currency="EUR")
    await ledger.handle(pay, PAYMENT)
    await ledger.pay("p", 2, amount="10.01")
    assert await ledger.handle(pay, PAYMENT) is HELD
    assert ledger.open_codes() == [ledger.cause(pay)[0]] != ["payment_currency_differs"]
    await ledger.pay("p", 3, currency="EUR")
    assert await ledger.handle(pay, PAYMENT) is HELD
    assert ledger.open_codes() == ["payment_currency_differs"]


async def test_a_record_that_waits_has_no_task_of_what_held_it_before() -> None:
    ledger, _ = await books()
    pay = await ledger.pay("p", currency="EUR")
    await ledger.handle(pay, PAYMENT)
    assert ledger.open_codes() == ["payment_currency_differs"]
    await ledger.pay("p", 2, allocations=[{"invoice_id": "later", "amount": "10.00"}])
    assert await ledger.handle(pay, PAYMENT) is SyncState.WAITING
    assert ledger.open_codes() == []


async def test_one_cent_too_much_says_so_plainly() -> None:
    ledger, _ = await books()
    pay = await ledger.pay("p", amount="10.01")
    assert await ledger.handle(pay, PAYMENT) is HELD
    assert ledger.cause(pay) == (
        "payment_exceeds_open_amount",
        "Payment p settles 10.01 USD of invoice i (INV-1), 0.01 USD more than its total of "
        "10.00 USD.",
    )


async def test_the_second_of_two_payments_in_full_is_held_with_the_first_named() -> None:
    ledger, _ = await books()
    one, two = await ledger.pay("p"), await ledger.pay("q")
    assert await ledger.handle_all(one, two, kind=PAYMENT) == [AGREED, HELD]
    code, cause = ledger.cause(two)
    assert code == "payment_exceeds_open_amount"
    assert cause == (
        "Payment q settles 10.00 USD of invoice i (INV-1), 10.00 USD more than the 0.00 USD "
        "that are open: its total is 10.00 USD, and 10.00 USD of it are settled by payment p."
    )
    third = await ledger.pay("r", amount="0.01")
    assert await ledger.handle(third, PAYMENT) is HELD, "in another try than the first"
    await ledger.pay("p", 2, status="voided")
    assert await ledger.handle(one, PAYMENT) is AGREED
    assert [ledger.state(two), ledger.state(third)] == [PENDING, PENDING]
    assert await ledger.handle_all(two, third, kind=PAYMENT) == [AGREED, HELD]


async def test_two_that_contradict_each_other_come_to_rest() -> None:
    ledger, _ = await books()
    one, two = await ledger.pay("p", amount="5.00"), await ledger.pay("q", amount="5.00")
    assert await ledger.handle_all(one, two, kind=PAYMENT) == [AGREED, AGREED]
    await ledger.pay("p", 2, amount="6.00")
    await ledger.pay("q", 2, amount="6.00")
    assert await ledger.handle_all(one, two, kind=PAYMENT) == [HELD, HELD]
    assert [ledger.state(one), ledger.state(two)] == [HELD, HELD]
    await ledger.pay("q", 3, amount="4.00")
    assert await ledger.handle(two, PAYMENT) is AGREED
    assert await ledger.handle(one, PAYMENT) is AGREED


async def test_an_invoice_in_another_currency_than_its_customer_is_held() -> None:
    ledger, invoice = await books()
    await ledger.announce(CUSTOMER, 2, id="c", name="C", currency="GBP")
    await ledger.invoice(2)
    assert await ledger.handle(invoice) is HELD
    assert ledger.cause(invoice) == (
        "party_currency_differs",
        "Invoice i (INV-1) is in USD, but customer c (C) is in GBP.",
    )


async def test_a_payment_of_a_bill_is_held_in_place_of_waiting_for_ever() -> None:
    ledger, _ = await books()
    await ledger.announce(
        DocumentType.BILL,
        1,
        id="b",
        number="B-1",
        vendor_id="v",
        issued_on="2026-07-06",
        due_on="2026-08-20",
        currency="USD",
        lines=[{"id": "1", "unit_price": "10.00"}],
    )
    settles = [{"invoice_id": "b", "amount": "10.00"}]
    pay = await ledger.pay("p", allocations=settles)
    assert await ledger.handle(pay, PAYMENT) is HELD
    assert ledger.cause(pay) == (
        "wrong_direction",
        "Payment p names invoice b, but that is a bill.",
    )


async def test_what_is_not_known_is_waited_for() -> None:
    ledger, _ = await books()
    pay = await ledger.pay("p", allocations=[{"invoice_id": "x", "amount": "10.00"}])
    assert await ledger.handle(pay, PAYMENT) is SyncState.WAITING


async def test_a_void_is_not_compared() -> None:
    ledger, invoice = await books()
    pay = await ledger.pay("p")
    assert await ledger.handle(pay, PAYMENT) is AGREED
    await ledger.pay("p", 2, currency="EUR", status="voided")
    assert await ledger.handle(pay, PAYMENT) is AGREED
    assert ledger.state(invoice) is AGREED


async def test_an_invoice_of_another_company_is_named_with_both_realms() -> None:
    ledger, _ = await books()
    here, there = ledger.connection, connection_of(1)
    assert here.tenant_id == there.tenant_id
    ledger.database.connections.rows[there.id] = there
    ledger.connection = there
    await ledger.invoice(1, id="x", number="X-1")
    ledger.connection = here
    pay = await ledger.pay("p", allocations=[{"invoice_id": "x", "amount": "10.00"}])
    assert await ledger.handle(pay, PAYMENT) is HELD
    assert ledger.cause(pay) == (
        "other_realm",
        "Payment p goes to realm r0, but invoice x went to realm r1 only.",
    )
    invoice = await ledger.invoice(1, id="x", number="X-1")
    await ledger.handle(invoice)
    assert await ledger.handle(pay, PAYMENT) is AGREED


async def test_a_create_in_doubt_stays_so_while_it_is_held() -> None:
    ledger, invoice = await books()
    pay = await ledger.pay("p")
    ledger.ledger.writes = [Uncertain(reason("no_answer"))]
    ledger.ledger.finds = [Unavailable(reason("away"))]
    assert await ledger.handle(pay, PAYMENT) is SyncState.RETRYING
    await ledger.invoice(2, status="voided")
    assert await ledger.handle(pay, PAYMENT) is HELD
    assert pay in ledger.database.intents.rows
    await ledger.invoice(3)
    await ledger.handle(invoice)
    await ledger.handle(pay, PAYMENT)
    assert await ledger.handle(pay, PAYMENT) is AGREED
    assert ledger.payments() == 1, "what was made before is found, not made again"


async def test_a_version_that_comes_between_loading_and_holding_is_compared_at_once() -> None:
    ledger, invoice = await books()
    pay = await ledger.pay("p", currency="EUR")
    async with ledger.store.transaction() as tx:
        loaded = (await load_records(tx, ledger.connection.id, [pay]))[pay]
    assert loaded.desired is not None
    hold = contradicted(loaded.desired, loaded.related)
    assert hold is not None
    await ledger.invoice(2, currency="EUR")
    async with ledger.store.transaction() as tx:
        realm = ledger.connection.realm
        settled = await Settlement(tx, realm, ledger.now).settle(loaded, hold, FROM_TABLE)
    assert settled.after is Disposition.AGAIN
    assert ledger.state(pay) is PENDING
    await ledger.handle(invoice)
    assert await ledger.handle(pay, PAYMENT) is AGREED

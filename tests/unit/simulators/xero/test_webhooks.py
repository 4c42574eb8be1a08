import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from providers.simulators.clock import SimulatorClock
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.config import XeroSwitches, XeroWebhookTarget
from providers.simulators.xero.rules.documents import WriteOptions
from providers.simulators.xero.rules.invoices import create_invoice
from providers.simulators.xero.rules.payments import create_payment
from providers.simulators.xero.state import XeroState
from providers.simulators.xero.webhooks import XeroWebhookSender, mis_sign, sign
from tests.unit.simulators.xero.harness import TENANT, config, invoice, payment

KEY = "t0pSecretKey"
TARGET = XeroWebhookTarget(url="http://app/hooks", signing_key=KEY, retry_delays_s=(0.0, 0.0))
Receive = Callable[[httpx.Request], httpx.Response]


class Receiver:
    """An app's endpoint that checks signatures, and may fail at first."""

    def __init__(self, *, failures: int = 0, answer: dict[str, Any] | None = None) -> None:
        self.failures = failures
        self.answer = answer
        self.seen: list[tuple[bytes, str]] = []
        self.events: list[dict[str, Any]] = []
        self.arrived = asyncio.Event()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body, signature = request.content, request.headers["x-xero-signature"]
        self.seen.append((body, signature))
        if signature != sign(body, KEY):
            return httpx.Response(401)
        if json.loads(body)["events"]:
            if self.failures:
                self.failures -= 1
                return httpx.Response(**(self.answer or {"status_code": 500}))
            self.events.append(json.loads(body))
            self.arrived.set()
        return httpx.Response(200)


def simulator(**switches: Any) -> XeroState:
    settings = config(webhook=TARGET, switches=XeroSwitches(**switches))
    return XeroState(settings, SimulatorClock())


@asynccontextmanager
async def sending(state: XeroState, receive: Receive) -> AsyncIterator[None]:
    client = httpx.AsyncClient(transport=httpx.MockTransport(receive))
    async with client, asyncio.TaskGroup() as tasks:
        run = tasks.create_task(XeroWebhookSender(state, TARGET, client).run())
        yield
        run.cancel()


def sell(state: XeroState) -> tuple[OrganisationBooks, str]:
    org = state.organisations[TENANT]
    made = create_invoice(org, invoice(), WriteOptions()).record
    return org, made["InvoiceID"]


def test_a_signature_is_over_the_exact_bytes() -> None:
    assert sign(b"{ }", "key") != sign(b"{}", "key")
    good, bad = sign(b"{}", KEY), mis_sign(b"{}", KEY)
    assert sum(a != b for a, b in zip(good, bad, strict=True)) == 1


async def test_an_endpoint_proves_itself_before_the_first_events() -> None:
    state, receiver = simulator(), Receiver()
    _, invoice_id = sell(state)
    async with sending(state, receiver):
        await receiver.arrived.wait()
    intents = [json.loads(body) for body, _ in receiver.seen[:4]]
    assert all(intent["events"] == [] for intent in intents)
    assert [s == sign(b, KEY) for b, s in receiver.seen[:4]] == [False, True, False, False]
    assert state.webhook_status == "OK"
    (delivery,) = receiver.events
    contact, sale = delivery["events"]
    assert (contact["eventCategory"], sale["eventCategory"]) == ("CONTACT", "INVOICE")
    assert (sale["resourceId"], sale["eventType"]) == (invoice_id, "CREATE")
    assert (sale["tenantId"], sale["tenantType"]) == (TENANT, "ORGANISATION")
    assert (delivery["firstEventSequence"], delivery["lastEventSequence"]) == (1, 2)


async def test_an_endpoint_that_accepts_bad_signatures_gets_no_events() -> None:
    state = simulator()
    sell(state)
    calls: list[bytes] = []
    enough = asyncio.Event()

    def gullible(request: httpx.Request) -> httpx.Response:
        calls.append(request.content)
        if len(calls) == 12:
            enough.set()
        return httpx.Response(200)

    async with sending(state, gullible):
        await enough.wait()
    assert state.webhook_status == "Intent to receive required"
    assert all(json.loads(body)["events"] == [] for body in calls)


@pytest.mark.parametrize(
    "answer",
    [
        {"status_code": 500},
        {"status_code": 200, "text": "thanks"},
        {"status_code": 200, "headers": {"Set-Cookie": "a=b"}},
    ],
)
async def test_a_delivery_not_taken_properly_is_repeated(
    answer: dict[str, Any],
) -> None:
    state, receiver = simulator(), Receiver(failures=2, answer=answer)
    sell(state)
    async with sending(state, receiver):
        await receiver.arrived.wait()
    bodies = [body for body, _ in receiver.seen[4:]]
    assert bodies == [bodies[0]] * 3


async def test_after_the_last_try_the_webhook_is_disabled() -> None:
    state, receiver = simulator(), Receiver(failures=3)
    org, _ = sell(state)
    async with sending(state, receiver):
        while state.webhook_status != "Disabled":
            await asyncio.sleep(0)
        create_invoice(org, invoice(), WriteOptions())
        await receiver.arrived.wait()


@pytest.mark.parametrize(("told", "count"), [(True, 1), (False, 0)])
async def test_a_payment_shows_up_as_invoice_update_by_switch(told: bool, count: int) -> None:
    state = simulator(payments_raise_invoice_events=told)
    org, invoice_id = sell(state)
    before = state.changes.qsize()
    create_payment(org, payment(invoice_id, "1"), WriteOptions())
    assert state.changes.qsize() - before == count


async def test_duplicates_by_switch() -> None:
    state, receiver = simulator(webhook_duplicates=True), Receiver()
    sell(state)
    async with sending(state, receiver):
        while len(receiver.events) < 2:
            await asyncio.sleep(0)
    first, second = receiver.events
    assert first == second

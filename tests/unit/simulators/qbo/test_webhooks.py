"""Notices of changes: their two formats, their signature, their delivery."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from providers.simulators.qbo.books.history import QboChangeEvent
from providers.simulators.qbo.config import QboSimulatorConfig, QboSwitches, QboWebhookTarget
from providers.simulators.qbo.state import QboState
from providers.simulators.qbo.webhooks import QboWebhookSender, bundle_body, sign
from tests.eventually import PATIENCE_S
from tests.unit.simulators.qbo.books import GB, US

AT = datetime(2026, 3, 2, 18, 4, 5, 123456, tzinfo=UTC)
CREATED = QboChangeEvent(US, "Invoice", "145", "created", AT)
VOIDED = QboChangeEvent(GB, "Payment", "7", "voided", AT)
TARGET = QboWebhookTarget("http://app.example/hook", "sim-verifier-7f3a91")


def test_the_signature_is_that_of_the_documented_vector() -> None:
    body = (
        b'[{"specversion":"1.0","id":"5f0b8c1e-2d4f-4a77-9a0e-0c3b6a9f1d22",'
        b'"source":"intuit.sim=","type":"qbo.invoice.updated.v1",'
        b'"datacontenttype":"application/json","time":"2026-03-02T18:04:05.123456789Z",'
        b'"intuitentityid":"145","intuitaccountid":"9341450000000001","data":{}}]'
    )
    assert len(body) == 269
    assert sign(body, TARGET.verifier_token) == "mfav1BBrItZ7gB3BzRKzTLGUG+VIWyGFxXscbqKFsfM="


def test_cloud_events_name_company_entity_and_operation() -> None:
    body, content_type = bundle_body([CREATED, VOIDED], QboSwitches())
    first, second = json.loads(body)
    assert content_type == "application/cloudevents+json"
    assert first["type"] == "qbo.invoice.created.v1"
    assert first["time"] == "2026-03-02T18:04:05.123456000Z"
    assert (first["intuitaccountid"], first["intuitentityid"]) == (US, "145")
    assert second["type"] == "qbo.payment.voided.v1"


def test_the_legacy_format_groups_by_company() -> None:
    body, _ = bundle_body([CREATED, VOIDED], QboSwitches(webhook_format="legacy"))
    notifications = json.loads(body)["eventNotifications"]
    assert [held["realmId"] for held in notifications] == [US, GB]
    (entity,) = notifications[0]["dataChangeEvent"]["entities"]
    assert (entity["name"], entity["operation"]) == ("Invoice", "Create")


def test_events_can_come_in_reverse_order() -> None:
    body, _ = bundle_body([CREATED, VOIDED], QboSwitches(webhook_reorder=True))
    assert [event["intuitentityid"] for event in json.loads(body)] == ["7", "145"]


async def _received(switches: QboSwitches, wanted: int) -> list[httpx.Request]:
    """Deliver two events and return the first ``wanted`` requests that arrive."""
    simulator = QboState(QboSimulatorConfig(webhook=TARGET, switches=switches))
    received: list[httpx.Request] = []
    enough = asyncio.Event()

    def accept(request: httpx.Request) -> httpx.Response:
        received.append(request)
        if len(received) >= wanted:
            enough.set()
        return httpx.Response(200)

    async with _client(accept) as client, asyncio.TaskGroup() as tasks:
        task = tasks.create_task(QboWebhookSender(simulator, TARGET, client).run())
        simulator.changes.put_nowait(CREATED)
        simulator.changes.put_nowait(VOIDED)
        await asyncio.wait_for(enough.wait(), PATIENCE_S)
        task.cancel()
    return received


def _client(accept: Callable[[httpx.Request], httpx.Response]) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(accept))


async def test_waiting_events_are_delivered_in_one_signed_bundle() -> None:
    (request,) = await _received(QboSwitches(), wanted=1)
    assert len(json.loads(request.content)) == 2
    expected = sign(request.content, TARGET.verifier_token)
    assert request.headers["intuit-signature"] == expected


async def test_a_bundle_can_come_twice() -> None:
    first, second = await _received(QboSwitches(webhook_duplicate=True), wanted=2)
    assert first.content == second.content


async def test_a_dropped_bundle_never_arrives() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await _received(QboSwitches(webhook_drop=True), wanted=1)

"""Webhooks: changes announced to the app's endpoint, signed, in bundles, until it answers 200.

Source: Intuit "Webhooks" and "Webhooks best practices" pages; the change of the payload to
CloudEvents of 2025-11-12.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

import httpx

from providers.simulators.qbo.books.history import QboChangeEvent
from providers.simulators.qbo.config import QboSwitches, QboWebhookTarget
from providers.simulators.qbo.state import QboState
from providers.simulators.webhook_delivery import next_bundle

REPLY_WITHIN_S = 3
RETRY_DELAYS_S = (10, 20, 30, 300, 1200, 7200, 14_400, 21_600)
LEGACY_OPERATIONS = {
    "created": "Create",
    "updated": "Update",
    "deleted": "Delete",
    "voided": "Void",
    "emailed": "Emailed",
}


def sign(body: bytes, verifier_token: str) -> str:
    """Return the value of ``intuit-signature`` for the exact bytes of a body."""
    digest = hmac.new(verifier_token.encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def cloud_event(event: QboChangeEvent) -> dict[str, Any]:
    """Return an event in the format in force since 2026; times have nanoseconds."""
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "intuit.c2ltdWxhdG9y",
        "type": f"qbo.{event.entity.lower()}.{event.operation}.v1",
        "datacontenttype": "application/json",
        "time": f"{event.at:%Y-%m-%dT%H:%M:%S.%f}000Z",
        "intuitentityid": event.record_id,
        "intuitaccountid": event.realm,
        "data": {},
    }


def legacy_notifications(events: Sequence[QboChangeEvent]) -> dict[str, Any]:
    """Return events in the format used until 2026: grouped by company."""
    by_realm: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        by_realm.setdefault(event.realm, []).append(
            {
                "name": event.entity,
                "id": event.record_id,
                "operation": LEGACY_OPERATIONS[event.operation],
                "lastUpdated": f"{event.at:%Y-%m-%dT%H:%M:%S}.000Z",
            }
        )
    return {
        "eventNotifications": [
            {"realmId": realm, "dataChangeEvent": {"entities": entities}}
            for realm, entities in by_realm.items()
        ]
    }


def bundle_body(events: Sequence[QboChangeEvent], switches: QboSwitches) -> tuple[bytes, str]:
    """Return the body of one delivery, and its content type."""
    if switches.webhook_reorder:
        events = events[::-1]
    if switches.webhook_format == "legacy":
        return json.dumps(legacy_notifications(events)).encode(), "application/json"
    content = json.dumps([cloud_event(event) for event in events])
    return content.encode(), "application/cloudevents+json"


def sender_of(
    state: QboState,
) -> Callable[[httpx.AsyncClient], "QboWebhookSender"] | None:
    """Return what makes the sender of a simulator; None when no webhook is configured."""
    target = state.config.webhook
    return None if target is None else partial(QboWebhookSender, state, target)


class QboWebhookSender:
    """Delivers the simulator's events, one bundle after the other."""

    def __init__(
        self, state: QboState, target: QboWebhookTarget, client: httpx.AsyncClient
    ) -> None:
        self._state = state
        self._target = target
        self._client = client

    async def run(self) -> None:
        """Deliver until cancelled. While the endpoint fails, later events wait."""
        while True:
            bundle = await next_bundle(self._state.changes)
            if self._state.switches.webhook_drop:
                continue
            body, content_type = bundle_body(bundle, self._state.switches)
            await self._deliver(body, content_type)
            if self._state.switches.webhook_duplicate:
                await self._deliver(body, content_type)

    async def _deliver(self, body: bytes, content_type: str) -> None:
        for delay_s in RETRY_DELAYS_S:
            if await self._accepted(body, content_type):
                return
            await asyncio.sleep(delay_s)

    async def _accepted(self, body: bytes, content_type: str) -> bool:
        headers = {
            "content-type": content_type,
            "user-agent": "intuit_notification_server/1.0",
            "intuit-signature": sign(body, self._target.verifier_token),
        }
        try:
            answer = await self._client.post(
                self._target.url, content=body, headers=headers, timeout=REPLY_WITHIN_S
            )
        except httpx.TransportError:
            return False
        return answer.status_code == 200

"""Webhooks: changes announced to the app's endpoint, signed, in bundles, until it accepts them.

Before the first events the endpoint must prove that it checks signatures: of four empty calls
three are mis-signed, and only the good one may be accepted.

Source: Xero "Webhooks overview" and "Configuring your server", Xero-OpenAPI xero-webhooks.yaml
16.1.0, read 2026-09.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any

import httpx

from providers.simulators.webhook_delivery import next_bundle
from providers.simulators.xero.books.history import XeroChangeEvent
from providers.simulators.xero.config import XeroWebhookTarget
from providers.simulators.xero.state import XeroState

REPLY_WITHIN_S = 5
_RESOURCES = {"INVOICE": "Invoices", "CONTACT": "Contacts", "CREDITNOTE": "CreditNotes"}


def sign(body: bytes, key: str) -> str:
    """Return the value of ``x-xero-signature`` for the exact bytes of a body."""
    return base64.b64encode(hmac.digest(key.encode(), body, hashlib.sha256)).decode()


def mis_sign(body: bytes, key: str) -> str:
    """Return a signature of which one character is wrong."""
    good = sign(body, key)
    return ("A" if good[0] != "A" else "B") + good[1:]


def event_of(change: XeroChangeEvent) -> dict[str, Any]:
    """Return a change as Xero announces it; times have no zone."""
    resource = _RESOURCES[change.category]
    return {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/{resource}/{change.record_id}",
        "resourceId": change.record_id,
        "eventDateUtc": change.at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3],
        "eventType": "CREATE" if change.created else "UPDATE",
        "eventCategory": change.category,
        "tenantId": change.tenant_id,
        "tenantType": "ORGANISATION",
    }


def body_of(changes: Sequence[XeroChangeEvent], first: int) -> bytes:
    """Return a delivery with the irregular spacing of Xero's own.

    Args:
        first: Sequence number of the first change; 0 for a call without changes.
    """
    last = first + len(changes) - 1 if changes else first
    events = json.dumps([event_of(change) for change in changes])
    return (
        f'{{"events":{events},"firstEventSequence": {first},'
        f'"lastEventSequence": {last}, "entropy": "S0m3r4Nd0mt3xt"}}'
    ).encode()


def sender_of(
    state: XeroState,
) -> Callable[[httpx.AsyncClient], "XeroWebhookSender"] | None:
    """Return what makes the sender of a simulator; None when no webhook is configured."""
    target = state.config.webhook
    return None if target is None else partial(XeroWebhookSender, state, target)


class XeroWebhookSender:
    """Delivers the simulator's changes, one bundle after the other."""

    def __init__(
        self, state: XeroState, target: XeroWebhookTarget, client: httpx.AsyncClient
    ) -> None:
        self._state = state
        self._target = target
        self._client = client
        self._sequence = 1

    async def run(self) -> None:
        """Deliver until cancelled. While the endpoint fails, later changes wait."""
        await self._until_validated()
        while True:
            bundle = await next_bundle(self._state.changes)
            body = body_of(bundle, self._sequence)
            self._sequence += len(bundle)
            await self._deliver(body)
            if self._state.switches.webhook_duplicates:
                await self._deliver(body)

    async def _until_validated(self) -> None:
        """Repeat the intent to receive until the endpoint answers all of it rightly."""
        for attempt in count():
            if await self._validates():
                self._state.webhook_status = "OK"
                return
            self._state.webhook_status = "Intent to receive required"
            delays = self._target.retry_delays_s
            await asyncio.sleep(delays[min(attempt, len(delays) - 1)])

    async def _validates(self) -> bool:
        body, key = body_of((), 0), self._target.signing_key
        bad, good = mis_sign(body, key), sign(body, key)
        # An endpoint that accepts everything passes no better than one that accepts nothing.
        answers = [await self._post(body, signature) for signature in (bad, good, bad, bad)]
        return [a is not None and a.status_code for a in answers] == [401, 200, 401, 401]

    async def _deliver(self, body: bytes) -> None:
        signature = sign(body, self._target.signing_key)
        for delay_s in (0, *self._target.retry_delays_s):
            await asyncio.sleep(delay_s)
            answer = await self._post(body, signature)
            if answer is not None and answer.is_success:
                return
        self._state.webhook_status = "Disabled"

    async def _post(self, body: bytes, signature: str) -> httpx.Response | None:
        """Post a body; None for no answer in time, or one with a body or a cookie."""
        headers = {"content-type": "application/json", "x-xero-signature": signature}
        try:
            answer = await self._client.post(
                self._target.url, content=body, headers=headers, timeout=REPLY_WITHIN_S
            )
        except httpx.TransportError:
            return None
        return None if answer.content or "set-cookie" in answer.headers else answer

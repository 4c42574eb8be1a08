"""The simulator's notices of changes, as an app receives them."""

import json
import queue
from dataclasses import replace

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from providers.simulators.qbo.config import QboWebhookTarget
from tests.eventually import PATIENCE_S
from tests.fakes.listening import listening
from tests.integration.simulators.qbo_objects import a_customer
from tests.integration.simulators.qbo_server import CONFIG, US, Connected, serve

VERIFIER = "sim-verifier-7f3a91"


class Receiver:
    """An app's endpoint: keeps what it is sent, and says 200."""

    def __init__(self) -> None:
        self.received: queue.Queue[tuple[bytes, str]] = queue.Queue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        self.received.put((await request.body(), request.headers["intuit-signature"]))
        await Response(status_code=200)(scope, receive, send)


def test_a_write_is_told_with_a_signature_that_the_client_accepts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    receiver = Receiver()
    with listening(receiver, lifespan="off") as hook:
        config = replace(CONFIG, webhook=QboWebhookTarget(hook, VERIFIER))
        with serve(config) as base:
            books = Connected(base, US).books
            customer = a_customer(books)
            body, signature = receiver.received.get(timeout=PATIENCE_S)
    (event,) = json.loads(body)
    assert event["type"] == "qbo.customer.created.v1"
    assert (event["intuitaccountid"], event["intuitentityid"]) == (US, customer.Id)
    assert books.validate_webhook_signature(body.decode(), signature, VERIFIER)

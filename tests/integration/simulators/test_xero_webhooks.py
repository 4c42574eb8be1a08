"""Webhooks from a served simulator to a served endpoint."""

import base64
import hashlib
import hmac
import queue

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from providers.simulators.xero.app import create_app
from providers.simulators.xero.config import (
    OrganisationSpec,
    XeroSimulatorConfig,
    XeroWebhookTarget,
)
from tests.eventually import PATIENCE_S
from tests.integration.simulators.xero_server import SdkClient, serve

TENANT = "11111111-1111-4111-8111-111111111111"
KEY = "t0pSecretKey"


def endpoint(received: queue.Queue[bytes]) -> Starlette:
    """Return an app's endpoint as Xero's pages ask for it."""

    async def hooks(request: Request) -> Response:
        body = await request.body()
        digest = hmac.new(KEY.encode(), body, hashlib.sha256).digest()
        if request.headers["x-xero-signature"] != base64.b64encode(digest).decode():
            return Response(status_code=401)
        if b'"events":[]' not in body:
            received.put(body)
        return Response(status_code=200)

    return Starlette(routes=[Route("/hooks", hooks, methods=["POST"])])


def test_a_change_reaches_the_endpoint_signed() -> None:
    received: queue.Queue[bytes] = queue.Queue()
    with serve(endpoint(received)) as app_url:
        config = XeroSimulatorConfig(
            organisations=(OrganisationSpec(name="Maple Florist", tenant_id=TENANT),),
            webhook=XeroWebhookTarget(url=f"{app_url}/hooks", signing_key=KEY),
        )
        with serve(create_app(config)) as base:
            client = SdkClient(base)
            client.consent()
            client.accounting.create_contacts(TENANT, {"Contacts": [{"Name": "Mia"}]})
            body = received.get(timeout=PATIENCE_S)
            client.api_client.rest_client.pool_manager.clear()
    assert b'"eventCategory": "CONTACT"' in body

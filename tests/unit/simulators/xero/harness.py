"""A client of the Xero simulator in process: a connected app with one organisation."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx

from providers.simulators.clock import SimulatorClock
from providers.simulators.xero.app import create_app
from providers.simulators.xero.config import (
    DEMO_APP,
    OrganisationSpec,
    XeroQuotas,
    XeroSimulatorConfig,
)

TENANT = "11111111-1111-4111-8111-111111111111"
OTHER_TENANT = "22222222-2222-4222-8222-222222222222"
REDIRECT = "http://localhost/callback"
SCOPES = (
    "offline_access accounting.invoices accounting.payments accounting.banktransactions "
    "accounting.contacts accounting.settings"
)
ORGANISATIONS = (
    OrganisationSpec(name="Maple Florist", tenant_id=TENANT),
    OrganisationSpec(name="Harbour Cafe", country="GB", tenant_id=OTHER_TENANT),
)
API = "/api.xro/2.0/"


def config(**changes: Any) -> XeroSimulatorConfig:
    """Return a configuration whose minute is wide enough for any test."""
    defaults: dict[str, Any] = {
        "organisations": ORGANISATIONS,
        "quotas": XeroQuotas(calls_per_minute=10_000, calls_per_day=100_000),
    }
    return XeroSimulatorConfig(**(defaults | changes))


class XeroHarness:
    """Speaks to a simulator as an app does; answers are parsed with exact numbers."""

    def __init__(
        self, settings: XeroSimulatorConfig | None = None, clock: SimulatorClock | None = None
    ) -> None:
        self.clock = clock or SimulatorClock()
        app = create_app(settings or config(), clock=self.clock)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://simulator"
        )
        self.tokens: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.http.aclose()

    async def connect(self, *, scopes: str = SCOPES, **choices: str) -> Self:
        """Consent, and take the tokens of the consent."""
        code = await self.consent(scopes=scopes, **choices)
        self.tokens = (await self.exchange(code)).json()
        return self

    async def consent(self, *, scopes: str = SCOPES, **choices: str) -> str:
        answer = await self.decide(scopes=scopes, **choices)
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    async def decide(self, *, scopes: str = SCOPES, **choices: str) -> httpx.Response:
        asked = {
            "response_type": "code",
            "client_id": DEMO_APP.client_id,
            "redirect_uri": REDIRECT,
            "scope": scopes,
            "state": "xyz",
        }
        return await self.http.post("/identity/connect/authorize", data=asked | choices)

    async def exchange(self, code: str, **more: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
        return await self.token(form | more)

    async def refresh(self, refresh_token: str) -> httpx.Response:
        return await self.token({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def token(self, form: dict[str, str]) -> httpx.Response:
        return await self.http.post(
            "/connect/token", data=form, auth=(DEMO_APP.client_id, DEMO_APP.client_secret or "")
        )

    def headers(self, tenant: str = TENANT, **more: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.tokens['access_token']}",
            "xero-tenant-id": tenant,
            "Accept": "application/json",
            **more,
        }

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        tenant: str = TENANT,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        return await self.http.request(
            method,
            API + path,
            content=None if body is None else json.dumps(body, default=str),
            params=query,
            headers={
                **self.headers(tenant),
                "Content-Type": "application/json",
                **(headers or {}),
            },
        )

    async def control(self, path: str, body: Any = None) -> Any:
        """Ask the simulator itself: POST with a body, GET without."""
        url = f"/_simulator/{path}"
        answer = await (self.http.get(url) if body is None else self.http.post(url, json=body))
        assert answer.is_success, answer.text
        return parsed(answer)

    async def ok(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Send, expect 200, and return the parsed answer."""
        answer = await self.send(method, path, body, query=query)
        assert answer.status_code == 200, answer.text
        return parsed(answer)

    async def one(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Send, expect 200, and return the only record of the answer."""
        content = await self.ok(method, path, body, **query)
        (record,) = next(v for k, v in content.items() if k == path_root(path, content))
        return record

    async def refusal(
        self, method: str, path: str, body: Any = None, **query: str
    ) -> list[str]:
        """Send, expect a validation error, and return the messages of its first element."""
        answer = await self.send(method, path, body, query=query)
        assert answer.status_code == 400, answer.text
        elements = parsed(answer)["Elements"]
        return [error["Message"] for error in elements[0]["ValidationErrors"]]


def path_root(path: str, content: dict[str, Any]) -> str:
    name = path.split("/")[-1 if path.endswith("Allocations") else 0].lower()
    return next(key for key in content if key.lower().startswith(name))


def parsed(answer: httpx.Response) -> Any:
    return json.loads(answer.content, parse_float=Decimal)


def line(amount: str = "100", **more: Any) -> dict[str, Any]:
    """Return a sales line of one piece at ``amount``."""
    return {"Description": "Roses", "UnitAmount": amount, "AccountCode": "200"} | more


def invoice(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an approved sales invoice for a contact known by name."""
    return {
        "Type": "ACCREC",
        "Contact": {"Name": "Harbour Cafe"},
        "Date": "2026-07-06",
        "DueDate": "2026-08-20",
        "Status": "AUTHORISED",
        "LineItems": list(lines) or [line()],
    } | more


def bill(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an approved bill of a supplier known by name."""
    lines = lines or (line(AccountCode="300"),)
    return invoice(*lines, Type="ACCPAY", Contact={"Name": "Roast Supply"}) | more


def payment(invoice_id: str, amount: str, **more: Any) -> dict[str, Any]:
    """Return a payment into the bank account."""
    return {
        "Invoice": {"InvoiceID": invoice_id},
        "Account": {"Code": "090"},
        "Date": "2026-07-31",
        "Amount": amount,
    } | more

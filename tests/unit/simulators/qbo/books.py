"""The simulator in process, connected, with short ways to say what the tests say often."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from providers.simulators.qbo.app import create_app
from providers.simulators.qbo.config import (
    CompanySpec,
    QboAppSpec,
    QboQuotas,
    QboSimulatorConfig,
)

US = "9341450000000001"
GB = "9341450000000002"
APP = QboAppSpec()
REDIRECT = "http://localhost/callback"
ACCOUNTING = "com.intuit.quickbooks.accounting"
COMPANIES = (CompanySpec(realm=US), CompanySpec(realm=GB, name="Harbour Cafe", country="GB"))
ROOMY = QboQuotas(
    per_minute=None,
    per_second=None,
    in_flight=None,
    batches_per_minute=None,
    batches_per_minute_all_apps=None,
)


def config(**fields: Any) -> QboSimulatorConfig:
    """Return a configuration without latency and, unless given, without quotas."""
    held: dict[str, Any] = {"companies": COMPANIES, "latency_ms": 0, "quotas": ROOMY}
    return QboSimulatorConfig(**(held | fields))


def parse(content: bytes) -> Any:
    """Read JSON with exact numbers."""
    return json.loads(content, parse_float=Decimal)


class Books:
    """One company through the API, and the control API beside it."""

    def __init__(self, http: httpx.AsyncClient, realm: str) -> None:
        self.http = http
        self.realm = realm
        self.token: dict[str, Any] = {}

    async def consent(self, **fields: str) -> dict[str, str]:
        """Approve, and return the callback's parameters."""
        asked = {
            "client_id": APP.client_id,
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "scope": ACCOUNTING,
            "state": "s-1",
            "realm": self.realm,
        }
        answer = await self.http.post("/connect/oauth2", data=asked | fields)
        query = parse_qs(urlsplit(answer.headers.get("location", "")).query)
        return {name: values[0] for name, values in query.items()}

    async def tokens(self, **form: str) -> httpx.Response:
        """Ask the token endpoint."""
        auth = (APP.client_id, APP.client_secret)
        return await self.http.post("/oauth2/v1/tokens/bearer", data=form, auth=auth)

    async def exchange(self, code: str, **fields: str) -> httpx.Response:
        """Exchange a code."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
        return await self.tokens(**(form | fields))

    async def refresh(self, value: str) -> httpx.Response:
        """Exchange a refresh token."""
        return await self.tokens(grant_type="refresh_token", refresh_token=value)

    async def connect(self, **fields: str) -> "Books":
        """Take tokens and use them from here on."""
        callback = await self.consent(**fields)
        self.token = (await self.exchange(callback["code"])).json()
        return self

    async def ask(
        self, method: str, path: str, body: Any = None, **params: str
    ) -> httpx.Response:
        """Call the API and return the raw answer."""
        token = self.token.get("access_token", "")
        return await self.http.request(
            method,
            f"/v3/company/{self.realm}/{path}",
            params=params,
            content=b"" if body is None else _encoded(body),
            headers={"authorization": f"Bearer {token}", "accept": "application/json"},
        )

    async def post(self, entity: str, body: dict[str, Any], **params: str) -> Any:
        """Write, expect success, and return the object."""
        answer = await self.ask("POST", entity.lower(), body, **params)
        assert answer.status_code == 200, answer.text
        return parse(answer.content)[entity]

    async def refused(self, entity: str, body: dict[str, Any], **params: str) -> dict[str, Any]:
        """Write, expect a refusal, and return the fault's entry."""
        answer = await self.ask("POST", entity.lower(), body, **params)
        assert answer.status_code == 400, answer.text
        entry: dict[str, Any] = answer.json()["Fault"]["Error"][0]
        return entry

    async def code(self, entity: str, body: dict[str, Any], **params: str) -> str:
        """Write, expect a refusal, and return its code."""
        return str((await self.refused(entity, body, **params))["code"])

    async def get(self, entity: str, record_id: str) -> Any:
        """Read an object."""
        answer = await self.ask("GET", f"{entity.lower()}/{record_id}")
        assert answer.status_code == 200, answer.text
        return parse(answer.content)[entity]

    async def query(self, statement: str) -> Any:
        """Run a query, expect success, and return the content of its response."""
        answer = await self.ask("GET", "query", query=statement)
        assert answer.status_code == 200, answer.text
        return parse(answer.content)["QueryResponse"]

    async def select(self, entity: str, rest: str, columns: str = "*") -> Any:
        """Query an entity; ``rest`` is what follows its name."""
        return await self.query(" ".join(("select", columns, "from", entity, rest)))

    async def control(self, path: str, body: Any = None) -> Any:
        """Ask the simulator itself: POST with a body, GET without."""
        path = f"/_simulator/{path}"
        if body is None:
            return parse((await self.http.get(path)).content)
        return parse((await self.http.post(path, json=body)).content)

    async def customer(self, name: str = "Harrow & Vale LLC", **fields: Any) -> Any:
        """Create a customer."""
        return await self.post("Customer", {"DisplayName": name} | fields)

    async def vendor(self, name: str = "Nordic Steel Ltd", **fields: Any) -> Any:
        """Create a vendor."""
        return await self.post("Vendor", {"DisplayName": name} | fields)

    async def invoice(self, customer_id: str, *amounts: str, **fields: Any) -> Any:
        """Create an invoice with a line for each amount."""
        lines = [line(amount) for amount in amounts or ("100.00",)]
        body = {"CustomerRef": {"value": customer_id}, "Line": lines} | fields
        return await self.post("Invoice", body)

    async def bill(self, vendor_id: str, amount: str = "204.00", **fields: Any) -> Any:
        """Create a bill with one line."""
        body = {"VendorRef": {"value": vendor_id}, "Line": [cost(amount)]} | fields
        return await self.post("Bill", body)

    async def pay(self, customer_id: str, total: str, **invoices: str) -> Any:
        """Create a payment of ``i<id>=amount`` for each invoice."""
        lines = [applied(name[1:], amount) for name, amount in invoices.items()]
        body = {"CustomerRef": {"value": customer_id}, "TotalAmt": Decimal(total)}
        return await self.post("Payment", body | {"Line": lines})


def _encoded(body: Any) -> bytes:
    if isinstance(body, str | bytes):
        return body.encode() if isinstance(body, str) else body
    return json.dumps(body, default=str).encode()


def line(amount: str, code: str | None = None, **detail: Any) -> dict[str, Any]:
    """Return a sales line."""
    held: dict[str, Any] = {"ItemRef": {"value": "1"}} | detail
    if code is not None:
        held["TaxCodeRef"] = {"value": code}
    kind = "SalesItemLineDetail"
    return {"Amount": Decimal(amount), "DetailType": kind, kind: held}


def discount(amount: str = "0", percent: str | None = None) -> dict[str, Any]:
    """Return a discount line, by amount or by percent."""
    held = {"PercentBased": percent is not None, "DiscountPercent": Decimal(percent or 0)}
    kind = "DiscountLineDetail"
    return {"Amount": Decimal(amount), "DetailType": kind, kind: held}


def cost(amount: str, code: str | None = None, **detail: Any) -> dict[str, Any]:
    """Return an expense line of a bill."""
    held: dict[str, Any] = {"AccountRef": {"value": "64"}} | detail
    if code is not None:
        held["TaxCodeRef"] = {"value": code}
    kind = "AccountBasedExpenseLineDetail"
    return {"Amount": Decimal(amount), "DetailType": kind, kind: held}


def applied(txn_id: str, amount: str, txn_type: str = "Invoice") -> dict[str, Any]:
    """Return a payment line."""
    link = {"TxnId": txn_id, "TxnType": txn_type}
    return {"Amount": Decimal(amount), "LinkedTxn": [link]}


def handle(record: Any, **fields: Any) -> dict[str, Any]:
    """Return id and sync token of a record, and whatever else is to be sent with them."""
    return {"Id": record["Id"], "SyncToken": record["SyncToken"]} | fields


def amounts_of(record: Any, kind: str = "SalesItemLineDetail") -> list[Decimal]:
    """Return the amounts of a record's lines of one kind."""
    return [held["Amount"] for held in record["Line"] if held["DetailType"] == kind]


@asynccontextmanager
async def simulator(**fields: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Serve a simulator in process."""
    transport = httpx.ASGITransport(create_app(config(**fields)))
    async with httpx.AsyncClient(transport=transport, base_url="http://simulator") as client:
        yield client

"""Writes, realms and a ledger on a transport of the test's own."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import httpx

from providers.base import External, Write
from providers.http import ApiCall, Realm, RealmSession
from providers.wire import to_json
from providers.xero.dialect import XeroDialect
from providers.xero.ledger import XeroLedger
from providers.xero.mapping.books import XeroBooks, open_books
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import DocumentType, Reference
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId
from tests.fakes.unpaced import Unpaced

TENANT = "70784a63-d24b-46a9-a4db-0e70a274b056"
PROFILE: Mapping[str, Any] = {
    "tax_rates": [
        {"code": "OUTPUT2", "name": "15% on Income", "rate": "15.0", "sides": ["sales"]},
        {"code": "INPUT2", "name": "15% on Expenses", "rate": "15.0", "sides": ["purchases"]},
        {"code": "ZERORATED", "name": "Zero", "rate": "0.0", "sides": ["sales", "purchases"]},
        {"code": "NONE", "name": "No GST", "rate": "0.0", "sides": ["sales", "purchases"]},
        {"code": "TAX001", "name": "Low", "rate": "5.0", "sides": ["sales", "purchases"]},
        {"code": "TAX002", "name": "Lower", "rate": "5.0", "sides": ["sales"]},
    ]
}
SETTINGS: Mapping[str, Any] = {
    "tax_codes": {"standard": "OUTPUT2", "zero": "ZERORATED", "old": "TAX099"},
    "accounts": {"sales": "200", "purchases": "400", "deposit": "090"},
    "classes": {"north": {"category": "Region", "option": "North"}},
}
REALM = Realm(
    connection_id=ConnectionId(uuid5(NAMESPACE_OID, "connection")),
    tenant_id=TenantId("t1"),
    realm_id=RealmId(TENANT),
    provider=ProviderName("xero"),
    profile=PROFILE,
    settings=SETTINGS,
)
BARE_REALM = replace(REALM, profile={}, settings={})

Handler = Callable[[httpx.Request], httpx.Response]


def guid(name: str) -> str:
    """Return the id that the ledger has for something called so."""
    return str(uuid5(NAMESPACE_OID, name))


def key(name: str) -> UUID:
    """Return an idempotency key that is the same for the same name."""
    return uuid5(NAMESPACE_OID, f"key {name}")


def settled(**settings: Any) -> Realm:
    """Return the realm with some of its settings replaced."""
    return replace(REALM, settings={**SETTINGS, **settings})


def books(realm: Realm = REALM) -> XeroBooks:
    """Return what a mapping may look up, without links."""
    return open_books(realm, {})


def write_of(
    document_type: DocumentType,
    fields: Mapping[str, Any],
    *,
    external: External | None = None,
    changed: Iterable[str] = (),
) -> Write:
    """Make a write whose references are all linked: ids by :func:`guid`, codes as the ids."""
    document = DOCUMENTS[document_type].model_validate(fields)
    return Write(
        document_type=document_type,
        document=document,
        external=external,
        links={r: _link(r) for r in document.references()},
        idempotency_key=key(document.id),
        changed=frozenset(changed),
    )


def _link(reference: Reference) -> External:
    coded = reference.type in (DocumentType.ACCOUNT, DocumentType.ITEM)
    return External(id=guid(reference.id), code=reference.id if coded else "")


def invoice(document_id: str = "i1", **fields: Any) -> dict[str, Any]:
    """Return an invoice of one line at 15 %."""
    return {
        "id": document_id,
        "number": f"INV-{document_id}",
        "customer_id": "c1",
        "issued_on": "2026-07-06",
        "due_on": "2026-08-20",
        "currency": "NZD",
        "lines": [{"id": "l1", "description": "House blend", "unit_price": "28.50",
                   "quantity": "12", "tax_rate": "15", "tax_code": "standard"}],
        **fields,
    }  # fmt: skip


def bill(document_id: str = "b1", **fields: Any) -> dict[str, Any]:
    """Return a bill of one line at 15 %."""
    made = invoice(document_id, **fields)
    del made["customer_id"]
    return {"vendor_id": "v1", **made, "number": fields.get("number", "4711")}


def payment(
    document_id: str = "p1", *settled: tuple[str, str], **fields: Any
) -> dict[str, Any]:
    """Return a payment that settles these amounts of these invoices."""
    settled = settled or (("i1", "100.00"),)
    return {
        "id": document_id,
        "customer_id": "c1",
        "paid_on": "2026-07-31",
        "currency": "NZD",
        "amount": str(sum(Decimal(amount) for _, amount in settled)),
        "allocations": [{"invoice_id": i, "amount": amount} for i, amount in settled],
        "reference": "cheque 9",
        **fields,
    }


def elements_of(request: httpx.Request) -> list[dict[str, Any]]:
    """Read the elements that a request carries."""
    body = json.loads(request.content, parse_float=Decimal)
    (elements,) = body.values()
    return list(elements)


def answer(collection: str, *elements: Mapping[str, Any]) -> httpx.Response:
    """Answer as Xero does, with elements under the name of their collection."""
    body = to_json({"Status": "OK", collection: list(elements)})
    return httpx.Response(200, content=body, headers={"Content-Type": "application/json"})


class _Tokens:
    async def access_token(self, connection: ConnectionId, tenant: TenantId) -> str:
        return "token"

    async def replace(self, connection: ConnectionId, tenant: TenantId, rejected: str) -> str:
        return "next token"


def _unaudited(call: ApiCall) -> None:
    """Keep nothing."""


@asynccontextmanager
async def ledger_on(handler: Handler, realm: Realm = REALM) -> AsyncIterator[XeroLedger]:
    """Open a ledger whose calls ``handler`` answers."""
    transport = httpx.MockTransport(handler)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://api.xero.example"
    ) as client:
        yield XeroLedger(
            RealmSession(
                client,
                realm,
                tokens=_Tokens(),
                pace=Unpaced(),
                dialect=XeroDialect(),
                audit=_unaudited,
            )
        )

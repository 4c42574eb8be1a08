"""Companies, documents, writes, and a ledger on a transport of the test's own."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import httpx

from providers.base import External, Write
from providers.http import ApiCall, Realm, RealmSession
from providers.qbo.company import ClassTracking, QboCompany, RateShare, TaxCode
from providers.qbo.dialect import QboDialect
from providers.qbo.ledger import QboLedger
from providers.qbo.mapping.books import QboBooks
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import Document, DocumentType, Reference
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId
from tests.fakes.unpaced import Unpaced

REALM_ID = "9341450000000001"
SETTINGS: Mapping[str, Any] = {
    "accounts": {"sales": "79", "purchases": "64", "deposit": "35"},
    "tax_codes": {},
}


def rate(rate_id: str, percent: str, share: str = "") -> RateShare:
    return RateShare(rate_id=rate_id, percent=Decimal(percent), share=Decimal(share or percent))


def both_sides(code_id: str, name: str, *shares: RateShare) -> TaxCode:
    """A code whose purchase rates are as its sales rates, with ids of their own."""
    bought = tuple(s.model_copy(update={"rate_id": f"{s.rate_id}p"}) for s in shares)
    return TaxCode(id=code_id, name=name, sales=shares, purchases=bought)


US = QboCompany(
    name="Larkspur Supply Co",
    country="US",
    currency="USD",
    multicurrency=False,
    uses_sales_tax=True,
    sales_tax_code="2",
    uses_account_numbers=True,
    allows_discounts=True,
    custom_numbers=True,
    tax_codes=(TaxCode(id="2", name="California", sales=(rate("3", "8"),)),),
    class_tracking=ClassTracking.LINE,
)
GB = US.model_copy(
    update={
        "country": "GB",
        "currency": "GBP",
        "sales_tax_code": "",
        "tax_codes": (
            both_sides("10", "20.0% S", rate("20", "20")),
            both_sides("11", "5.0% R", rate("21", "5")),
            both_sides("12", "0.0% Z", rate("22", "0")),
        ),
    }
)
CA = US.model_copy(
    update={
        "country": "CA",
        "currency": "CAD",
        "sales_tax_code": "",
        "tax_codes": (
            both_sides("5", "GST/PST BC", rate("6", "5"), rate("7", "7")),
            both_sides("8", "GST", rate("6", "5")),
            both_sides("9", "Zero-rated", rate("9", "0")),
        ),
    }
)


def linked_to(document: Document) -> dict[Reference, External]:
    """The ledger's record of everything that a document names."""
    return {r: External(f"{r.type.value}-{r.id}", "0") for r in document.references()}


def books(company: QboCompany, document: Document, **settings: Any) -> QboBooks:
    return QboBooks(company, {**SETTINGS, **settings}, linked_to(document))


def document(document_type: DocumentType, **fields: Any) -> Document:
    return DOCUMENTS[document_type].model_validate({**_LEAST[document_type], **fields})


def write(
    document_type: DocumentType,
    external: External | None = None,
    changed: Iterable[str] = (),
    **fields: Any,
) -> Write:
    made = document(document_type, **fields)
    return Write(
        document_type=document_type,
        document=made,
        external=external,
        links=linked_to(made),
        idempotency_key=uuid5(NAMESPACE_OID, f"{document_type}/{made.id}"),
        changed=frozenset(changed),
    )


_TRADE: dict[str, Any] = {
    "issued_on": "2026-03-02",
    "due_on": "2026-04-01",
    "currency": "USD",
    "tax_mode": "none",
    "lines": [{"id": "l1", "description": "Survey", "item_id": "i1", "unit_price": "75.00"}],
}
_LEAST: dict[DocumentType, dict[str, Any]] = {
    DocumentType.ACCOUNT: {"id": "a1", "code": "4000", "name": "Sales", "kind": "revenue"},
    DocumentType.CUSTOMER: {"id": "c1", "name": "Harrow & Vale LLC"},
    DocumentType.VENDOR: {"id": "v1", "name": "Nordic Steel Ltd"},
    DocumentType.ITEM: {"id": "i1", "code": "SRV-1", "name": "Site survey"},
    DocumentType.INVOICE: {"id": "inv1", "number": "1042", "customer_id": "c1", **_TRADE},
    DocumentType.BILL: {"id": "b1", "number": "NS-88731", "vendor_id": "v1", **_TRADE},
    DocumentType.PAYMENT: {
        "id": "p1",
        "customer_id": "c1",
        "paid_on": "2026-03-05",
        "currency": "USD",
        "amount": "75.00",
        "allocations": [{"invoice_id": "inv1", "amount": "75.00"}],
    },
}


class FixedToken:
    """A token that never ages."""

    async def access_token(self, connection: ConnectionId, tenant: TenantId) -> str:
        return "token"

    async def replace(self, connection: ConnectionId, tenant: TenantId, rejected: str) -> str:
        return "another token"


def _no_audit(call: ApiCall) -> None:
    return


Answer = tuple[int, Mapping[str, Any]]


class Script:
    """QuickBooks as a list of answers, given in turn; what was asked is kept."""

    def __init__(self, *answers: Answer | Callable[[httpx.Request], Answer]) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0)
        status, body = answer(request) if callable(answer) else answer
        return httpx.Response(status, content=json.dumps(body))

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content or b"{}") for request in self.requests]

    @property
    def queries(self) -> list[str]:
        return [request.url.params.get("query", "") for request in self.requests]

    def used_up(self) -> bool:
        return not self._answers


@asynccontextmanager
async def scripted(
    script: Script,
    company: QboCompany = US,
    profile: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> AsyncIterator[QboLedger]:
    """A ledger whose calls are answered by the script, all of whose answers are needed."""
    realm = Realm(
        connection_id=ConnectionId(uuid5(NAMESPACE_OID, "connection")),
        tenant_id=TenantId("t1"),
        realm_id=RealmId(REALM_ID),
        provider=ProviderName("qbo"),
        profile=company.model_dump(mode="json") if profile is None else profile,
        settings={**SETTINGS, **(settings or {})},
    )
    transport = httpx.MockTransport(script)
    async with httpx.AsyncClient(transport=transport, base_url="http://qbo.test") as client:
        yield QboLedger(
            RealmSession(
                client,
                realm,
                tokens=FixedToken(),
                pace=Unpaced(),
                dialect=QboDialect(),
                audit=_no_audit,
            )
        )
    assert script.used_up()


def fault(code: str, detail: str = "", element: str = "") -> Answer:
    entry = {"Message": "said", "Detail": detail, "code": code, "element": element}
    return 400, {"Fault": {"Error": [entry], "type": "ValidationFault"}, "time": "now"}


def record(entity: str, **fields: Any) -> Answer:
    return 200, {entity: {"Id": "145", "SyncToken": "0", **fields}, "time": "now"}


def rows(entity: str, *found: Mapping[str, Any]) -> Answer:
    return 200, {"QueryResponse": {entity: list(found)} if found else {}, "time": "now"}
